import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { runMigrate } from './cutover.mjs'
import { gradesFiles } from './grades.mjs'
import { measureRounds, ratio } from './measure.mjs'
import { replacing, warm, withRows } from './subjects.mjs'

/**
 * A whole migrate that commits chunk by chunk, each with its checkpoint, beside the same in one transaction; and with two
 * copiers at a time.
 */
export async function checkpoints({ server, mysql, options, context, say }) {
  const { rows, runs } = options
  const { sqlite } = gradesFiles(rows, { ...options, say })
  await warm(sqlite)
  const measured = []
  for (const { letter, name, source, next, url } of await pairs({
    sqlite,
    server,
    mysql,
    options,
    context,
    say,
  })) {
    const subject = (what, words) => ({
      name: `${what === 'in one transaction' ? `${letter}  ` : ''}${name}, ${what}`,
      prepare: next,
      run: () => runMigrate({ source, target: url() }, rows, context, words),
    })
    const [whole, ...chunked] = await measureRounds(
      [
        subject('in one transaction', ['--chunk-rows', String(rows * 2)]),
        subject('in chunks', []),
        subject('in chunks, two at a time', ['--jobs', '2']),
      ],
      runs,
      say,
    )
    measured.push({ whole, chunked })
  }
  return {
    rows,
    series: withRows(
      measured.flatMap(({ whole, chunked }) => [whole, ...chunked]),
      rows,
    ),
    ratios: measured.flatMap(({ whole, chunked }) => chunked.map(one => ratio(one, whole))),
  }
}

/** Where the rows come from and go to, and how the target is emptied. */
async function pairs({ sqlite, server, mysql, options, context, say }) {
  const postgres = replacing(server)
  const maria = replacing(mysql)
  const file = join(context.folder, 'target.db')
  const origin = await server.create()
  say('copying what is to be the source in PostgreSQL')
  await runMigrate({ source: sqlite, target: origin.url }, options.rows, context)
  const intoPostgres = { next: () => postgres.next(), url: () => postgres.url }
  return [
    { letter: 'A', name: 'PostgreSQL into PostgreSQL', source: origin.url, ...intoPostgres },
    { letter: 'B', name: 'SQLite into PostgreSQL', source: sqlite, ...intoPostgres },
    {
      letter: 'C',
      name: `SQLite into ${mysql.description.version.split('-')[0]}`,
      source: sqlite,
      next: () => maria.next(),
      url: () => maria.url,
    },
    {
      letter: 'D',
      name: 'SQLite into SQLite',
      source: sqlite,
      async next() {
        for (const end of ['', '-wal', '-shm', '-journal']) rmSync(file + end, { force: true })
      },
      url: () => file,
    },
  ]
}
