import { createReadStream } from 'node:fs'
import { damageSql, runMigrate, runVerify } from './cutover.mjs'
import { postgresTable } from './grades.mjs'
import { measureRounds, ratio, runFloor } from './measure.mjs'
import { execute } from './server.mjs'

/** A database that is thrown away for a new one each time. */
export function replacing(server) {
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

/** A database, and where some of its rows are to differ a copy of it in which they do. */
export async function damagedBeside(server, database, rows, damaged) {
  const sides = [{ database, changed: 0 }]
  if (damaged > 0) {
    const other = await server.copyOf(database, damageSql(rows, damaged))
    sides.push({ database: other, changed: damaged })
  }
  // The first to read rows just written also marks them as committed; that is nobody's figure.
  for (const side of sides) await execute(side.database.url, 'VACUUM ANALYZE grades')
  return sides
}

/** `, 7 rows changed`, or nothing where they are all the same. */
export function changedText(changed) {
  return changed > 0 ? `, ${changed} rows changed` : ''
}

/** Reads a file once, so that the first round finds it in memory like every other. */
export async function warm(file) {
  for await (const _piece of createReadStream(file, { highWaterMark: 1 << 20 }));
}

export function withRows(series, rows) {
  return series.map(one => ({ ...one, rows }))
}

/**
 * A copy into PostgreSQL beside its floors: reading the source and loading the rows, each by itself.
 *
 * @param read the floor that reads the source
 * @param source `{ source, columns? }`, for the plan
 * @param file the rows as text for COPY
 */
export async function copySeries(read, source, file, { server, options, context, say }) {
  const { rows, runs } = options
  const replaced = replacing(server)
  const series = await measureRounds(
    [
      read,
      {
        name: 'B  bare COPY into PostgreSQL',
        prepare: () => replaced.next(postgresTable),
        run: () => runFloor(['copy-in', replaced.url, file], rows, context),
      },
      {
        name: 'paritygate migrate',
        prepare: () => replaced.next(),
        run: () => runMigrate({ ...source, target: replaced.url }, rows, context),
      },
    ],
    runs,
    say,
  )
  const [readFloor, load, migrate] = series
  return { rows, series: withRows(series, rows), ratios: [ratio(migrate, readFloor), ratio(migrate, load)] }
}

/**
 * A verify against PostgreSQL beside its floors: reading the source and reading the target, each by itself; the latter two
 * once more where some rows are to differ.
 *
 * @param read the floor that reads the source
 * @param source the URL of the source
 * @param target the database of PostgreSQL that holds the same rows
 */
export async function verifySeries(read, source, target, { server, options, context, say }) {
  const { rows, runs, damaged } = options
  const sides = await damagedBeside(server, target, rows, damaged)
  const subjects = [read]
  for (const { database, changed } of sides) {
    subjects.push(
      {
        name: `B  bare COPY out of PostgreSQL${changedText(changed)}`,
        run: () => runFloor(['copy-out', database.url], rows, context),
      },
      {
        name: `paritygate verify${changedText(changed)}`,
        run: () => runVerify({ source, target: database.url }, { rows, changed }, context),
      },
    )
  }
  const [readFloor, ...pairs] = await measureRounds(subjects, runs, say)
  const ratios = sides.flatMap((_, index) => {
    const [out, figure] = pairs.slice(index * 2)
    return [ratio(figure, readFloor), ratio(figure, out)]
  })
  return { rows, series: withRows([readFloor, ...pairs], rows), ratios }
}

/**
 * What the same work needs for N rows and for twice as many.
 *
 * @param sourceFor `rows => { source, columns? }`: a source with so many rows
 */
export async function memorySeries(sourceFor, { server, options, context, say }) {
  const share = Number(options.damage)
  const series = []
  for (const rows of [options.rows, options.rows * 2]) {
    const source = await sourceFor(rows)
    const migrations = replacing(server)
    const copied = await measureRounds(
      [
        {
          name: 'paritygate migrate',
          prepare: () => migrations.next(),
          run: () => runMigrate({ ...source, target: migrations.url }, rows, context),
        },
      ],
      options.runs,
      say,
    )
    const sides = await damagedBeside(server, migrations, rows, Math.round(rows * share))
    const verified = await measureRounds(
      sides.map(({ database, changed }) => ({
        name: changed > 0 ? `paritygate verify, ${options.damage} of the rows changed` : 'paritygate verify',
        run: () => runVerify({ ...source, target: database.url }, { rows, changed }, context),
      })),
      options.runs,
      say,
    )
    series.push(...withRows([...copied, ...verified], rows))
    for (const { database } of sides) await server.drop(database)
  }
  return { rows: options.rows, series, ratios: [] }
}
