import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Part of the file names: files of another generation are not used. */
const GENERATION = 1
const FLUSH_CHARACTERS = 1 << 20

const sqliteTable = `CREATE TABLE grades (
  id INTEGER PRIMARY KEY,
  enrollment_id INTEGER NOT NULL,
  assessment TEXT NOT NULL,
  score NUMERIC(5,2) NOT NULL,
  passed BOOLEAN NOT NULL,
  graded_at DATETIME NOT NULL,
  graded_by INTEGER,
  comment TEXT
)`

/** What `migrate --create-schema` makes of it, without key and sequence. */
export const postgresTable = `CREATE TABLE grades (
  id bigint NOT NULL,
  enrollment_id bigint NOT NULL,
  assessment text NOT NULL,
  score numeric(5,2) NOT NULL,
  passed boolean NOT NULL,
  graded_at timestamp(6) without time zone NOT NULL,
  graded_by bigint,
  comment text
)`

/** The same rows as an application on MySQL would keep them. */
export const mysqlTable = `CREATE TABLE grades (
  id bigint NOT NULL PRIMARY KEY,
  enrollment_id bigint NOT NULL,
  assessment varchar(200) NOT NULL,
  score decimal(5,2) NOT NULL,
  passed tinyint(1) NOT NULL,
  graded_at datetime(6) NOT NULL,
  graded_by bigint,
  comment text
) DEFAULT CHARACTER SET utf8mb4`

/**
 * The table as a SQLite file, and the same rows as text ready for PostgreSQL's COPY; the same bytes for the same number
 * of rows, whatever machine. Kept in the temporary folder for the next run.
 */
export function gradesFiles(rows, { fresh = false, say = () => {} } = {}) {
  const folder = join(tmpdir(), 'paritygate-bench')
  mkdirSync(folder, { recursive: true })
  const base = join(folder, `grades-${GENERATION}-${rows}`)
  const files = { sqlite: `${base}.db`, text: `${base}.txt` }
  if (!fresh && existsSync(files.sqlite) && existsSync(files.text)) return files
  say(`making ${rows} rows in ${folder}`)
  // Under its final name a file is whole, even where a run was ended while it was written.
  const partial = { sqlite: `${files.sqlite}.${process.pid}`, text: `${files.text}.${process.pid}` }
  try {
    write(rows, partial)
    renameSync(partial.sqlite, files.sqlite)
    renameSync(partial.text, files.text)
  } finally {
    for (const file of Object.values(partial)) rmSync(file, { force: true })
  }
  return files
}

function write(rows, files) {
  const database = new Database(files.sqlite)
  database.pragma('journal_mode = OFF')
  database.pragma('synchronous = OFF')
  database.exec(sqliteTable)
  const insert = database.prepare('INSERT INTO grades VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const text = openSync(files.text, 'w')
  const random = randomNumbers(20_260_101)
  let lines = ''
  database.exec('BEGIN')
  for (let id = 1; id <= rows; id++) {
    const grade = makeGrade(id, random)
    insert.run(
      id,
      grade.enrollment,
      grade.assessment,
      grade.hundredths / 100,
      grade.passed ? 1 : 0,
      grade.at,
      grade.by,
      grade.comment,
    )
    lines += copyLine(id, grade)
    if (lines.length >= FLUSH_CHARACTERS || id === rows) {
      writeSync(text, lines)
      lines = ''
    }
  }
  database.exec('COMMIT')
  database.close()
  closeSync(text)
}

const assessments = ['midterm exam', 'final exam', 'quiz 1', 'quiz 2', 'essay', 'lab report', 'oral exam']
const phrases = [
  'well argued',
  'late by two days',
  'sources missing',
  'see the margin of page 3',
  'résumé très clair',
  'Größenordnung falsch geschätzt',
  'a clear step forward since the last time',
]
/** What a row line has to escape: in about one comment of fourteen. */
const awkward = [
  'C:\\lab\\run 7 repeated',
  'first line kept,\nsecond line struck out',
  'column\tvalues swapped',
]
const FIRST_DAY = Date.UTC(2019, 8, 1)
const SEVEN_YEARS = 7 * 365 * 86_400_000

function makeGrade(id, random) {
  const hundredths = Math.floor(random() * 10_001)
  return {
    enrollment: 1 + Math.floor(id / 12),
    assessment: assessments[Math.floor(random() * assessments.length)],
    hundredths,
    passed: hundredths >= 5000,
    // Prisma keeps a DateTime in SQLite as milliseconds since 1970.
    at: FIRST_DAY + Math.floor(random() * SEVEN_YEARS),
    by: random() < 0.05 ? null : 1 + Math.floor(random() * 800),
    comment: random() < 0.3 ? makeComment(random) : null,
  }
}

function makeComment(random) {
  const count = 1 + Math.floor(random() * 4)
  const from = list => list[Math.floor(random() * list.length)]
  return Array.from({ length: count }, () => from(random() < 0.03 ? awkward : phrases)).join('; ')
}

function copyLine(id, { enrollment, assessment, hundredths, passed, at, by, comment }) {
  const score = `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`
  const time = new Date(at).toISOString().slice(0, -1).replace('T', ' ')
  return `${id}\t${enrollment}\t${assessment}\t${score}\t${passed ? 't' : 'f'}\t${time}\t${by ?? '\\N'}\t${
    comment === null ? '\\N' : escapeText(comment)
  }\n`
}

const escapes = { '\\': '\\\\', '\n': '\\n', '\t': '\\t' }

/** As COPY reads it: https://www.postgresql.org/docs/current/sql-copy.html, "Text Format". */
function escapeText(text) {
  return text.replace(/[\\\n\t]/g, character => escapes[character])
}

/** Mulberry32: 32-bit integer arithmetic only, so that every machine gets the same numbers. */
function randomNumbers(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
