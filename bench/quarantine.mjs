import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { measureRounds, ratio, runProgram } from './measure.mjs'
import { ordersFiles, planted, targetTables } from './planted.mjs'
import { execute } from './server.mjs'
import { replacing, warm } from './subjects.mjs'

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const counting = new URL('./statements.mjs', import.meta.url).href

/** One row of so many is bad, and there is one of each kind at least. */
const ROWS_FOR_A_BAD_ONE = 1000
const KINDS = 11

/** A whole migrate with bad rows among the good ones, beside the same without, into existing tables with their keys. */
export async function quarantine({ server, mysql, options, context, say }) {
  const { rows, runs } = options
  const bad = Math.max(KINDS, Math.round(rows / ROWS_FOR_A_BAD_ONE))
  const measured = []
  for (const target of targets(server, mysql, context)) {
    const { engine } = target
    const files = ordersFiles(rows, bad, engine, { ...options, say })
    for (const file of Object.values(files)) await warm(file)
    const sent = new Map()
    const subject = (name, source, places) => ({
      name: `${places.length > 0 ? '' : `${target.letter}  `}${target.name}, ${name}`,
      prepare: () => target.next(),
      run: async () => {
        const { statements, ...figures } = await runMigrate(source, target, { places, rows }, context)
        sent.set(source, statements)
        return figures
      },
    })
    const [clean, dirty] = await measureRounds(
      [
        subject('all rows good', files.clean, []),
        subject(`${bad} bad rows`, files.bad, planted(rows, bad, engine)),
      ],
      runs,
      say,
    )
    // SQLite takes one row a statement, good or bad.
    if (engine !== 'sqlite') {
      const more = sent.get(files.bad) - sent.get(files.clean)
      say(
        `${target.name}: ${more} statements more with bad rows, ${inLogarithms(more, bad, rows)} · k log₂ n`,
      )
      for (const [one, file] of [
        [clean, files.clean],
        [dirty, files.bad],
      ])
        one.name += `, ${sent.get(file)} statements`
    }
    measured.push({ clean, dirty })
  }
  return {
    rows,
    series: measured.flatMap(({ clean, dirty }) => [clean, dirty]).map(one => ({ ...one, rows })),
    ratios: measured.map(({ clean, dirty }) => ratio(dirty, clean)),
  }
}

function inLogarithms(statements, bad, rows) {
  return (statements / (bad * Math.log2(rows))).toFixed(2)
}

/** Databases that are made anew each time, and what SQL says of their rows. */
function targets(server, mysql, { folder }) {
  const postgres = replacing(server)
  const maria = replacing(mysql)
  const file = join(folder, 'target.db')
  return [
    {
      letter: 'A',
      name: 'into PostgreSQL',
      engine: 'postgres',
      url: () => postgres.url,
      next: () => postgres.next(targetTables.postgres),
      query: sql => execute(postgres.url, sql),
    },
    {
      letter: 'B',
      name: `into ${mysql.description.version.split('-')[0]}`,
      engine: 'mysql',
      url: () => maria.url,
      next: () => maria.next(targetTables.mysql),
      query: sql => mysql.execute(maria, sql),
    },
    {
      letter: 'C',
      name: 'into SQLite',
      engine: 'sqlite',
      url: () => file,
      async next() {
        for (const end of ['', '-wal', '-shm', '-journal']) rmSync(file + end, { force: true })
        const database = new Database(file)
        database.exec(targetTables.sqlite)
        database.close()
      },
      async query(sql) {
        const database = new Database(file, { readonly: true })
        try {
          return database.prepare(sql).all()
        } finally {
          database.close()
        }
      },
    },
  ]
}

async function runMigrate(source, target, { places, rows }, context) {
  const folder = join(context.folder, 'quarantine')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const plan = join(folder, 'cutover.yaml')
  // JSON is YAML. The URLs, which may hold a password, stay out of the file.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the plan's own syntax
  const [from, to] = ['${BENCH_SOURCE_URL}', '${BENCH_TARGET_URL}']
  writeFileSync(
    plan,
    JSON.stringify({ name: 'bench', source: { url: from }, target: { url: to }, tables: { orders: {} } }),
  )
  const statementsFile = join(folder, 'statements')
  const { stdout, ...measured } = await runProgram(
    ['--import', counting, cli, 'migrate', '--no-backup', '--config', plan, '--json', '--quiet'],
    {
      ...context,
      exitCodes: [places.length > 0 ? 1 : 0],
      env: {
        BENCH_SOURCE_URL: source,
        BENCH_TARGET_URL: target.url(),
        BENCH_STATEMENTS_FILE: statementsFile,
      },
    },
  )
  const [orders] = JSON.parse(stdout).tables
  const good = rows - places.length
  if (orders.written !== good || orders.quarantined !== places.length)
    throw new Error(`migrate wrote ${orders.written} rows and quarantined ${orders.quarantined}`)
  const lines = places.reduce((sum, { line }) => sum - line, (rows * (rows + 1)) / 2)
  const [there] = await target.query('SELECT count(*) AS n, sum(line) AS total FROM orders')
  if (Number(there.n) !== good || Number(there.total) !== lines)
    throw new Error(`${there.n} rows are there, and not the ${good} good ones`)
  requireQuarantined(folder, places, target.engine)
  return { ...measured, statements: Number(readFileSync(statementsFile, 'utf8')) }
}

/** Exactly the planted rows have to be there, each for its own reason. */
function requireQuarantined(folder, places, engine) {
  const state = join(folder, '.paritygate')
  const file = readdirSync(state).find(name => name.startsWith('quarantine-'))
  const rejected = file ? readFileSync(join(state, file), 'utf8').trim().split('\n').map(JSON.parse) : []
  const found = new Map(rejected.map(one => [Number(one.row.line), one]))
  if (rejected.length !== places.length || found.size !== places.length)
    throw new Error(`${rejected.length} rows of ${found.size} lines are in quarantine, not ${places.length}`)
  for (const { line, kind } of places) {
    const [column, reason] = kind[engine]
    const one = found.get(line)
    if (one === undefined || one.column !== column || !reason.test(one.reason))
      throw new Error(`${kind.kind}, line ${line}: ${JSON.stringify(one)}`)
  }
}
