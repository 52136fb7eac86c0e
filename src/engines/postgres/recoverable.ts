import type pg from 'pg'
import type { TargetSession } from '../port.ts'
import { sourceFailure } from './failure.ts'
import { offerRows } from './transfer.ts'

/**
 * A refused statement would spoil the transaction, and with it the snapshot everything else is read from; each
 * failure is taken back to where nothing has been asked yet.
 */
export async function recoverable(client: pg.Client, session: TargetSession): Promise<TargetSession> {
  await client.query('SAVEPOINT reading')
  const goBack = async () => void (await client.query('ROLLBACK TO SAVEPOINT reading').catch(() => {}))
  const recover = async (error: unknown): Promise<never> => {
    await goBack()
    throw error
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
  return reader
}
