import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { type DatabaseMaker, type FaultDatabase, insertBatches, valuesSql } from './databases.ts'
import type { Dump } from './dump.ts'

const asSent = { getTypeParser: () => (value: unknown) => value }

/** Every word of the schema, `_paritygate` included. Names of internal triggers hold numbers that differ each time. */
const schemaSql = `
  WITH own AS (
    SELECT c.*, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  )
  SELECT format('schema %s', nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
  UNION ALL
  SELECT format('relation %s.%s %s %s %s', nspname, relname, relkind, relpersistence, reloptions) FROM own
  UNION ALL
  SELECT format('column %s.%s.%s %s %s not null %s identity "%s" default %s', o.nspname, o.relname, a.attnum, a.attname,
    format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid))
  FROM own o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE o.relkind IN ('r', 'p', 'v')
  UNION ALL
  SELECT format('constraint %s %s %s valid %s', conrelid::regclass, conname, pg_get_constraintdef(k.oid), convalidated)
  FROM pg_constraint k JOIN own o ON o.oid = k.conrelid
  UNION ALL
  SELECT format('index %s valid %s ready %s', pg_get_indexdef(indexrelid), indisvalid, indisready)
  FROM pg_index i JOIN own o ON o.oid = i.indexrelid
  UNION ALL
  SELECT format('trigger %s enabled %s', pg_get_triggerdef(t.oid), tgenabled)
  FROM pg_trigger t JOIN own o ON o.oid = t.tgrelid WHERE NOT tgisinternal
  UNION ALL
  SELECT format('%s internal triggers of %s enabled %s', count(*), tgrelid::regclass, tgenabled)
  FROM pg_trigger t JOIN own o ON o.oid = t.tgrelid WHERE tgisinternal GROUP BY tgrelid, tgenabled
  UNION ALL
  SELECT format('enum %s %s', t.typname, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder))
  FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.typname`

const relationsSql = `
  SELECT format('%I.%I', n.nspname, c.relname), relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE relkind IN ('r', 'S') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`

const othersSql = `FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`

export function postgresDatabases(serverUrl: string): DatabaseMaker {
  return {
    serverUrl,
    async create() {
      const name = `paritygate_fault_${randomBytes(6).toString('hex')}`
      await withClient(serverUrl, client => client.query(`CREATE DATABASE ${name}`))
      const url = new URL(serverUrl)
      url.pathname = `/${name}`
      return database(url.href, () =>
        withClient(serverUrl, client => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
      )
    },
  }
}

function database(url: string, drop: () => Promise<unknown>): FaultDatabase {
  const rows = (sql: string) =>
    withClient(
      url,
      async client =>
        (await client.query({ text: sql, rowMode: 'array', types: asSent as never })).rows as string[][],
    )
  return {
    engine: 'postgres',
    url,
    execute: async sql => void (await withClient(url, client => client.query(sql))),
    async insert(table, cells) {
      await withClient(url, async client => {
        await client.query('BEGIN')
        for (const batch of insertBatches(cells))
          await client.query(`INSERT INTO ${table} VALUES ${valuesSql(batch)}`)
        await client.query('COMMIT')
      })
    },
    async dump() {
      const dump: Dump = { tables: new Map(), schema: [], sequences: [] }
      dump.schema = (await rows(schemaSql)).map(([line]) => line!).sort()
      for (const [name, kind] of await rows(relationsSql)) {
        if (kind === 'r')
          dump.tables.set(name!, (await rows(`SELECT * FROM ${name}`)).map(row => JSON.stringify(row)).sort())
        else
          for (const [last, called] of await rows(`SELECT last_value, is_called FROM ${name}`))
            dump.sequences.push(`${name} ${last} ${called}`)
      }
      dump.sequences.sort()
      return dump
    },
    async leftBehind() {
      const sessions = await rows(
        `SELECT format('session %s: %s: %s', application_name, state, left(query, 80)) ${othersSql}`,
      )
      const prepared = await rows(
        `SELECT format('prepared transaction %s', gid) FROM pg_prepared_xacts WHERE database = current_database()`,
      )
      return [...sessions, ...prepared].map(([line]) => line!)
    },
    cutSessions: async () => (await rows(`SELECT pg_terminate_backend(pid) ${othersSql}`)).length,
    drop: async () => void (await drop()),
  }
}

async function withClient<T>(url: string, action: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'faults' })
  // A server that is stopped on purpose takes idle connections with it.
  client.on('error', () => {})
  await client.connect()
  try {
    return await action(client)
  } finally {
    await client.end().catch(() => {})
  }
}
