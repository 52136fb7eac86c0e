import type { Catalog, Table } from '../model/catalog.ts'
import type { TableUse } from './mapping.ts'
import { mentions, mentionsColumn } from './mentions.ts'
import type { Side } from './side.ts'

/**
 * What a query takes from each source table, found out from the engine itself: the query is asked for its columns once
 * with each column taken away from under it. Where that is refused, or gives other columns, the query takes it.
 */
export async function queryUse(select: string, { session, catalog }: Side): Promise<TableUse[]> {
  const names = await columnNames(select)
  const uses: TableUse[] = []
  for (const table of catalog.tables.filter(({ name }) => mentions(select, name, catalog.engine))) {
    const columns: string[] = []
    // A query may need the table's own keys, for columns it does not group by.
    if (!(await gives(without(table, null)))) {
      const named = table.columns.filter(({ name }) => mentionsColumn(select, name, catalog.engine))
      uses.push({ table: table.name, columns: named.map(({ name }) => name) })
      continue
    }
    for (const { name } of table.columns) if (!(await gives(without(table, name)))) columns.push(name)
    uses.push({ table: table.name, columns })
  }
  return uses

  async function columnNames(query: string): Promise<string> {
    return (await session.columnsOf(query)).map(({ name }) => name).join('\t')
  }

  async function gives(query: string): Promise<boolean> {
    try {
      return (await columnNames(query)) === names
    } catch (error) {
      const failure = session.failure(error, 'the plan')
      if (failure.code === 'connection.lost') throw failure
      return false
    }
  }

  /** The query with another table in the place of the one it names. */
  function without(table: Table, column: string | null): string {
    const { quote } = session.dialect
    const others = table.columns.filter(({ name }) => name !== column).map(({ name }) => quote(name))
    const listed = others.length > 0 ? others.join(', ') : '1 AS paritygate_none'
    return `WITH ${quote(table.name)} AS (SELECT ${listed} FROM ${placeOf(catalog, table)}) SELECT * FROM (${select}\n) AS paritygate_query`
  }

  /** With its schema: a bare name would be the one in the WITH itself, to some engines. */
  function placeOf({ schema }: Catalog, { name }: Table): string {
    return session.dialect.table(schema ?? 'main', name)
  }
}
