import { findColumn } from '../model/catalog.ts'
import type { MappedColumn, Mapping } from '../plan/mapping.ts'
import type { RelationPair } from './relation-pair.ts'

/** A mapping's key columns first, then the others that are compared: the order of the fields in its lines. */
export function orderedColumns(mapping: Mapping): MappedColumn[] {
  const key = mapping.key.map(name => mapping.columns.find(column => column.name === name)!)
  const others = mapping.columns.filter(({ name, discovered }) => !discovered && !mapping.key.includes(name))
  return [...key, ...others]
}

/** The rows of a mapping on both sides, as they are compared. */
export function pairOf(mapping: Mapping): RelationPair {
  const columns = orderedColumns(mapping)
  return {
    source: mapping.sourceRelation,
    target: mapping.targetRelation,
    fields: columns.map(
      ({ name, expression, targetExpression, made, type, ownType, targetOwn, rounded }) => ({
        name,
        source: expression,
        target: targetExpression,
        type,
        own: { source: ownType, target: targetOwn },
        rounded,
        ...(made.derived ? { derived: made.derived } : {}),
      }),
    ),
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
