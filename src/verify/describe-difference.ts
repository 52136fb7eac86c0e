import type { BothSides } from '../compare/both-sides.ts'
import { orderedColumns } from '../compare/mapping-pair.ts'
import type { LineDifference } from '../compare/relation-pair.ts'
import type { Session } from '../engines/port/session.ts'
import type { Difference } from '../model/finding.ts'
import { fingerprintOf, REDACTED, redactKey } from '../model/redact.ts'
import { decodeLine, withoutRefusal } from '../model/row-line.ts'
import type { MappedColumn, Mapping } from '../plan/mapping.ts'
import { fieldsIn } from './field-text.ts'
import { notesOn } from './notes.ts'

/**
 * What differs in two lines of a mapping, with secrets left out.
 *
 * @param oldKey what the values made here in its key were made of, as `oldKeys` finds it
 */
export function describeDifference(
  { kind, source, target }: LineDifference,
  mapping: Mapping,
  sessions: BothSides<Session>,
  oldKey?: (string | null)[],
): Difference {
  const columns = orderedColumns(mapping)
  const [before, after] = [source, target].map(line => (line === null ? null : shownValues(line, columns)))
  const present = (before ?? after)!
  const fields = { source: fieldsIn(source ?? ''), target: fieldsIn(target ?? '') }
  const keyed = mapping.key.length > 0 ? columns.slice(0, mapping.key.length) : columns
  const difference: Difference = {
    table: mapping.table,
    key: {},
    kind,
    columns: {},
    sql: { source: '', target: '' },
  }
  for (const [index, column] of columns.entries()) {
    const value = present[index]!
    if (keyed.includes(column)) difference.key[column.name] = column.redacted ? redactKey(value) : value
    // Bytes that are no UTF-8 differ where their text does not.
    if (kind === 'changed' && fields.source[index] === fields.target[index]) continue
    const [old, now] = [before?.[index] ?? null, after?.[index] ?? null]
    const show = (text: string | null) => (text !== null && column.redacted ? REDACTED : text)
    difference.columns[column.name] = { source: show(old), target: show(now) }
  }
  const parts = oldKey ? [...oldKey] : null
  const ofKeys = keyed
    .filter(({ made }) => made.derived !== undefined)
    .map(column => ({ column, values: parts?.splice(0, column.made.derived!.inputs.length) ?? null }))
  const ofSource = (column: MappedColumn, index: number) => {
    const made = ofKeys.find(one => one.column === column)
    return made
      ? oldKeyCondition(sessions.source, column, made.values)
      : condition(sessions.source, column.expression, column, present[index]!)
  }
  const ofTarget = (column: MappedColumn, index: number) =>
    condition(sessions.target, column.targetExpression, column, present[index]!)
  difference.sql = {
    source: `SELECT * FROM ${mapping.sourceRelation.from} WHERE ${keyed.map(ofSource).join(' AND ')};`,
    target: `SELECT * FROM ${mapping.targetRelation.from} WHERE ${keyed.map(ofTarget).join(' AND ')};`,
  }
  const notes = [
    ...(source === null || target === null ? [] : notesOn(source, target, columns)),
    ...ofKeys.flatMap(one => oldKeyNote(one, ofKeys.length > 1)),
  ]
  return notes.length > 0 ? { ...difference, note: notes.join('; ') } : difference
}

function shownValues(line: string, columns: MappedColumn[]): (string | null)[] {
  return decodeLine(Buffer.from(line, 'latin1')).map((value, index) =>
    value === null ? null : withoutRefusal(value, columns[index]!.type),
  )
}

function condition(
  session: Session,
  expression: string,
  { type, redacted }: Pick<MappedColumn, 'type' | 'redacted'>,
  value: string | null,
): string {
  if (value === null) return `${expression} IS NULL`
  if (redacted) {
    return (
      session.dialect.matchesFingerprint(expression, fingerprintOf(value)) ??
      `${expression} = /* never shown */ NULL`
    )
  }
  const bare = /^(integer|decimal)$/.test(type.kind) && /^-?[0-9.]+$/.test(value)
  return `${expression} = ${bare ? value : session.dialect.literal(value)}`
}

/** The source has no column with the value: it is asked for what the value was made of. */
function oldKeyCondition(session: Session, column: MappedColumn, values: (string | null)[] | null): string {
  if (values === null) return `1 = 0 /* no row of the source gives this ${column.name} */`
  return column.made
    .derived!.inputs.map(({ expression, type }, index) =>
      condition(session, expression, { type, redacted: column.redacted }, values[index] ?? null),
    )
    .join(' AND ')
}

/** `old key 17`; with the column's name where there are several. */
function oldKeyNote(
  { column, values }: { column: MappedColumn; values: (string | null)[] | null },
  named: boolean,
): string[] {
  if (values === null || values.includes(null) || column.redacted || column.made.derived!.kind !== 'uuid')
    return []
  return [`${named ? `${column.name}: ` : ''}old key ${values.join(':')}`]
}
