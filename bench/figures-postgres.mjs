import { runMigrate, runVerify } from './cutover.mjs'
import { gradesFiles, postgresTable } from './grades.mjs'
import { hasProgram, measureRounds, ratio, runFloor } from './measure.mjs'
import { execute } from './server.mjs'
import { changedText, damagedBeside, memorySeries, replacing, withRows } from './subjects.mjs'

/** PostgreSQL on both sides. */
export const postgresFigures = {
  'copy-postgres': copy,
  'verify-postgres': verify,
  'memory-postgres': memory,
}

/** For every session of the database: a key is built with the same memory by whoever builds it. */
const equalMemory = `DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET maintenance_work_mem = ''256MB''', current_database());
END $$`

async function copy({ server, options, context, say }) {
  const { rows, runs } = options
  const source = await gradesDatabase(server, rows, { options, context, say })
  const replaced = replacing(server)
  const psql = hasProgram('psql')
  const series = await measureRounds(
    [
      {
        name: `A  binary COPY from one into the other by ${psql ? 'psql | psql' : 'two connections'}, then the key`,
        prepare: () => replaced.next(`${equalMemory}; ${postgresTable}`),
        run: () =>
          runFloor([psql ? 'psql-through' : 'copy-through', source.url, replaced.url], rows, context),
      },
      {
        name: 'paritygate migrate',
        prepare: () => replaced.next(equalMemory),
        run: () => runMigrate({ source: source.url, target: replaced.url }, rows, context),
      },
    ],
    runs,
    say,
  )
  const [through, migrate] = series
  return { rows, series: withRows(series, rows), ratios: [ratio(migrate, through)] }
}

async function verify({ server, options, context, say }) {
  const { rows, runs, damaged } = options
  const source = await gradesDatabase(server, rows, { options, context, say })
  const copied = await server.copyOf(source)
  const sides = await damagedBeside(server, copied, rows, damaged)
  const onServer = await mayWriteFiles(source)
  const series = await measureRounds(
    [
      {
        name: onServer
          ? `A  COPY of one side TO '/dev/null' (FORMAT binary)`
          : 'A  binary COPY of one side, thrown away here: the role may not write files on the server',
        run: () => runFloor([onServer ? 'copy-null' : 'copy-out-binary', source.url], rows, context),
      },
      ...sides.map(({ database, changed }) => ({
        name: `paritygate verify${changedText(changed)}`,
        run: () => runVerify({ source: source.url, target: database.url }, { rows, changed }, context),
      })),
    ],
    runs,
    say,
  )
  const [floor, ...figures] = series
  return { rows, series: withRows(series, rows), ratios: figures.map(figure => ratio(figure, floor)) }
}

function memory(bench) {
  const sourceFor = async rows => ({ source: (await gradesDatabase(bench.server, rows, bench)).url })
  return memorySeries(sourceFor, bench)
}

/** A new database with the table, its key and its rows. */
export async function gradesDatabase(server, rows, { options, context, say }) {
  const files = gradesFiles(rows, { ...options, say })
  const database = await server.create(postgresTable)
  say('loading PostgreSQL')
  await runFloor(['copy-in', database.url, files.text], rows, context)
  await execute(database.url, 'ALTER TABLE grades ADD PRIMARY KEY (id)')
  await execute(database.url, 'VACUUM ANALYZE grades')
  return database
}

async function mayWriteFiles({ url }) {
  const [{ may }] = await execute(
    url,
    `SELECT pg_has_role(current_user, 'pg_write_server_files', 'usage') AS may`,
  )
  return may
}
