// Loaded before a measured program by `node --import`: leaves how many statements it sent to its target, and to any
// other server, in the file that BENCH_STATEMENTS_FILE names. SQLite lives in another thread and is not counted.
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import mysql from 'mysql2'
import pg from 'pg'

if (isMainThread) {
  let count = 0
  for (const connection of [pg.Client.prototype, mysql.Connection.prototype]) {
    const { query } = connection
    connection.query = function (...words) {
      count++
      return query.apply(this, words)
    }
  }
  process.on('exit', () => writeFileSync(process.env.BENCH_STATEMENTS_FILE, String(count)))
}
