import { createHash } from 'node:crypto'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { generate } from '../examples/edu/generate.mjs'
import { paritygate } from './command.ts'
import { postgresDatabase, temporaryFolder } from './databases.ts'

const example = fileURLToPath(new URL('../examples/edu/', import.meta.url))
const { namespace } = parse(readFileSync(`${example}cutover.yaml`, 'utf8')) as { namespace: string }
const scale = 0.01

/** The lines of the runbook's Phase 6. */
const nine = [
  'User Count',
  'Student Count',
  'Staff Count',
  'Organization Count',
  'Course Offering Count',
  'Enrollment Count',
  'Grade Count',
  'Orphaned Students',
  'Orphaned Enrollments',
]

/** The example as a reader has it before the first phase, a hundredth of its size, and its command line. */
async function edu() {
  const folder = temporaryFolder()
  cpSync(`${example}cutover.yaml`, join(folder, 'cutover.yaml'))
  const source = await postgresDatabase()
  const target = await postgresDatabase(readFileSync(`${example}schema.target.sql`, 'utf8'))
  const { counts } = await generate(source.url, { scale })
  const env = { OLD_DATABASE_URL: source.url, NEW_DATABASE_URL: target.url }
  const run = async (...words: string[]) => {
    const { code, stdout, stderr } = await paritygate([...words, '--json'], { cwd: folder, env })
    if (stdout === '') expect.fail(`${words.join(' ')} ended with ${code} and said nothing: ${stderr}`)
    return { code, document: JSON.parse(stdout) }
  }
  return { counts, source: source.client, target: target.client, run }
}

test('the generator writes the same rows every time', async () => {
  const first = await postgresDatabase()
  const second = await postgresDatabase()
  expect(await generate(first.url, { scale })).toEqual(await generate(second.url, { scale }))
  expect(await contents(second.client)).toEqual(await contents(first.client))
  await expect(generate(first.url, { scale })).rejects.toThrow('already exists')
})

test('there is as much as the runbook counts, times the scale', async () => {
  const { url, client } = await postgresDatabase()
  const { counts } = await generate(url, { scale: 0.05 })
  expect(counts).toMatchObject({
    users: 349,
    persons: 349,
    students: 317,
    teachers: 21,
    organizations: 24,
    subject_catalog: 62,
    course: 301,
    course_student: 5924,
    journal_details: 160487,
  })
  const { rows } = await client.query(
    'SELECT count(DISTINCT (course_id, student_id))::integer AS pairs FROM course_student',
  )
  expect(rows).toEqual([{ pairs: 5924 }])
})

test('phase by phase everything arrives, and the nine checks of the runbook pass', async () => {
  const { counts, run, target } = await edu()
  const written: Record<string, number> = {}
  for (const phase of ['1', '2', '3', '4', '5']) {
    const { code, document } = await run('migrate', '--phase', phase)
    expect(document.quarantine_file).toBeNull()
    expect(code).toBe(0)
    for (const entry of document.tables) if (entry.status === 'copied') written[entry.table] = entry.written
  }
  expect(written).toMatchObject({
    users: counts.users,
    persons: counts.persons,
    students: counts.students,
    staff_members: counts.teachers,
    organization_units: counts.organizations,
    academic_terms: 12,
    courses: counts.subject_catalog,
    course_offerings: counts.course,
    course_instructors: counts.course_teacher! - 2,
    course_enrollments: counts.course_student,
    assessments: 150,
    grades: counts.journal_details,
  })
  const { code, document } = await run('verify')
  expect(document.checks.filter((check: { status: string }) => check.status !== 'pass')).toEqual([])
  expect(document.not_covered).toEqual([])
  expect(document.verdict).toBe('match')
  expect(code).toBe(0)
  const names = document.checks.map((check: { table: string }) => check.table)
  for (const name of nine) expect(names).toContain(name)
  expect((await run('gate')).document.verdict).toBe('GO')

  const { rows } = await target.query('SELECT count(*)::integer AS count FROM legacy.audit_log')
  expect(rows).toEqual([{ count: counts.users! * 5 }])
})

test('ids are what anybody makes of the namespace, the table and the old key', async () => {
  const { run, source, target } = await edu()
  await run('migrate')
  const { rows: marks } = await source.query(
    `SELECT d.id, j.course_id, j.course_eva_id, j.student_id FROM journal_details d JOIN journal j ON j.id = d.journal_id
     WHERE d.id % 1000 = 0`,
  )
  expect(marks.length).toBeGreaterThan(30)
  for (const { id, course_id, course_eva_id, student_id } of marks) {
    const { rows } = await target.query(
      `SELECT g.assessment_id, g.student_id, a.course_offering_id FROM grades g JOIN assessments a ON a.id = g.assessment_id
       WHERE g.id = $1`,
      [idOf(`grades:${id}`)],
    )
    expect(rows).toEqual([
      {
        assessment_id: idOf(`assessments:${course_id}:${course_eva_id}`),
        student_id: idOf(`students:${student_id}`),
        course_offering_id: idOf(`course_offerings:${course_id}`),
      },
    ])
  }
})

test('two marks turned around pass every count, and verify names them', async () => {
  const { run, target } = await edu()
  await run('migrate')
  const readme = readFileSync(`${example}README.md`, 'utf8')
  const [, statements] = /<<'SQL'\n(BEGIN;.*?COMMIT;)\nSQL/s.exec(readme)!
  await target.query(statements!)

  const { code, document } = await run('verify')
  expect(code).toBe(1)
  const grades = document.tables.find(({ table }: { table: string }) => table === 'grades')
  expect(grades).toMatchObject({ missing: 0, extra: 0, changed: 2 })
  const failed = document.checks.filter((check: { status: string }) => check.status === 'fail')
  for (const { table } of failed) expect(nine).not.toContain(table)

  await target.query('DROP TABLE swapped')
  await target.query(statements!)
  expect((await run('verify')).document.verdict).toBe('match')
})

test('a status the plan does not name stops it before a row is written', async () => {
  const { run, source, target } = await edu()
  await source.query('UPDATE students SET status = 9 WHERE id IN (1001, 1003)')
  const { code, document } = await run('migrate')
  expect(code).toBe(2)
  expect(document.error.message).toContain(
    '2 rows of the source have a value that is not mapped ("9": 2 rows)',
  )
  const { rows } = await target.query('SELECT count(*)::integer AS count FROM users')
  expect(rows).toEqual([{ count: 0 }])
})

test('a mark whose line of the register is gone is refused and named, not left out by the join', async () => {
  const { counts, run, source } = await edu()
  const { rowCount } = await source.query('UPDATE journal_details SET journal_id = 0 WHERE id IN (7, 77)')
  expect(rowCount).toBe(2)
  const { code, document } = await run('migrate')
  expect(code).toBe(1)
  const grades = document.tables.find(({ table }: { table: string }) => table === 'grades')
  expect(grades).toMatchObject({
    read: counts.journal_details,
    written: counts.journal_details! - 2,
    quarantined: 2,
  })
})

/** RFC 9562, version 5. */
function idOf(name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Each table's rows as one hash. */
async function contents(client: pg.Client): Promise<Record<string, string>> {
  const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
  const hashes: Record<string, string> = {}
  for (const { tablename } of rows) {
    const { rows } = await client.query(
      `SELECT md5(string_agg(r::text, '|' ORDER BY r::text COLLATE "C")) AS hash FROM ${tablename} AS r`,
    )
    hashes[tablename] = rows[0].hash
  }
  return hashes
}
