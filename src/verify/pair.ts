import type { Session } from '../engines/port.ts'
import { findColumn } from '../model/catalog.ts'
import type { Difference } from '../model/finding.ts'
import { fingerprintOf, REDACTED, redactKey } from '../model/redact.ts'
import { decodeLine, withoutRefusal } from '../model/row-line.ts'
import type { MappedColumn, Mapping } from '../plan/mapping.ts'
import { fieldsIn } from './field-text.ts'
import { notesOn } from './notes.ts'
import type { LineDifference, RelationPair } from './relation-pair.ts'

/** A mapping's key columns first, then the others: the order of the fields in its lines. */
export function orderedColumns(mapping: Mapping): MappedColumn[] {
  const key = mapping.key.map(name => mapping.columns.find(column => column.name === name)!)
  return [...key, ...mapping.columns.filter(column => !mapping.key.includes(column.name))]
}

export function pairOf(mapping: Mapping, target: Session): RelationPair {
  const columns = orderedColumns(mapping)
  return {
    source: mapping.sourceRelation,
    target: mapping.targetRelation,
    fields: columns.map(({ name, expression, type, ownType, targetType, rounded }) => ({
      name,
      source: expression,
      target: target.dialect.quote(name),
      type,
      own: { source: ownType, target: targetType },
      rounded,
    })),
    keyFields: mapping.key.length,
    integerKey: hasIntegerKey(mapping, columns),
  }
}

/** Only where both engines hold the column to be an integer, it is one in every row. */
function hasIntegerKey(mapping: Mapping, columns: MappedColumn[]): boolean {
  const [key] = columns
  if (mapping.key.length !== 1 || key!.type.kind !== 'integer' || key!.source === null) return false
  return [findColumn(mapping.source, key!.source), findColumn(mapping.target, key!.name)].every(
    column => column?.type.kind === 'integer' && column.typeEnforced,
  )
}

/** What differs in two lines of a mapping, with secrets left out. */
export function describeDifference(
  { kind, source, target }: LineDifference,
  mapping: Mapping,
  sessions: { source: Session; target: Session },
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
