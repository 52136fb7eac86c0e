import { type EventEmitter, once } from 'node:events'
import pg from 'pg'
import { onTestFinished } from 'vitest'

/** What a server takes for a replica: it is sent the write-ahead log, and says of all of it that it has replayed it. */
export interface FakeStandby {
  /** Whether it goes on with that. */
  replays(on: boolean): void
  leave(): void
}

/**
 * Speaks as much of the streaming replication protocol as shows up in pg_stat_replication
 * (https://www.postgresql.org/docs/current/protocol-replication.html). Null where the server lets nobody replicate.
 */
export async function fakeStandby(url: string): Promise<FakeStandby | null> {
  const client = new pg.Client({ connectionString: url, replication: 'true' } as pg.ClientConfig)
  client.on('error', () => {})
  const { connection } = client as unknown as {
    connection: EventEmitter & { sendCopyFromChunk(chunk: Buffer): void; stream: { destroy(): void } }
  }
  let start: string
  try {
    await client.connect()
    start = (await client.query<{ xlogpos: string }>('IDENTIFY_SYSTEM')).rows[0]!.xlogpos
  } catch {
    await client.end().catch(() => {})
    return null
  }
  const [high, low] = start.split('/').map(part => BigInt(`0x${part}`))
  let received = (high! << 32n) | low!
  let replayed = received
  let replays = true
  const tell = () => {
    if (replays) replayed = received
    const status = Buffer.alloc(34)
    status.write('r')
    for (const [at, position] of [received, received, replayed].entries())
      status.writeBigUInt64BE(position, 1 + at * 8)
    status.writeBigInt64BE(BigInt(Date.now() - Date.UTC(2000, 0, 1)) * 1000n, 25)
    connection.sendCopyFromChunk(status)
  }
  connection.on('copyData', ({ chunk }: { chunk: Buffer }) => {
    // XLogData: where it begins, the end of the server's log, its time, the log itself; or else a keepalive.
    const isLog = chunk[0] === 'w'.charCodeAt(0)
    received = chunk.readBigUInt64BE(1) + (isLog ? BigInt(chunk.length - 25) : 0n)
    tell()
  })
  const started = once(connection, 'replicationStart')
  client.query(`START_REPLICATION PHYSICAL ${start}`).catch(() => {})
  await started
  tell()
  const leave = () => connection.stream.destroy()
  onTestFinished(leave)
  return {
    leave,
    replays(on) {
      replays = on
      if (on) tell()
    },
  }
}
