import type { TargetSession } from '../port/target-session.ts'
import { readersWith } from '../readers.ts'
import type { TimeLimits } from '../time-limits.ts'
import { openMysql, SNAPSHOT } from './connect.ts'

/**
 * Seconds others wait at most: until commits under way, and writes to tables that know no transactions, are done, and then
 * for a holder the server hears nothing of.
 */
const LONGEST_WAIT = 3

/**
 * Opens several readers of one moment. No snapshot can be handed on here: each takes its own while nobody can commit.
 *
 * MariaDB can hold commits alone (https://mariadb.com/kb/en/backup-stage/), which waits for no query. MySQL has only FLUSH
 * TABLES WITH READ LOCK for it, which also closes the tables: one that a long query reads then lets nobody else in before
 * that query ends, even after the lock was given up. The application is not to pay for our haste, so there it is one reader.
 */
export async function openMysqlReaders(
  url: string,
  count: number,
  limits?: TimeLimits,
): Promise<TargetSession[]> {
  const first = await openMysql(url, 'read', limits)
  const readers = await readersWith(first, count, async further => {
    if (!first.version.startsWith('MariaDB')) {
      throw new Error(
        'MySQL shows several connections one moment only under a lock that can stop the application',
      )
    }
    while (further.length < count - 1) further.push(await openMysql(url, 'read', limits))
    await whileNobodyCommits(url, () =>
      Promise.all([first, ...further].map(session => session.execute(SNAPSHOT))),
    )
  })
  // Where it began anew and was refused it has no snapshot any more.
  if (readers.length < count) {
    await first.execute(SNAPSHOT).catch((error: unknown) => {
      first.interrupt()
      throw first.failure(error, first.describe)
    })
  }
  return readers
}

/** @throws where commits could not be held, or not until `work` was done */
async function whileNobodyCommits(url: string, work: () => Promise<unknown>): Promise<void> {
  const holder = await openMysql(url, 'write')
  try {
    await holder.execute(`SET SESSION lock_wait_timeout = ${LONGEST_WAIT}, wait_timeout = ${LONGEST_WAIT}`)
    await holder.execute('BACKUP STAGE START')
    await holder.execute('BACKUP STAGE BLOCK_COMMIT')
    await work()
    await holder.execute('BACKUP STAGE END')
  } finally {
    await holder.close()
  }
}
