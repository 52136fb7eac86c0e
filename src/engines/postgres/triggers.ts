import type pg from 'pg'
import { ParitygateError } from '../../model/error.ts'
import type { PlannedTriggers, TriggerEvent, TriggerInfo } from '../port/target-session.ts'
import { qualified, quote } from './quoting.ts'

interface Row {
  name: string
  schema: string
  table: string
  role: string
  /** `pg_trigger.tgenabled`: O, A, R or D. */
  mode: string
  type: string
  fires: 't' | 'f'
  owned: 't' | 'f'
}

/**
 * Triggers of a table and its partitions, which have their own switches, though they be clones of the table's. Those of
 * foreign keys are none, and neither are those of a view, by which its rows are written.
 */
const triggerQuery = `
  WITH RECURSIVE tree(oid, depth) AS (
    SELECT c.oid, 0 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
    UNION ALL
    SELECT c.oid, t.depth + 1 FROM tree t JOIN pg_inherits h ON h.inhparent = t.oid JOIN pg_class c ON c.oid = h.inhrelid
    WHERE c.relispartition
  )
  SELECT t.tgname AS name, n.nspname AS schema, c.relname AS table, current_user AS role, t.tgenabled AS mode,
    t.tgtype AS type, pg_has_role(c.relowner, 'USAGE') AS owned,
    t.tgenabled = 'A' OR t.tgenabled = CASE current_setting('session_replication_role') WHEN 'replica' THEN 'R' ELSE 'O' END
      AS fires
  FROM tree JOIN pg_class c ON c.oid = tree.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_trigger t ON t.tgrelid = c.oid LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
  WHERE t.tgtype & 64 /* INSTEAD OF */ = 0 AND t.tgtype & (4 | 8 | 32) /* INSERT, DELETE, TRUNCATE */ <> 0
    -- Up to PostgreSQL 14 the clones of partitions count as internal.
    AND (NOT t.tgisinternal OR t.tgparentid <> 0 AND coalesce(k.contype, 't') = 't')
    -- What is done to a table is no statement about its partitions, but for TRUNCATE.
    AND (tree.depth = 0 OR t.tgtype & (1 | 32) /* ROW, TRUNCATE */ <> 0)
  ORDER BY tree.depth, c.oid, t.tgname`

const events: [bit: number, event: TriggerEvent][] = [
  [4, 'insert'],
  [8, 'delete'],
  [32, 'truncate'],
]

async function allTriggers(client: pg.Client, schema: string, table: string): Promise<Row[]> {
  return (await client.query<Row>(triggerQuery, [schema, table])).rows
}

/** See `TargetSession.triggersOn`; triggers of a table and of its partitions that have one name count as one. */
export async function triggersOn(client: pg.Client, schema: string, table: string): Promise<TriggerInfo[]> {
  const all = await allTriggers(client, schema, table)
  return [...new Set(all.map(({ name }) => name))].map(name => {
    const own = all.filter(trigger => trigger.name === name)
    const has = (bit: number) => own.some(({ type }) => (Number(type) & bit) !== 0)
    return {
      name,
      events: events.filter(([bit]) => has(bit)).map(([, event]) => event),
      enabled: own.some(({ fires }) => fires === 't'),
    }
  })
}

const enabling: Record<string, string> = { O: 'ENABLE', A: 'ENABLE ALWAYS', R: 'ENABLE REPLICA' }

/** See `TargetSession.plannedTriggers`. */
export async function plannedTriggers(
  client: pg.Client,
  schema: string,
  table: string,
  names: string[],
): Promise<PlannedTriggers> {
  const all = await allTriggers(client, schema, table)
  const chosen = all.filter(({ name, mode }) => names.includes(name) && mode !== 'D')
  const foreign = chosen.find(({ owned }) => owned === 'f')
  if (foreign)
    throw new ParitygateError(
      'target.read-only',
      `role "${foreign.role}" may not turn off trigger "${foreign.name}": only the owner of table "${foreign.table}" may`,
    )
  const switched = (word: string, row: Row) =>
    `ALTER TABLE ONLY ${qualified(row.schema, row.table)} ${word} TRIGGER ${quote(row.name)}`
  return {
    off: chosen.map(row => switched('DISABLE', row)),
    on: [
      // A table that checks are still due for is not altered.
      ...(chosen.length > 0 ? ['SET CONSTRAINTS ALL IMMEDIATE'] : []),
      ...chosen.map(row => switched(enabling[row.mode]!, row)),
    ],
  }
}
