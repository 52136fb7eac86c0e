import type { Derived } from '../engines/port/rows.ts'
import type { Column } from '../model/catalog.ts'
import { columnsOf, inputOf, known, type Made, type Making, notMapped } from './made.ts'
import { hasRandomIds } from './match-on.ts'
import { discoveredId, pairedReference } from './random-ids.ts'
import { survivorsOf } from './survivors.ts'
import type { TableEnds } from './table-ends.ts'

const NAMESPACE = 'ids are made in a namespace: say namespace: <a UUID of your own> at the top of the plan'

/** The new id of a row: of the table itself, or of the table the column refers to. */
export function newId(making: Making): Made | undefined {
  return making.ends.ownId?.column === making.name ? ownId(making) : idOf(making)
}

function ownId(making: Making): Made | undefined {
  const { ends, entry, wrong } = making
  if (ends.ownId!.of.length === 0)
    return wrong('the source has no primary key there: say of: which columns the id is made of')
  const columns = columnsOf(making, ends.ownId!.of)
  if (!columns) return undefined
  if (hasRandomIds(ends)) return discoveredId(making, columns)
  if (ends.namespace === undefined) return wrong(NAMESPACE, 'id')
  const inputs = columns.map(column => inputOf(ends, column))
  return idMade(ends, entry.id!, inputs, columns)
}

function idOf(making: Making): Made | undefined {
  const { ends, entry, wrong } = making
  const parent = ends.tables.get(entry.id!)
  if (!parent) return wrong(notMapped(ends, entry.id!), 'id')
  if (parent.ownId === null)
    return wrong(`table "${entry.id}" makes no ids: say { id: ${entry.id} } for a column of its own`, 'id')
  if (entry.of === undefined) return wrong('say of: which columns hold the old key')
  const columns = columnsOf(making)
  if (!columns) return undefined
  const { of } = parent.ownId
  if (columns.length !== of.length)
    return wrong(
      `the ids of "${entry.id}" are made of ${of.length} columns (${of.join(', ')}), not of ${columns.length}`,
      'of',
    )
  if (hasRandomIds(parent)) return pairedReference(making, parent, columns)
  if (ends.namespace === undefined) return wrong(NAMESPACE, 'id')
  const { keys, joins } = survivorsOf(ends, making.name, columns, parent)
  const inputs = columns.map((column, index) => ({ ...inputOf(ends, column), expression: keys[index]! }))
  return { ...idMade(ends, entry.id!, inputs, columns), joins, refersTo: entry.id! }
}

/** @param columns those of the source that it is made of; none where it is made of others */
export function idMade(ends: TableEnds, table: string, inputs: Derived['inputs'], columns: Column[]): Made {
  const expressions = inputs.map(({ expression }) => expression)
  return {
    column: null,
    expression: expressions.length === 1 ? expressions[0]! : `(${expressions.join(', ')})`,
    own: known({ kind: 'uuid' })!,
    derived: { kind: 'uuid', inputs, namespace: ends.namespace!, table },
    inputs: columns.map(({ name }) => name),
    carries: columns.length === 1 ? columns[0]!.name : null,
    oldKey: expressions,
  }
}

/** A kept id that refers to another table. */
export function reference(making: Making): Made | undefined {
  const { ends, entry, wrong } = making
  const columns = columnsOf(making)
  if (!columns) return undefined
  if (columns.length > 1) return wrong('references takes one column', 'of')
  const parent = ends.tables.get(entry.references!)
  if (!parent) return wrong(notMapped(ends, entry.references!), 'references')
  if (!hasRandomIds(parent)) return repointed(ends, making.name, columns[0]!, parent)
  if (parent.ownId!.of.length > 1)
    return wrong(`the old key of "${parent.table}" has ${parent.ownId!.of.length} columns`, 'references')
  return pairedReference(making, parent, columns)
}

/** A kept id: of a row that was merged, the id of the one that stayed. */
export function repointed(ends: TableEnds, name: string, column: Column, parent: TableEnds): Made {
  const { keys, joins } = survivorsOf(ends, name, [column], parent)
  return {
    column: joins.length === 0 ? column : null,
    expression: keys[0]!,
    own: column,
    joins,
    inputs: [column.name],
    carries: column.name,
    refersTo: parent.table,
    oldKey: keys,
  }
}
