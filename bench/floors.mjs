// The bare operations nothing of the kind can be faster than, each a process of its own. They time the operation alone:
// starting Node and connecting count for the figure beside them, not for the floor.
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import Database from 'better-sqlite3'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'

const floors = {
  async 'read-sqlite'(file) {
    const database = new Database(file, { readonly: true, fileMustExist: true })
    const statement = database.prepare('select * from grades').raw()
    const floor = await timed(() => {
      let rows = 0
      for (const _row of statement.iterate()) rows++
      return rows
    })
    database.close()
    return floor
  },
  'copy-in': (url, file) =>
    connected(url, client =>
      timed(async () => {
        const copy = client.query(copyFrom('COPY grades FROM STDIN'))
        await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), copy)
        return copy.rowCount
      }),
    ),
  'copy-out': url =>
    connected(url, client =>
      timed(async () => {
        const copy = client.query(copyTo('COPY grades TO STDOUT'))
        copy.resume()
        await new Promise((resolve, reject) => copy.on('end', resolve).on('error', reject))
        return copy.rowCount
      }),
    ),
}

async function timed(operation) {
  const started = performance.now()
  const rows = await operation()
  return { seconds: (performance.now() - started) / 1000, rows }
}

async function connected(url, action) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await action(client)
  } finally {
    await client.end()
  }
}

const [name, ...places] = process.argv.slice(2)
process.stdout.write(JSON.stringify(await floors[name](...places)))
