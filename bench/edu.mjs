import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { generate } from '../examples/edu/generate.mjs'
import { hasProgram, measureRounds, ratio, runProgram } from './measure.mjs'
import { execute } from './server.mjs'
import { replacing } from './subjects.mjs'

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const example = new URL('../examples/edu/', import.meta.url)
const runbookGrades = 3_209_747
const by = hasProgram('psql') ? 'psql | psql' : 'two connections'

/** The whole plan of examples/edu, with keys that change; the floor moves the largest table as it is in the end. */
export async function edu({ server, options, context, say }) {
  const source = await server.create()
  say('filling the old database')
  const { counts } = await generate(source.url, { scale: options.rows / runbookGrades })
  const grades = counts.journal_details
  const schema = readFileSync(new URL('schema.target.sql', example), 'utf8')
  const target = replacing(server)
  const folder = join(context.folder, 'edu')
  const paritygate = words =>
    runProgram([cli, ...words, '--config', join(folder, 'cutover.yaml'), '--json', '--quiet'], {
      ...context,
      env: { OLD_DATABASE_URL: source.url, NEW_DATABASE_URL: target.url },
    })
  const written = []
  const series = await measureRounds(
    [
      {
        name: 'paritygate migrate',
        prepare: async () => {
          rmSync(folder, { recursive: true, force: true })
          mkdirSync(folder)
          cpSync(new URL('cutover.yaml', example), join(folder, 'cutover.yaml'))
          await target.next(schema)
        },
        run: async () => {
          const { stdout, ...measured } = await paritygate(['migrate'])
          written.push(rowsOf(JSON.parse(stdout).tables, 'written'))
          return measured
        },
      },
      {
        name: 'paritygate verify',
        prepare: () => execute(target.url, 'VACUUM ANALYZE'),
        run: async () => {
          const { stdout, ...measured } = await paritygate(['verify'])
          const { verdict } = JSON.parse(stdout)
          if (verdict !== 'match') throw new Error(`verify says ${verdict}`)
          return measured
        },
      },
      {
        name: `A  binary COPY of the new grades into an empty table like it by ${by}`,
        prepare: () => execute(target.url, floorTable('')),
        run: () => copyGrades(target.url, grades),
      },
      {
        name: 'B  the same, into one with its primary key and indexes',
        prepare: () => execute(target.url, floorTable('INCLUDING ALL')),
        run: () => copyGrades(target.url, grades),
      },
    ],
    options.runs,
    say,
  )
  const [migrate, verify, bare, keyed] = series
  if (new Set(written).size > 1) throw new Error(`migrate wrote ${written.join(', ')} rows`)
  return {
    rows: grades,
    series: [
      { ...migrate, rows: written[0] },
      { ...verify, rows: written[0] },
      { ...bare, rows: grades },
      { ...keyed, rows: grades },
    ],
    ratios: [ratio(migrate, bare), ratio(verify, bare), ratio(migrate, keyed), ratio(verify, keyed)],
  }
}

/** An empty table of the columns of the new grades. */
function floorTable(including) {
  return `DROP SCHEMA IF EXISTS floor CASCADE; CREATE SCHEMA floor; CREATE TABLE floor.grades (LIKE public.grades ${including})`
}

/** Rows a run has to do with, over all tables. */
function rowsOf(tables, column) {
  return tables.reduce((sum, table) => sum + table[column], 0)
}

/** Moves the rows as they are, from one table into another of the same database, through a process beside the server. */
async function copyGrades(url, rows) {
  const started = performance.now()
  if (hasProgram('psql')) await copyByPsql(url)
  else await copyByConnections(url)
  const seconds = (performance.now() - started) / 1000
  const [{ count }] = await execute(url, 'SELECT count(*)::int AS count FROM floor.grades')
  if (count !== rows) throw new Error(`the floor copied ${count} rows, not ${rows}`)
  // Peak memory would be that of the bench itself.
  return { seconds, peakBytes: null }
}

const out = 'COPY public.grades TO STDOUT (FORMAT binary)'
const into = 'COPY floor.grades FROM STDIN (FORMAT binary)'

async function copyByPsql(url) {
  const bare = new URL(url)
  const password = decodeURIComponent(bare.password)
  bare.password = ''
  const child = spawn('sh', ['-c', `psql "$0" -qc '${out}' | psql "$0" -qc '${into}'`, bare.href], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...(password === '' ? {} : { PGPASSWORD: password }) },
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`psql ended with ${code}`)
}

async function copyByConnections(url) {
  const [from, to] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })]
  await Promise.all([from.connect(), to.connect()])
  try {
    await pipeline(from.query(copyTo(out)), to.query(copyFrom(into)))
  } finally {
    await Promise.all([from.end(), to.end()])
  }
}
