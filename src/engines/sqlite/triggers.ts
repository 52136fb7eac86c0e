import type { PlannedTriggers, TriggerInfo } from '../port/target-session.ts'
import { quote } from './quoting.ts'
import { eventOf } from './schema-sql.ts'
import type { SqliteThread } from './thread.ts'

interface Row {
  name: string
  sql: string
}

/** The last that was made fires first, so their order is part of what they are. */
function allTriggers(thread: SqliteThread, table: string): Promise<Row[]> {
  const sql = `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY rowid`
  return thread.request<Row[]>({ kind: 'all', sql, params: [table] })
}

/** See `TargetSession.triggersOn`. Those of a view are none: its rows are written by them. */
export async function triggersOn(thread: SqliteThread, table: string): Promise<TriggerInfo[]> {
  return (await allTriggers(thread, table)).flatMap(({ name, sql }): TriggerInfo[] => {
    const event = eventOf(sql)
    return event === 'insert' || event === 'delete' ? [{ name, events: [event], enabled: true }] : []
  })
}

/** See `TargetSession.plannedTriggers`. Triggers made after one of these are made again too, which keeps their order. */
export async function plannedTriggers(
  thread: SqliteThread,
  table: string,
  names: string[],
): Promise<PlannedTriggers> {
  const all = await allTriggers(thread, table)
  const first = all.findIndex(({ name }) => names.includes(name))
  const again = first < 0 ? [] : all.slice(first)
  const drop = ({ name }: Row) => `DROP TRIGGER IF EXISTS ${quote(name)}`
  return {
    off: again.filter(({ name }) => names.includes(name)).map(drop),
    on: [...again.map(drop), ...again.map(({ sql }) => sql)],
  }
}
