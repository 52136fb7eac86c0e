// Fills an empty PostgreSQL database as the old system left it: node examples/edu/generate.mjs [--url URL] [--scale 0.01]
import { readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { words } from './words.mjs'

const tables = [
  ['users', 'persons', 'students', 'teachers', 'organizations', 'subject_catalog', 'course'],
  ['course_teacher', 'course_student', 'journal', 'journal_details'],
].flat()

/**
 * Creates the tables of the old database and fills them: the same bytes for the same scale on every machine.
 *
 * @param url a PostgreSQL database; one that has such tables already is left as it is, with an error
 * @param scale 1 for the runbook's own counts; not below 0.005, where no group would have enough students
 */
export async function generate(url, { scale = 1 } = {}) {
  if (!(scale >= 0.005 && scale <= 1)) throw new Error(`the scale is ${scale}; valid: from 0.005 to 1`)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query(sqlFile('schema.source.sql'))
    await temporaryTables(client, sizesAt(scale))
    await client.query(sqlFile('fill.source.sql'))
    await client.query('COMMIT')
    await client.query('VACUUM ANALYZE')
    const counts = {}
    for (const table of tables) {
      const { rows } = await client.query(`SELECT count(*)::integer AS count FROM ${table}`)
      counts[table] = rows[0].count
    }
    return { counts }
  } finally {
    await client.end()
  }
}

/** How much there is of everything. At scale 1 these are the counts the runbook expects. */
function sizesAt(scale) {
  const part = (count, least) => Math.max(least, Math.round(count * scale))
  const students = part(6_344, 30)
  const teachers = part(424, 3)
  return {
    people: students + teachers + part(219, 2),
    students,
    teachers,
    // With the university itself 419 organizations.
    faculties: part(8, 2),
    departments: part(60, 3),
    programs: part(350, 4),
    subjects: part(1_234, 6),
    courses: part(6_020, 30),
    enrolments: part(118_477, 590),
    grades: part(3_209_747, 16_000),
  }
}

/** What the SQL reads: `sizes`, one row, and `words`. */
async function temporaryTables(client, sizes) {
  const columns = Object.entries(sizes).map(([name, size]) => `${size}::bigint AS ${name}`)
  await client.query(`CREATE TEMPORARY TABLE sizes AS SELECT ${columns.join(', ')}`)
  await client.query('CREATE TEMPORARY TABLE words (list text, nth integer, az text, en text, ru text)')
  const entries = Object.entries(words).flatMap(([list, items]) =>
    items.map((item, nth) => {
      const [az, en = null, ru = null] = [item].flat()
      return { list, nth, az, en, ru }
    }),
  )
  await client.query('INSERT INTO words SELECT * FROM json_populate_recordset(NULL::words, $1)', [
    JSON.stringify(entries),
  ])
}

function sqlFile(name) {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const options = { url: { type: 'string' }, scale: { type: 'string', default: '1' } }
  const { values } = parseArgs({ options })
  const url = values.url ?? process.env.OLD_DATABASE_URL
  if (!url) throw new Error('name the database to fill: --url, or OLD_DATABASE_URL')
  const { counts } = await generate(url, { scale: Number(values.scale) })
  for (const [table, count] of Object.entries(counts))
    process.stdout.write(`${table.padEnd(16)} ${String(count).padStart(9)}\n`)
}
