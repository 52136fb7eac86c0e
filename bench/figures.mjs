import { createReadStream } from 'node:fs'
import { damageSql, runMigrate, runVerify } from './cutover.mjs'
import { gradesFiles, postgresTable } from './grades.mjs'
import { measureRounds, ratio, runFloor } from './measure.mjs'
import { execute } from './server.mjs'

/** Each figure: its series of measurements beside those of its floors, and the ratios between them. */
export const figures = { copy, verify, memory }

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
        run: () => runMigrate(files.sqlite, replaced, rows, context),
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
  const sides = await copiedDatabases(server, files, rows, damaged, context, say)
  const subjects = [sqliteFloor(files, rows, context)]
  for (const { database, changed } of sides) {
    const which = changed > 0 ? `, ${changed} rows changed` : ''
    subjects.push(
      {
        name: `B  bare COPY out of PostgreSQL${which}`,
        run: () => runFloor(['copy-out', database.url], rows, context),
      },
      {
        name: `paritygate verify${which}`,
        run: () => runVerify(files.sqlite, database, { rows, changed }, context),
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

/** What the same work needs for twice the rows. */
async function memory({ server, options, context, say }) {
  const share = Number(options.damage)
  const series = []
  for (const rows of [options.rows, options.rows * 2]) {
    const files = gradesFiles(rows, { ...options, say })
    const damaged = Math.round(rows * share)
    const migrations = replacing(server)
    const copied = await measureRounds(
      [
        {
          name: 'paritygate migrate',
          prepare: () => migrations.next(),
          run: () => runMigrate(files.sqlite, migrations, rows, context),
        },
      ],
      options.runs,
      say,
    )
    const sides = await damagedBeside(server, migrations, rows, damaged)
    const verified = await measureRounds(
      sides.map(({ database, changed }) => ({
        name: changed > 0 ? `paritygate verify, ${options.damage} of the rows changed` : 'paritygate verify',
        run: () => runVerify(files.sqlite, database, { rows, changed }, context),
      })),
      options.runs,
      say,
    )
    series.push(...withRows([...copied, ...verified], rows))
    for (const { database } of sides) await server.drop(database)
  }
  return { rows: options.rows, series, ratios: [] }
}

function sqliteFloor(files, rows, context) {
  return {
    name: 'A  bare read of SQLite',
    run: () => runFloor(['read-sqlite', files.sqlite], rows, context),
  }
}

/** A database that is thrown away for a new, empty one each time. */
function replacing(server) {
  const place = {
    name: null,
    url: null,
    async next(sql = '') {
      if (place.name !== null) await server.drop(place)
      Object.assign(place, await server.create(sql))
    },
  }
  return place
}

async function copiedDatabases(server, files, rows, damaged, context, say) {
  const database = await server.create()
  say('copying what is to be verified')
  await runMigrate(files.sqlite, database, rows, context)
  return damagedBeside(server, database, rows, damaged)
}

/** A copied database, and where some of its rows are to differ a second one in which they do. */
async function damagedBeside(server, database, rows, damaged) {
  const sides = [{ database, changed: 0 }]
  if (damaged > 0) {
    const other = await server.copyOf(database, damageSql(rows, damaged))
    sides.push({ database: other, changed: damaged })
  }
  // The first to read rows just written also marks them as committed; that is nobody's figure.
  for (const side of sides) await execute(side.database.url, 'VACUUM ANALYZE grades')
  return sides
}

/** Reads a file once, so that the first round finds it in memory like every other. */
async function warm(file) {
  for await (const _piece of createReadStream(file, { highWaterMark: 1 << 20 }));
}

function withRows(series, rows) {
  return series.map(one => ({ ...one, rows }))
}
