import { runMigrate, runVerify } from './cutover.mjs'
import { gradesDatabase } from './figures-postgres.mjs'
import { gradesFiles, mysqlTable, postgresTable } from './grades.mjs'
import { hasProgram, measureRounds, ratio, runFloor } from './measure.mjs'
import { changedText, damagedBeside, memorySeries, replacing, warm, withRows } from './subjects.mjs'

/** MySQL, the old side, and PostgreSQL. */
export const mysqlFigures = {
  'copy-mysql': copy,
  'verify-mysql': verify,
  'memory-mysql': memory,
}

/** MySQL has no booleans; what is meant by tinyint(1) a plan has to say. */
const columns = { passed: { from: 'passed', type: 'boolean' } }

async function copy(bench) {
  const { server, options, context, say } = bench
  const { rows, runs } = options
  const files = gradesFiles(rows, { ...options, say })
  await warm(files.text)
  const source = await mysqlGrades(rows, bench)
  const replaced = replacing(server)
  const series = await measureRounds(
    [
      mysqlFloor(source, rows, context),
      {
        name: 'B  bare COPY into PostgreSQL',
        prepare: () => replaced.next(postgresTable),
        run: () => runFloor(['copy-in', replaced.url, files.text], rows, context),
      },
      {
        name: 'paritygate migrate',
        prepare: () => replaced.next(),
        run: () => runMigrate({ source: source.url, target: replaced.url, columns }, rows, context),
      },
    ],
    runs,
    say,
  )
  const [read, load, migrate] = series
  return { rows, series: withRows(series, rows), ratios: [ratio(migrate, read), ratio(migrate, load)] }
}

async function verify(bench) {
  const { server, options, context, say } = bench
  const { rows, runs, damaged } = options
  const source = await mysqlGrades(rows, bench)
  const target = await gradesDatabase(server, rows, bench)
  const sides = await damagedBeside(server, target, rows, damaged)
  const subjects = [mysqlFloor(source, rows, context)]
  for (const { database, changed } of sides) {
    subjects.push(
      {
        name: `B  bare COPY out of PostgreSQL${changedText(changed)}`,
        run: () => runFloor(['copy-out', database.url], rows, context),
      },
      {
        name: `paritygate verify${changedText(changed)}`,
        run: () => runVerify({ source: source.url, target: database.url }, { rows, changed }, context),
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
  return memorySeries(async rows => ({ source: (await mysqlGrades(rows, bench)).url, columns }), bench)
}

function mysqlFloor({ url }, rows, context) {
  const client = hasProgram('mysql')
  return {
    name: client
      ? `A  mysql --quick -e 'select * from grades' > /dev/null`
      : 'A  bare SELECT of MySQL through mysql2, its bytes thrown away: there is no mysql client',
    run: () => runFloor([client ? 'mysql-client' : 'read-mysql', url], rows, context),
  }
}

/** A new database of MySQL with the table and its rows. */
async function mysqlGrades(rows, { mysql, options, say }) {
  const files = gradesFiles(rows, { ...options, say })
  say('loading MySQL')
  return mysql.createGrades(mysqlTable, files.text, rows)
}
