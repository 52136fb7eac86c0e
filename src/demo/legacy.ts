import { rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import { legacySchema } from './legacy-schema.ts'
import type { Stored } from './legacy-values.ts'
import {
  at,
  awkwardFloats,
  awkwardIntegers,
  awkwardJson,
  awkwardTexts,
  boolean,
  earlierPost,
  email,
  firstNames,
  lastNames,
  microseconds,
  moment,
  nickname,
  postId,
  seeded,
  serial,
  subjects,
} from './legacy-values.ts'

const counts = {
  users: 5000,
  students: 4000,
  tutors: 250,
  courses: 120,
  modules: 900,
  lessons: 5000,
  enrollments: 11_000,
  lesson_progress: 28_000,
  grades: 9000,
  order: 7000,
  payments: 7500,
  certificates: 1500,
  forum_posts: 8000,
  audit_log: 12_000,
} as const

type TableName = keyof typeof counts

const day = 86_400_000
const opening = Date.UTC(2016, 8, 1)
const firstStudentUser = 1001

/** Writes the demo's legacy SQLite database, the same rows every time. A file that is already there is replaced. */
export function createLegacyDatabase(file: string): { tables: number; rows: number } {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(file + suffix, { force: true })
  const database = new Database(file)
  try {
    database.pragma('journal_mode = off')
    database.pragma('synchronous = off')
    // Parents come in any order, as in the real thing; foreign_key_check looks at the end.
    database.pragma('foreign_keys = off')
    database.exec(legacySchema)
    database.transaction(() => fillAll(database))()
    const dangling = database.pragma('foreign_key_check') as unknown[]
    if (dangling.length > 0) throw new Error(`The demo database has ${dangling.length} dangling references`)
  } finally {
    database.close()
  }
  const sizes = Object.values(counts)
  return { tables: sizes.length, rows: sizes.reduce((sum, size) => sum + size, 0) }
}

function fillAll(database: Database.Database): void {
  const random = seeded(20_160_901)
  const below = (limit: number) => Math.floor(random() * limit)
  const since = (start: number, days: number) => start + below(days) * day + below(day)
  const when = (n: number) => moment(since(opening, 3200), n)
  const whenOrNull = (n: number) => (n % 11 === 6 ? null : when(n))
  const money = (limit: number) => (1 + below(limit * 100 - 1)) / 100
  const text = () => at(awkwardTexts, below(awkwardTexts.length))
  const json = (n: number) => (n % 4 === 3 ? null : at(awkwardJson, below(awkwardJson.length)))
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => below(256)))

  const fill = (table: TableName, row: (n: number) => Stored[]) => {
    const marks = row(1).map(() => '?')
    const insert = database.prepare(`insert into "${table}" values (${marks.join(', ')})`)
    for (let n = 1; n <= counts[table]; n++) insert.run(row(n))
  }

  fill('users', n => [
    n,
    email(n),
    `${at(firstNames, n)} ${at(lastNames, n * 7)}`,
    nickname(n),
    `$2b$10$${bytes(39).toString('base64').replaceAll('+', '.')}`,
    n <= counts.tutors ? 'tutor' : n < firstStudentUser && n % 50 === 0 ? 'admin' : 'student',
    boolean(n % 9 !== 0, n),
    n % 8 === 0 ? null : boolean(n % 2 === 0, n),
    n % 6 === 5 ? null : n <= awkwardIntegers.length ? at(awkwardIntegers, n - 1) : 2n ** 53n + BigInt(n * 3),
    json(n),
    when(n),
    whenOrNull(n + 2),
  ])
  // As after deleting the newest accounts: AUTOINCREMENT never gives their numbers out again.
  database.prepare(`update sqlite_sequence set seq = 5120 where name = 'users'`).run()

  fill('students', n => [
    n,
    firstStudentUser - 1 + n,
    n % 3 === 0 ? null : n % 3 === 1 ? text() : at(lastNames, n),
    n % 13 === 0 ? null : moment(since(Date.UTC(n % 4 === 0 ? 1928 : 1980, 0, 1), 9000) + (n % 1000), n),
    4_000_000_000_000_000_000n + BigInt(n) * 1_000_003n,
    n % 10 === 9 ? null : n % 97 === 0 ? at(awkwardFloats, n / 97) : random() * 4,
    boolean(n % 12 !== 0, n + 1),
    n % 5 === 0 ? text() : '',
  ])
  fill('tutors', n => [
    n,
    n,
    n % 9 === 0 ? null : `${text()}\n\n${text()}`,
    money(150),
    n % 7 === 0 ? null : random() * 5,
    n % 6 === 0
      ? null
      : n % 6 === 1
        ? Buffer.alloc(0)
        : Buffer.concat([Buffer.from([0, 0xff, 0x5c]), bytes(n)]),
    boolean(n % 4 !== 0, n),
    whenOrNull(n),
  ])
  fill('courses', n => [
    n,
    `KURS-${String(n).padStart(3, '0')}${n % 10 === 0 ? ' é🎓' : ''}`,
    `${at(subjects, n)} ${n % 4 === 0 ? text() : n}`,
    n % 15 === 0 ? null : 1 + below(counts.tutors),
    n % 20 === 0 ? 0 : n === 7 ? 99_999_999.99 : money(900),
    boolean(n % 5 !== 0, n + 2),
    json(n),
    // Before 1970: the oldest courses came over from the evening school's card index.
    n <= 30 ? moment(Date.UTC(1958, n % 12, n, 18, 30) + 1, n) : whenOrNull(n),
  ])
  fill('modules', n => [
    n,
    1 + ((n - 1) % counts.courses),
    1 + Math.floor((n - 1) / counts.courses),
    `Module ${n}${n % 8 === 0 ? ' – Übung' : ''}`,
    boolean(n % 6 === 0, n),
    when(n),
  ])
  fill('lessons', n => [
    n,
    1 + ((n * 7) % counts.modules),
    n % 30 === 0 ? `Lesson ${n}: ${at(subjects, n)} ` : n === 77 ? '🎓'.repeat(80) : `Lesson ${n}`,
    n % 5 === 0 ? null : text(),
    5 + below(115),
    n % 7 === 0 ? null : boolean(n % 3 === 0, n),
    json(n),
    whenOrNull(n),
  ])
  fill('enrollments', n => {
    const student = 1 + ((n - 1) % counts.students)
    const round = Math.floor((n - 1) / counts.students)
    const course = 1 + ((student * 7 + round * 41) % counts.courses)
    return [n, student, course, when(n), boolean(n % 4 === 0, n), n % 4 === 0 ? 1 : random()]
  })
  fill('lesson_progress', n => {
    const student = 1 + ((n - 1) % counts.students)
    const round = Math.floor((n - 1) / counts.students)
    const lesson = 1 + ((student * 11 + round * 97) % counts.lessons)
    return [student, lesson, boolean(below(2) === 1, n), below(7200), whenOrNull(n)]
  })
  fill('grades', n => [
    n,
    1 + below(counts.enrollments),
    n % 9 === 0 ? null : 1 + below(counts.lessons),
    n % 101 === 0 ? at(awkwardFloats, n / 101) : random() * 100,
    at([1, 0.5, 0.25, 1.1, 999.99], n),
    n % 3 === 0 ? null : n % 3 === 1 ? '' : text(),
    when(n),
  ])
  fill('order', n => [
    n,
    1 + below(counts.students),
    n % 6 === 0 ? null : at(['', 'spring', 'evening ', 'Köln'], n),
    n % 500 === 0 ? 0 : money(2500),
    at(['EUR', 'USD', '€', 'GBP'], n),
    when(n),
  ])
  fill('payments', n => [
    n * 3,
    1 + ((n - 1) % counts.order),
    n % 40 === 0 ? -money(500) : money(2500),
    // Neighbours that no double can tell apart.
    7_300_000_000_000_000_001n + BigInt(n),
    n % 12 === 0 ? null : at(['card', 'transfer', 'PayPal', 'bar ', ''], n),
    boolean(n % 40 === 0, n),
    json(n),
    whenOrNull(n),
  ])
  fill('certificates', n => [
    serial(n),
    n * 7,
    `Certificate of ${text() || 'attendance'}`,
    n % 25 === 0 ? Buffer.alloc(0) : bytes(16),
    when(n),
  ])
  fill('forum_posts', n => [
    postId(n),
    earlierPost(n, 1 + below(counts.forum_posts)),
    1 + below(counts.users),
    n % 5 === 0 ? null : 1 + below(counts.courses),
    n % 4 === 0 ? null : text(),
    n % 10 === 5 ? `Passed! 🎉 (${n})` : `${text()} #${n}`,
    json(n),
    n % 6 === 0 ? null : boolean(n % 50 === 0, n),
    when(n),
  ])
  fillAuditLog(database, random)
}

/** No key and true duplicates: a double click wrote the same row two or three times. */
function fillAuditLog(database: Database.Database, random: () => number): void {
  const insert = database.prepare('insert into audit_log values (?, ?, ?, ?, ?)')
  let written = 0
  for (let n = 1; written < counts.audit_log; n++) {
    const time = opening + Math.floor(random() * 3200 * day)
    const row: Stored[] = [
      n % 6 === 0 ? microseconds(time, n * 37) : moment(time, n),
      n % 8 === 0 ? null : 1 + Math.floor(random() * counts.users),
      at(['login', 'logout', 'grade.changed', 'export.csv', 'login 🔑'], n),
      n % 3 === 0 ? null : at(awkwardJson, n),
      n % 10 === 0 ? Math.round(random() * 100_000) / 100 : null,
    ]
    const copies = n % 20 === 0 ? 3 : n % 10 === 0 ? 2 : 1
    for (let copy = 0; copy < copies && written < counts.audit_log; copy++, written++) insert.run(row)
  }
}
