// The bare operations nothing of the kind can be faster than, each a process of its own. They time the operation alone:
// starting Node and connecting count for the figure beside them, not for the floor.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import Database from 'better-sqlite3'
import mysql from 'mysql2'
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
  'copy-out': url => copyOut(url, 'COPY grades TO STDOUT'),
  'copy-out-binary': url => copyOut(url, 'COPY grades TO STDOUT (FORMAT binary)'),
  'copy-null': url =>
    connected(url, client =>
      timed(async () => (await client.query(`COPY grades TO '/dev/null' (FORMAT binary)`)).rowCount),
    ),
  'copy-through': (source, target) =>
    connected(source, from =>
      connected(target, to =>
        timed(async () => {
          const copy = to.query(copyFrom('COPY grades FROM STDIN (FORMAT binary)'))
          await pipeline(from.query(copyTo('COPY grades TO STDOUT (FORMAT binary)')), copy)
          await to.query(addKey)
          return copy.rowCount
        }),
      ),
    ),
  async 'psql-through'(source, target) {
    const pipe = `psql "$0" -qc 'copy grades to stdout (format binary)' | psql "$1" -qc 'copy grades from stdin (format binary)'`
    const { env, bare } = withoutPasswords(source, target)
    const { seconds } = await timed(async () => {
      await finished('sh', ['-c', pipe, ...bare], env)
      await finished('psql', [bare[1], '-qc', addKey], env)
    })
    const rows = await connected(target, async client => {
      const { rows } = await client.query('SELECT count(*)::int AS count FROM grades')
      return rows[0].count
    })
    return { seconds, rows, byOthers: true }
  },
  async 'mysql-client'(url) {
    const { hostname, port, username, password, pathname } = new URL(url)
    const words = ['--quick', '--default-character-set=utf8mb4', '--protocol=tcp', `--host=${hostname}`]
    words.push(`--port=${port || 3306}`, `--user=${decodeURIComponent(username)}`, pathname.slice(1))
    const env = { MYSQL_PWD: decodeURIComponent(password) }
    const { seconds } = await timed(() => finished('mysql', [...words, '-e', 'select * from grades'], env))
    const [{ count }] = await mysqlRows(url, 'SELECT count(*) AS count FROM grades')
    return { seconds, rows: count, byOthers: true }
  },
  /** The bytes of each row come in, and no value is made of them. */
  async 'read-mysql'(url) {
    const connection = mysql.createConnection({ uri: url })
    const floor = await timed(
      () =>
        new Promise((resolve, reject) => {
          let rows = 0
          const command = connection.query('select * from grades', error =>
            error ? reject(error) : resolve(rows),
          )
          const end = command.row
          command.row = function next(packet) {
            if (packet.isEOF()) return end.call(command, packet)
            rows++
            return next
          }
        }),
    )
    connection.end()
    return floor
  },
}

const addKey = 'ALTER TABLE grades ADD PRIMARY KEY (id)'

function copyOut(url, statement) {
  return connected(url, client =>
    timed(async () => {
      const copy = client.query(copyTo(statement))
      copy.resume()
      await new Promise((resolve, reject) => copy.on('end', resolve).on('error', reject))
      return copy.rowCount
    }),
  )
}

/** Both URLs are of one server; a password stands in the environment, where other users cannot see it. */
function withoutPasswords(...urls) {
  const bare = urls.map(text => {
    const url = new URL(text)
    url.password = ''
    return url.href
  })
  const password = decodeURIComponent(new URL(urls[0]).password)
  return { bare, env: password === '' ? {} : { PGPASSWORD: password } }
}

/** Runs another program to its end; what it prints is thrown away. */
async function finished(program, words, env) {
  const child = spawn(program, words, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
}

async function mysqlRows(url, sql) {
  const connection = await mysql.createConnection({ uri: url }).promise()
  try {
    return (await connection.query(sql))[0]
  } finally {
    await connection.end()
  }
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
