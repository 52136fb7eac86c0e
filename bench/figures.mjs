import { checkpoints } from './checkpoints.mjs'
import { runMigrate } from './cutover.mjs'
import { edu } from './edu.mjs'
import { mysqlFigures } from './figures-mysql.mjs'
import { postgresFigures } from './figures-postgres.mjs'
import { gradesFiles } from './grades.mjs'
import { runFloor } from './measure.mjs'
import { quarantine } from './quarantine.mjs'
import { copySeries, memorySeries, verifySeries, warm } from './subjects.mjs'

/** Each figure: its series of measurements beside those of its floors, and the ratios between them. */
export const figures = {
  copy,
  verify,
  memory,
  ...postgresFigures,
  ...mysqlFigures,
  edu,
  quarantine,
  checkpoints,
}

async function copy(bench) {
  const { options, context, say } = bench
  const files = gradesFiles(options.rows, { ...options, say })
  for (const file of [files.sqlite, files.text]) await warm(file)
  const floor = sqliteFloor(files, options.rows, context)
  return copySeries(floor, { source: files.sqlite }, files.text, bench)
}

async function verify(bench) {
  const { server, options, context, say } = bench
  const { rows } = options
  const files = gradesFiles(rows, { ...options, say })
  await warm(files.sqlite)
  const copied = await server.create()
  say('copying what is to be verified')
  await runMigrate({ source: files.sqlite, target: copied.url }, rows, context)
  return verifySeries(sqliteFloor(files, rows, context), files.sqlite, copied, bench)
}

function memory(bench) {
  const { options, say } = bench
  return memorySeries(async rows => ({ source: gradesFiles(rows, { ...options, say }).sqlite }), bench)
}

function sqliteFloor(files, rows, context) {
  return {
    name: 'A  bare read of SQLite',
    run: () => runFloor(['read-sqlite', files.sqlite], rows, context),
  }
}
