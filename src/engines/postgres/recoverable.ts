import type pg from 'pg'
import { ParitygateError } from '../../model/error.ts'
import type { Session } from '../port/session.ts'
import type { TargetSession } from '../port/target-session.ts'
import { sourceFailure } from './failure.ts'
import { policyRefusal } from './row-level-security.ts'
import { offerRows } from './transfer.ts'

const clients = new WeakMap<Session, pg.Client>()

/**
 * A refused statement would spoil the transaction, and with it the snapshot everything else is read from; each
 * failure is taken back to where nothing has been asked yet.
 */
export async function recoverable(client: pg.Client, session: TargetSession): Promise<TargetSession> {
  await client.query('SAVEPOINT reading')
  const goBack = async () => void (await client.query('ROLLBACK TO SAVEPOINT reading').catch(() => {}))
  const recover = async (error: unknown): Promise<never> => {
    await goBack()
    throw await policyRefusal(error, client, session.describe)
  }
  async function* recovering<T>(pieces: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* pieces
    } catch (error) {
      await recover(error)
    }
  }
  const reader: TargetSession = {
    ...session,
    failure: sourceFailure,
    count: relation => session.count(relation).catch(recover),
    estimate: relation => session.estimate(relation).catch(recover),
    columnsOf: select => session.columnsOf(select).catch(recover),
    cutBlocks: (...given) => session.cutBlocks!(...given).catch(recover),
    read: (...given) => recovering(session.read(...given)),
    digestLines: (...given) => recovering(session.digestLines(...given)),
    query: sql => session.query(sql).catch(recover),
    async hashing(...given) {
      const hashing = (await session.hashing?.(...given).catch(recover)) ?? null
      if (hashing === null) return null
      const { parts } = hashing
      return {
        ...hashing,
        whole: options => hashing.whole(options).catch(recover),
        parts: parts && { ...parts, inBuckets: buckets => parts.inBuckets(buckets).catch(recover) },
      }
    },
  }
  offerRows(reader, { client, recover: goBack })
  clients.set(reader, client)
  return reader
}

/**
 * Names the moment a reading session sees, so that others can be opened to see the same. The name is good for as long as that
 * session is open; nothing else may be asked of it meanwhile.
 *
 * @throws {ParitygateError} connection.rejected where the role may not do this
 */
export async function exportSnapshot(reader: Session): Promise<string> {
  const [may] = await reader.query(`SELECT has_function_privilege('pg_export_snapshot()', 'EXECUTE') AS may`)
  if (may!.may !== 't') {
    throw new ParitygateError('connection.rejected', 'the role may not call pg_export_snapshot()', {
      hint: 'GRANT EXECUTE ON FUNCTION pg_export_snapshot() TO the role.',
    })
  }
  // The server exports nothing from within a savepoint.
  const results = await clients
    .get(reader)!
    .query('RELEASE SAVEPOINT reading; SELECT pg_export_snapshot() AS name; SAVEPOINT reading')
  return (results as unknown as pg.QueryResult<{ name: string }>[])[1]!.rows[0]!.name
}
