import { runMigrate, runVerify } from './cutover.mjs'
import { mysqlFigures } from './figures-mysql.mjs'
import { postgresFigures } from './figures-postgres.mjs'
import { gradesFiles, postgresTable } from './grades.mjs'
import { measureRounds, ratio, runFloor } from './measure.mjs'
import { changedText, damagedBeside, memorySeries, replacing, warm, withRows } from './subjects.mjs'

/** Each figure: its series of measurements beside those of its floors, and the ratios between them. */
export const figures = { copy, verify, memory, ...postgresFigures, ...mysqlFigures }

async function copy({ server, options, context, say }) {
  const { rows, runs } = options
  const files = gradesFiles(rows, { ...options, say })
  for (const file of [files.sqlite, files.text]) await warm(file)
  const replaced = replacing(server)
  const series = await measureRounds(
    [
      sqliteFloor(files, rows, context),
      {
        name: 'B  bare COPY into PostgreSQL',
        prepare: () => replaced.next(postgresTable),
        run: () => runFloor(['copy-in', replaced.url, files.text], rows, context),
      },
      {
        name: 'paritygate migrate',
        prepare: () => replaced.next(),
        run: () => runMigrate({ source: files.sqlite, target: replaced.url }, rows, context),
      },
    ],
    runs,
    say,
  )
  const [read, load, migrate] = series
  return { rows, series: withRows(series, rows), ratios: [ratio(migrate, read), ratio(migrate, load)] }
}

async function verify({ server, options, context, say }) {
  const { rows, runs, damaged } = options
  const files = gradesFiles(rows, { ...options, say })
  await warm(files.sqlite)
  const copied = await server.create()
  say('copying what is to be verified')
  await runMigrate({ source: files.sqlite, target: copied.url }, rows, context)
  const sides = await damagedBeside(server, copied, rows, damaged)
  const subjects = [sqliteFloor(files, rows, context)]
  for (const { database, changed } of sides) {
    subjects.push(
      {
        name: `B  bare COPY out of PostgreSQL${changedText(changed)}`,
        run: () => runFloor(['copy-out', database.url], rows, context),
      },
      {
        name: `paritygate verify${changedText(changed)}`,
        run: () => runVerify({ source: files.sqlite, target: database.url }, { rows, changed }, context),
      },
    )
  }
  const [read, ...pairs] = await measureRounds(subjects, runs, say)
  const ratios = sides.flatMap((_, index) => {
    const [out, figure] = pairs.slice(index * 2)
    return [ratio(figure, read), ratio(figure, out)]
  })
  return { rows, series: withRows([read, ...pairs], rows), ratios }
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
