import { createHash } from 'node:crypto'
import type { Connection } from '../engines/connection-url.ts'
import { redactUrl } from '../model/redact.ts'
import type { Plan } from './load-plan.ts'
import type { Mapping } from './mapping.ts'

/**
 * Identifies the pair of databases a plan joins, without their secrets; evidence belongs to it. A plan may be renamed
 * or moved.
 */
export function pairFingerprint(plan: Plan): string {
  return digest([
    place(plan.connections.source, plan.source.schema),
    place(plan.connections.target, plan.target.schema),
  ])
}

/** Changes whenever evidence would be about something else. */
export function planFingerprint({ tables, archive, ignore, checks, gate }: Plan): string {
  return digest([tables, archive ?? [], ignore ?? {}, checks ?? [], gate?.accept ?? {}])
}

/** Changes whenever the mapping would write something else. */
export function mappingFingerprint(mapping: Mapping): string {
  const columns = mapping.columns.map(({ name, expression, rounded }) => [
    name,
    expression,
    ...(rounded ? ['rounded'] : []),
  ])
  return digest([mapping.table, mapping.sourceRelation.from, mapping.sourceRelation.where, columns])
}

export function place(connection: Connection, schema: string | undefined): string {
  if (connection.engine === 'sqlite') return `sqlite:${connection.path}`
  const url = new URL(connection.url)
  url.password = ''
  // Host, port, options and the like can stand there too, and lead elsewhere.
  for (const name of [...url.searchParams.keys()]) if (harmless.has(name)) url.searchParams.delete(name)
  url.searchParams.sort()
  const inSchema = schema ?? connection.schema
  if (inSchema !== null) url.searchParams.set('schema', inSchema)
  return redactUrl(url.href)
}

/** Parameters of a URL that do not change which database it leads to. */
const harmless = new Set([
  'application_name',
  'connect_timeout',
  'connection_limit',
  'password',
  'pgbouncer',
  'pool_timeout',
  'ssl-ca',
  'ssl-mode',
  'sslmode',
  'sslpassword',
])

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32)
}
