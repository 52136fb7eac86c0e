import type { Connection } from 'mysql2'
import { ParitygateError } from '../../model/error.ts'
import type { PlannedTriggers, TriggerEvent, TriggerInfo } from '../port/target-session.ts'
import type { ServerError } from './failure.ts'
import { literal, qualified, quote } from './quoting.ts'
import type { Server } from './server.ts'
import { type Row, run, select } from './statement.ts'

const triggerQuery = `
  SELECT TRIGGER_NAME AS name, EVENT_MANIPULATION AS event, ACTION_TIMING AS timing, ACTION_STATEMENT AS body, DEFINER AS definer
  FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ?
  ORDER BY EVENT_MANIPULATION, ACTION_TIMING, ACTION_ORDER`

/** See `TargetSession.triggersOn`. TRUNCATE sets none off. */
export async function triggersOn(
  connection: Connection,
  { schema }: Server,
  table: string,
): Promise<TriggerInfo[]> {
  const all = await select(connection, triggerQuery, [schema, table])
  return all.flatMap(({ name, event }): TriggerInfo[] => {
    const events = (['insert', 'delete'] as TriggerEvent[]).filter(one => event!.toLowerCase().includes(one))
    return events.length === 0 ? [] : [{ name: name!, events, enabled: true }]
  })
}

/**
 * See `TargetSession.plannedTriggers`. Triggers cannot be switched off: they are dropped, and made again as
 * SHOW CREATE TRIGGER says.
 *
 * @throws {ParitygateError} target.read-only where one could not be made again exactly as it is
 */
export async function plannedTriggers(
  connection: Connection,
  server: Server,
  table: string,
  names: string[],
): Promise<PlannedTriggers> {
  const all = await select(connection, triggerQuery, [server.schema, table])
  const chosen = all.filter(({ name }) => names.includes(name!))
  const on: string[] = []
  // The last first: what each comes before is there by then, whether it was dropped or not.
  for (const trigger of chosen.toReversed()) {
    const made = await creation(connection, server, trigger, nextOf(trigger, all))
    if (typeof made === 'string')
      throw new ParitygateError('target.read-only', `trigger "${trigger.name}" cannot be turned off: ${made}`)
    on.push(...made)
  }
  return {
    off: chosen.map(({ name }) => `DROP TRIGGER IF EXISTS ${qualified(server.schema, name!)}`),
    on,
  }
}

/** The trigger that is set off after this one by the same. */
function nextOf(trigger: Row, all: Row[]): string | null {
  const next = all[all.indexOf(trigger) + 1]
  return next && next.event === trigger.event && next.timing === trigger.timing ? next.name! : null
}

/** Statements that make a trigger again, in a session that means by them what the one that made it did; a text says why not. */
async function creation(
  connection: Connection,
  { schema }: Server,
  { name, body, definer }: Row,
  next: string | null,
): Promise<string[] | string> {
  const [shown] = await select(connection, `SHOW CREATE TRIGGER ${qualified(schema, name!)}`)
  const sql = shown?.['SQL Original Statement'] ?? null
  if (sql === null) return 'what it is made of cannot be seen without the privilege TRIGGER'
  const denied = await definerDenied(connection, definer!)
  if (denied) return denied
  const { character_set_client: charset, collation_connection: collation, sql_mode: mode } = shown!
  // Statements are sent as UTF-8: other sets have the same bytes for ASCII only.
  if (!/^utf8/.test(charset!) && !/^\p{ASCII}*$/u.test(sql))
    return `it was written in ${charset}, and has characters that are no ASCII; make it again in utf8mb4, or drop it for the load yourself`
  const [own] = await select(
    connection,
    'SELECT DEFAULT_COLLATION_NAME AS collation FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?',
    [schema],
  )
  const former = shown!['Database Collation']
  if (own!.collation !== former)
    return `it was made when the collation of the database was ${former}, and now it is ${own!.collation}: made again it could mean something else; drop it for the load yourself`
  const ordered = next === null ? sql : before(sql, body!, next)
  if (ordered === null) return `its place before "${next}" cannot be written`
  return [
    'SET @paritygate_mode = @@SESSION.sql_mode, @paritygate_charset = @@SESSION.character_set_client, @paritygate_collation = @@SESSION.collation_connection',
    `SET SESSION sql_mode = ${literal(mode!)}, character_set_client = ${literal(charset!)}, collation_connection = ${literal(collation!)}`,
    ordered,
    'SET SESSION sql_mode = @paritygate_mode, character_set_client = @paritygate_charset, collation_connection = @paritygate_collation',
  ]
}

/**
 * The statement with the word that puts the trigger before another; null where there is no telling where it belongs. What
 * the server keeps is the statement without this word and the space before it.
 */
function before(sql: string, body: string, next: string): string | null {
  if (!sql.endsWith(body)) return null
  const head = sql.slice(0, sql.length - body.length)
  const row = /\brow(?=(?:\s|\/\*[\s\S]*?\*\/|(?:#|--\s)[^\n]*\n)*$)/i.exec(head)
  if (row === null) return null
  const end = row.index + row[0].length
  return `${sql.slice(0, end)} PRECEDES ${quote(next)}${sql.slice(end)}`
}

/** A trigger dropped by somebody who may not name its definer would stay away. */
async function definerDenied(connection: Connection, definer: string): Promise<string | null> {
  const privileges = ['SUPER', 'SET USER', 'SET_USER_ID', 'SET_ANY_DEFINER']
  const [user] = await select(
    connection,
    `SELECT CURRENT_USER() AS name, EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES
       WHERE GRANTEE = CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)))
         AND PRIVILEGE_TYPE IN (${privileges.map(literal).join(', ')})) AS may`,
  )
  if (user!.name === definer || user!.may === '1') return null
  return `its definer is ${definer}, and ${user!.name} may not make a trigger of somebody else's; use the definer, or a user with the privilege ${privileges.slice(1).join(' or ')}`
}

const ALREADY_THERE = 1359

/**
 * Makes triggers again by what `plannedTriggers` says; those that are there already stay. One that cannot be made keeps none
 * of the others away.
 *
 * @throws the first refusal, once all have been tried
 */
export async function restoreTriggers(connection: Connection, on: string[]): Promise<void> {
  const refused: unknown[] = []
  for (const sql of on) {
    await run(connection, sql).catch((error: ServerError) => {
      if (error.errno !== ALREADY_THERE) refused.push(error)
    })
  }
  if (refused.length > 0) throw refused[0]
}
