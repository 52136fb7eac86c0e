import type { Dialect } from '../engines/port/dialect.ts'
import type { ReferenceTo, TargetSession } from '../engines/port/target-session.ts'
import type { Copy } from '../migrate/copy-record.ts'
import { goingFrom } from '../migrate/going-rows.ts'
import type { Journal } from '../migrate/journal.ts'
import { wasBefore } from '../migrate/remove-copies.ts'
import { ParitygateError } from '../model/error.ts'
import type { TargetSessions } from './target-sessions.ts'

/**
 * Nothing may go that something else needs: rows that refer to it would keep it, or be removed with it unseen.
 *
 * @throws {ParitygateError} rollback.blocked, naming all of it; nothing is changed
 */
export async function requireRemovable(
  journal: Journal,
  sessions: TargetSessions,
  copies: Copy[],
): Promise<void> {
  const obstacles = await laterCopies(journal, copies)
  for (const schema of new Set(copies.map(({ record }) => record.schema))) {
    const target = sessions.of({ schema })
    const own = copies.filter(({ record }) => record.schema === schema)
    const created = own.filter(({ record }) => record.before === null).map(({ record }) => record.name)
    const dependents = await target.dropObstacle(created)
    if (dependents !== null) obstacles.push(dependents)
    obstacles.push(...(await references(target, own, copies)))
  }
  throwIfAny(obstacles)
}

/**
 * The same of what can come at any time, asked when nobody else can write.
 *
 * @throws {ParitygateError} rollback.blocked
 */
export async function requireUnneeded(
  journal: Journal,
  target: TargetSession,
  own: Copy[],
  copies: Copy[],
): Promise<void> {
  throwIfAny([...(await laterCopies(journal, own)), ...(await references(target, own, copies))])
}

function throwIfAny(obstacles: string[]): void {
  if (obstacles.length > 0) throw new ParitygateError('rollback.blocked', obstacles.join('\n  '))
}

/** What came later has to go first: it took the rows that are there now for rows that were there before. */
async function laterCopies(journal: Journal, copies: Copy[]): Promise<string[]> {
  const others = await journal.others()
  return copies.flatMap(({ table, record }) =>
    others
      .filter(({ record: one }) => one.name === record.name && one.schemaName === record.schemaName)
      .filter(({ record: one }) => one.startedAt > record.startedAt)
      .map(
        ({ record: one }) =>
          `another plan has copied into "${table}" since (${one.startedAt}): roll it back first`,
      ),
  )
}

async function references(target: TargetSession, own: Copy[], copies: Copy[]): Promise<string[]> {
  const going = own.filter(({ record }) => goingFrom(record) !== 'none')
  const found: string[] = []
  for (const reference of await target.referencesTo(going.map(({ record }) => record.name))) {
    const parent = going.find(({ record }) => record.name === reference.referenced)!
    const child = copies.find(
      ({ record }) => record.name === reference.table && record.schemaName === reference.schema,
    )
    const stays = child ? staying(target.dialect, child) : '1 = 1'
    if (stays === null) continue
    const rows = await countReferring(target, reference, parent, stays)
    if (rows === 0) continue
    const name = target.dialect.table(reference.schema, reference.table)
    found.push(
      `${rows === 1 ? '1 row' : `${rows} rows`} of ${name} that stay refer by ${reference.columns.join(', ')} to rows of "${parent.table}" that go`,
    )
  }
  return found
}

/** A condition that a row `c` of the copy's table stays; null where none does. */
function staying(dialect: Dialect, { record }: Copy): string | null {
  const going = goingFrom(record)
  if (going === 'all') return null
  return going === 'none' ? '1 = 1' : wasBefore(dialect, record, 'c')
}

async function countReferring(
  { dialect, query }: TargetSession,
  { schema, table, columns, referenced, referencedColumns }: ReferenceTo,
  { record }: Copy,
  stays: string,
): Promise<number> {
  const pairs = columns.map(
    (column, index) => `c.${dialect.quote(column)} = p.${dialect.quote(referencedColumns[index]!)}`,
  )
  const goes = goingFrom(record) === 'added' ? ` AND NOT ${wasBefore(dialect, record, 'p')}` : ''
  const [row] = await query(
    `SELECT count(*) AS n FROM ${dialect.table(schema, table)} c WHERE ${stays} AND EXISTS (
       SELECT 1 FROM ${dialect.table(record.schemaName, referenced)} p WHERE ${pairs.join(' AND ')}${goes})`,
  )
  return Number(row!.n)
}
