import { gradesDatabase } from './figures-postgres.mjs'
import { gradesFiles, mysqlTable } from './grades.mjs'
import { hasProgram, runFloor } from './measure.mjs'
import { copySeries, memorySeries, verifySeries, warm } from './subjects.mjs'

/** MySQL, the old side, and PostgreSQL. */
export const mysqlFigures = {
  'copy-mysql': copy,
  'verify-mysql': verify,
  'memory-mysql': memory,
}

/** MySQL has no booleans; what is meant by tinyint(1) a plan has to say. */
const columns = { passed: { from: 'passed', type: 'boolean' } }

async function copy(bench) {
  const { options, context, say } = bench
  const { rows } = options
  const files = gradesFiles(rows, { ...options, say })
  await warm(files.text)
  const source = await mysqlGrades(rows, bench)
  return copySeries(mysqlFloor(source, rows, context), { source: source.url, columns }, files.text, bench)
}

async function verify(bench) {
  const { server, options, context } = bench
  const { rows } = options
  const source = await mysqlGrades(rows, bench)
  const target = await gradesDatabase(server, rows, bench)
  return verifySeries(mysqlFloor(source, rows, context), source.url, target, bench)
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
