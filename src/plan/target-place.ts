import type { Dialect } from '../engines/port/dialect.ts'
import { type Catalog, findTable } from '../model/catalog.ts'

/** Where a table of the plan is in the target. */
export interface TargetPlace {
  /** Null for the schema of the connection. */
  schema: string | null
  name: string
}

/**
 * `legacy.events` is a table of another schema, or, where a database has no more than one, `legacy_events`; unless either
 * side has a table with that name, dot and all.
 */
export function targetPlace(table: string, source: Catalog, catalog: Catalog, dialect: Dialect): TargetPlace {
  const dot = table.indexOf('.')
  if (dot <= 0 || findTable(catalog, table) || findTable(source, table)) return { schema: null, name: table }
  const [schema, name] = [table.slice(0, dot), table.slice(dot + 1)]
  if (!dialect.hasSchemas) return { schema: null, name: `${schema}_${name}` }
  return { schema: schema === catalog.schema ? null : schema, name }
}
