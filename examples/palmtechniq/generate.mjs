// Fills an empty database with iscedemy's legacy data: OLD_DATABASE_URL=postgres://… node generate.mjs [--scale N]
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { catalogue } from './catalogue.mjs'
import { forms } from './forms.mjs'
import { learning } from './learning.mjs'
import { people } from './people.mjs'

/** Rows one statement inserts. */
const batch = 2000

/** Makes the tables and their rows, the same every time. @returns the number of rows by table. */
export async function generate(url, scale = 1) {
  const tables = { ...people(scale), ...catalogue(), ...learning(scale), ...forms(scale) }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query(readFileSync(new URL('./schema.source.sql', import.meta.url), 'utf8'))
    for (const [table, rows] of Object.entries(tables)) await insert(client, table, rows)
    await client.query('COMMIT')
  } finally {
    await client.end()
  }
  return Object.fromEntries(Object.entries(tables).map(([table, rows]) => [table, rows.length]))
}

async function insert(client, table, rows) {
  for (let from = 0; from < rows.length; from += batch) {
    const some = JSON.stringify(rows.slice(from, from + batch))
    await client.query(`INSERT INTO "${table}" SELECT * FROM json_populate_recordset(NULL::"${table}", $1)`, [
      some,
    ])
  }
}

const here = fileURLToPath(import.meta.url)
if (process.argv[1] !== undefined && resolve(process.argv[1]) === here) {
  const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' } } })
  const url = process.env.OLD_DATABASE_URL
  if (!url) throw new Error('OLD_DATABASE_URL names the empty database to fill')
  const counts = await generate(url, Number(values.scale))
  for (const [table, count] of Object.entries(counts))
    console.log(`${table.padEnd(30)}${String(count).padStart(8)}`)
}
