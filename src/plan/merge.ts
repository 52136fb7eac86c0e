import { findColumn, type Table } from '../model/catalog.ts'
import type { LogicalType } from '../model/logical-type.ts'
import { RANK, ranked } from './ranked.ts'
import type { TableMappingDocument } from './schema-tables.ts'
import type { Report, Side } from './side.ts'
import { asCompared, columnsOf, type TableSource } from './table-source.ts'

/** Rows that are one, of which the first stays: for whatever refers to the others. */
export interface Merge {
  /** SELECT of the columns `paritygate_loser_N`, `paritygate_survivor_N` and `paritygate_value`: the rows that do not stay. */
  losers: string
  /** Columns of the source that identify a row. */
  key: string[]
  /** See `Dialect.computedOnce`. */
  once(select: string): string
  /** SQL that holds where a column of this type, null where it is not known, names a row that does not stay. */
  named(place: number, column: string, type: LogicalType | null, alias: string): string
}

/** The source without the rows that are merged into others, and what became of those. */
export async function mergeDuplicates(
  source: TableSource,
  document: TableMappingDocument,
  key: string[],
  side: Side,
  report: Report,
): Promise<{ source: TableSource; merge: Merge | null }> {
  const { by, survivor } = document.merge_duplicates!
  if (key.length === 0) {
    report(['merge_duplicates'], 'nothing identifies a row of the source: name its key in `id … of`')
    return { source, merge: null }
  }
  const { quote } = side.session.dialect
  if (document.distinct_on) {
    report(['merge_duplicates'], 'distinct_on keeps one row of each already: say one of them, not both')
    return { source, merge: null }
  }
  const keys = key.map(name => `${source.name}.${quote(name)}`)
  const value = `(${by}\n)`
  const found = await columnsOf(side.session, `SELECT ${value} AS value FROM ${source.from}`)
  if (typeof found === 'string') {
    report(['merge_duplicates', 'by'], `the source refuses it: ${found}`)
    return { source, merge: null }
  }
  const window = {
    partition: [asCompared(found[0]!.type, value, side.session.dialect)],
    order: [...(survivor ? [survivor] : []), ...keys],
    unless: `${value} IS NULL`,
  }
  const merged = ranked(source, document, window, side, over => [
    ...keys.map(
      (one, index) =>
        `CASE WHEN ${value} IS NULL THEN ${one} ELSE first_value(${one}) ${over} END AS paritygate_survivor_${index}`,
    ),
    `${value} AS paritygate_value`,
  ])
  const columns = key.map(
    (name, index) =>
      `${merged.name}.${quote(name)} AS paritygate_loser_${index}, paritygate_survivor_${index}`,
  )
  const met = document.where === undefined ? '' : ` AND (${document.where}\n)`
  const losers = `SELECT ${columns.join(', ')}, paritygate_value FROM ${merged.from} WHERE ${RANK} > 1${met}`
  return {
    source: merged,
    merge: { losers, key, once: side.session.dialect.computedOnce, named: naming(source.table, key, side) },
  }
}

function naming(table: Table, key: string[], { session: { dialect } }: Side): Merge['named'] {
  // A key the source declares is unique in its own collation, and a foreign key to it means what that means.
  const declared = key.join('\t') === table.primaryKey.join('\t')
  return (place, column, type, alias) => {
    const loser = `${alias}.paritygate_loser_${place}`
    const own = findColumn(table, key[place]!)?.type.kind
    const alike = type === null || type.kind === own
    // MySQL finds `17x` to be 17, and PostgreSQL compares no text with a number.
    return alike && (declared || own !== 'text')
      ? `${loser} = ${column}`
      : `${dialect.asText(loser)} = ${dialect.asText(column)}`
  }
}

/** The keys of the rows that stayed, for columns that refer to merged rows. */
export function joinSurvivors(
  { losers, named, once }: Merge,
  columns: { sql: string; type: LogicalType | null }[],
  alias: string,
): { keys: string[]; join: string } {
  const on = columns.map(({ sql, type }, index) => named(index, sql, type, alias))
  return {
    keys: columns.map(({ sql }, index) => `coalesce(${alias}.paritygate_survivor_${index}, ${sql})`),
    join: `LEFT JOIN (${once(losers)}) AS ${alias} ON ${on.join(' AND ')}`,
  }
}
