/** Brings triggers back when the process that turned them off has died; see `trigger-guard.ts`, which starts it. */
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from 'mysql2'
import { connect } from './connection.ts'
import { run, select } from './statement.ts'
import { type GuardOrder, READY } from './trigger-guard.ts'
import { restoreTriggers } from './triggers.ts'

/** For a server that is away as well. */
const PATIENCE_MS = 60 * 60 * 1000

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const ordered = await lines.next()
if (!ordered.done) await guard(JSON.parse(ordered.value))
process.exit()

async function guard(order: GuardOrder): Promise<void> {
  let connection: Connection | null = null
  try {
    connection = await open(order)
    process.stdout.write(`${READY}\n`)
  } catch (error) {
    process.stdout.write(`${(error as Error).message.replaceAll('\n', ' ')}\n`)
    return
  }
  let { on } = order
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    if (line.value === READY) return close(connection)
    on = JSON.parse(line.value)
  }
  // Without a word the pipe ends with the process that holds it, or once that has lost its session.
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await delay(1000)) {
    try {
      connection ??= await open(order)
      while (await isAlive(connection, order.session)) await delay(100)
      await restoreTriggers(connection, on)
      return close(connection)
    } catch {
      connection?.destroy()
      connection = null
    }
  }
}

/** @throws where it cannot connect, or another guard of the database does not end */
async function open({ url }: GuardOrder): Promise<Connection> {
  const connection = await connect(url)
  connection.on('error', () => {})
  // What others have to say to the table is not kept waiting for long.
  await run(connection, 'SET SESSION wait_timeout = 31536000, lock_wait_timeout = 10')
  const [lock] = await select(
    connection,
    "SELECT GET_LOCK(CONCAT('paritygate_', SHA1(CONCAT('triggers of ', DATABASE()))), 60) AS taken",
  )
  if (lock!.taken === '1') return connection
  connection.destroy()
  throw new Error('another one is at work in this database')
}

function close(connection: Connection): Promise<void> {
  return new Promise(resolve => connection.end(() => resolve()))
}

/** Numbers of sessions grow until the server starts again. */
async function isAlive(connection: Connection, session: number): Promise<boolean> {
  if (connection.threadId! < session) return false
  const sessions = await select(connection, 'SHOW PROCESSLIST')
  return sessions.some(({ Id }) => Number(Id) === session)
}
