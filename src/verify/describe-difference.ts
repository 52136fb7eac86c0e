import type { Session } from '../engines/port.ts'
import type { Difference } from '../model/finding.ts'
import { fingerprintOf, REDACTED, redactKey } from '../model/redact.ts'
import { decodeLine, withoutRefusal } from '../model/row-line.ts'
import type { MappedColumn, Mapping } from '../plan/mapping.ts'
import type { BothSides } from './both-sides.ts'
import { fieldsIn } from './field-text.ts'
import { orderedColumns } from './mapping-pair.ts'
import { notesOn } from './notes.ts'
import type { LineDifference } from './relation-pair.ts'

/** What differs in two lines of a mapping, with secrets left out. */
export function describeDifference(
  { kind, source, target }: LineDifference,
  mapping: Mapping,
  sessions: BothSides<Session>,
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
  const conditions = (session: Session, expression: (column: MappedColumn) => string) =>
    keyed
      .map(column => condition(session, expression(column), column, present[columns.indexOf(column)]!))
      .join(' AND ')
  difference.sql = {
    source: `SELECT * FROM ${mapping.sourceRelation.from} WHERE ${conditions(sessions.source, column => column.expression)};`,
    target: `SELECT * FROM ${mapping.targetRelation.from} WHERE ${conditions(sessions.target, column => sessions.target.dialect.quote(column.name))};`,
  }
  const notes = source === null || target === null ? [] : notesOn(source, target, columns)
  return notes.length > 0 ? { ...difference, note: notes.join('; ') } : difference
}

function shownValues(line: string, columns: MappedColumn[]): (string | null)[] {
  return decodeLine(Buffer.from(line, 'latin1')).map((value, index) =>
    value === null ? null : withoutRefusal(value, columns[index]!.type),
  )
}

function condition(session: Session, expression: string, column: MappedColumn, value: string | null): string {
  if (value === null) return `${expression} IS NULL`
  if (column.redacted) {
    return (
      session.dialect.matchesFingerprint(expression, fingerprintOf(value)) ??
      `${expression} = /* never shown */ NULL`
    )
  }
  const bare = /^(integer|decimal)$/.test(column.type.kind) && /^-?[0-9.]+$/.test(value)
  return `${expression} = ${bare ? value : session.dialect.literal(value)}`
}
