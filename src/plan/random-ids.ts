import { type Column, findColumn } from '../model/catalog.ts'
import { inputOf, known, type Made, type Making, ofNoColumn, quoted, text } from './made.ts'
import {
  type Asked,
  type NaturalKey,
  naturalKey,
  referenceText,
  sameId,
  sourceRows,
  targetRows,
} from './natural-key.ts'
import { survivorsOf } from './survivors.ts'
import type { TableEnds } from './table-ends.ts'

/** The table's own id, which nobody can recompute: not compared, and found by what the row is known by. */
export function discoveredId({ ends }: Making, columns: Column[]): Made {
  const { asText } = ends.sides.source.session.dialect
  const keys = columns.map(column => quoted(ends, column.name))
  const [only, more] = columns
  return {
    ...ofNoColumn,
    expression: more ? `concat(${keys.map(asText).join(", ':', ")})` : keys[0]!,
    own: more ? known(text)! : only!,
    inputs: columns.map(({ name }) => name),
    carries: more ? null : only!.name,
    oldKey: keys,
    oldKeyInputs: columns.map(column => inputOf(ends, column)),
    discovered: true,
  }
}

/** A reference to such ids: on both sides, what the row it refers to is known by stands for the id. */
export function pairedReference(making: Making, parent: TableEnds, columns: Column[]): Made | undefined {
  const { ends, name, wrong, madeIn } = making
  const natural = naturalKey(parent, madeIn)
  if (typeof natural === 'string') return wrong(natural)
  const { dialect } = ends.sides.source.session
  const { keys, joins } = survivorsOf(ends, name, columns, parent)
  const alias = ends.joinName(`${name}\tpaired`)
  const on = parent.ownId!.of.map((key, index) =>
    sameId(
      [`${alias}.paritygate_key_${index}`, findColumn(parent.source.table, key) ?? null],
      [keys[index]!, columns[index]!],
      dialect,
    ),
  )
  return {
    ...ofNoColumn,
    expression: referenceText(keys, `${alias}.paritygate_key_0`, `${alias}.paritygate_natural`, dialect),
    own: known(text)!,
    joins: [...joins, `LEFT JOIN (${sourceRows(parent, natural)}) AS ${alias} ON ${on.join(' AND ')}`],
    inputs: columns.map(column => column.name),
    carries: columns.length === 1 ? columns[0]!.name : null,
    refersTo: parent.table,
    oldKey: keys,
    oldKeyInputs: columns.map(column => inputOf(ends, column)),
    inTarget: pairedTarget(ends, name, parent, natural),
    redacted: natural.redacted,
  }
}

/** The same of the target: what the row is known by that the column refers to. */
export function pairedTarget(ends: TableEnds, name: string, parent: TableEnds, natural: NaturalKey): Asked {
  const { dialect } = ends.sides.target.session
  const id = dialect.quote(name)
  const alias = ends.joinName(`${name}\tpaired`)
  const on = sameId(
    [`${alias}.paritygate_id`, findColumn(parent.target!, parent.ownId!.column) ?? null],
    [id, (ends.target && findColumn(ends.target, name)) ?? null],
    dialect,
  )
  return {
    expression: referenceText([id], `${alias}.paritygate_id`, `${alias}.paritygate_natural`, dialect),
    joins: [`LEFT JOIN (${targetRows(parent, natural)}) AS ${alias} ON ${on}`],
  }
}
