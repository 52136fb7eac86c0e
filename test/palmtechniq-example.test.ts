import { createHash } from 'node:crypto'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { generate } from '../examples/palmtechniq/generate.mjs'
import { gate, loadPlan, migrate, openStore, pairFingerprint, verify } from '../src/index.ts'
import { postgresDatabase, temporaryFolder } from './databases.ts'

const example = fileURLToPath(new URL('../examples/palmtechniq/', import.meta.url))

/** The rows of each target table; the README says the same. */
const migrated = {
  users: 2917,
  students: 2305,
  tutors: 13,
  accounts: 1050,
  categories: 4,
  courses: 40,
  course_modules: 180,
  lessons: 900,
  enrollments: 2937,
  lesson_progress: 11_827,
  projects: 30,
  submissions: 600,
  reviews: 500,
  certificates: 400,
  transactions: 5357,
  registrations: 250,
  program_registrations: 320,
  verification_tokens: 120,
  PasswordResetToken: 80,
}

/** The source tables no table of the new schema represents. */
const archived = {
  Event: 12,
  EventPayment: 150,
  Subscriber: 300,
  tutorApplications: 40,
  VolunteerCertificate: 60,
}

/** The runbook's example validation queries, in its order. */
const validationQueries = [
  'users_total',
  'students_total',
  'tutors_total',
  'courses_total',
  'enrollments_total',
  'lesson_progress_total',
  'transactions_total',
  'reviews_total',
  'registrations_total',
  'program_registrations_total',
  'legacy_duplicate_emails',
]

/** Both databases as they are before the first step, the plan, and no evidence. */
async function palmtechniq(scale?: number) {
  const folder = temporaryFolder()
  for (const file of ['cutover.yaml', 'figures.sql']) cpSync(example + file, join(folder, file))
  const source = await postgresDatabase()
  const target = await postgresDatabase(readFileSync(`${example}schema.target.sql`, 'utf8'))
  const counts = await generate(source.url, scale)
  const plan = loadPlan(join(folder, 'cutover.yaml'), {
    OLD_DATABASE_URL: source.url,
    NEW_DATABASE_URL: target.url,
  })
  const store = openStore(join(folder, '.paritygate', 'state.db'), pairFingerprint(plan))
  onTestFinished(() => store.close())
  return { source: source.client, target: target.client, counts, plan, store }
}

async function value(client: pg.Client, sql: string): Promise<unknown> {
  const { rows } = await client.query({ text: sql, rowMode: 'array' })
  return rows[0]?.[0]
}

async function count(client: pg.Client, relation: string): Promise<number> {
  return Number(await value(client, `SELECT count(*) FROM ${relation}`))
}

test('the schemas have the tables of the two apps', async () => {
  const tables = `SELECT count(*)::int FROM information_schema.tables WHERE table_schema = 'public'`
  for (const [side, expected] of Object.entries({ source: 25, target: 50 })) {
    const { client } = await postgresDatabase(readFileSync(`${example}schema.${side}.sql`, 'utf8'))
    expect(await value(client, tables)).toBe(expected)
  }
})

test('the generator writes the same rows everywhere', async () => {
  const { url, client } = await postgresDatabase()
  const counts = await generate(url, 0.1)
  await client.query(`SET TIME ZONE 'UTC'`)
  const hash = createHash('sha256')
  for (const table of Object.keys(counts)) {
    const { rows } = await client.query(`SELECT t::text AS line FROM "${table}" AS t ORDER BY id COLLATE "C"`)
    expect([table, rows.length]).toEqual([table, counts[table]])
    for (const { line } of rows) hash.update(`${line}\n`)
  }
  expect(hash.digest('hex')).toBe('4007b5796543b33c5715ffdd812ed5f32e0c185951e10fa44049de099d680077')
})

test('the runbook from the first table to GO', { timeout: 300_000 }, async () => {
  const { source, target, plan, store, counts } = await palmtechniq()
  const moved = await migrate(plan, store, { createSchema: true })

  expect(moved.status).toBe('finished')
  expect(moved.quarantine_file).toBeNull()
  for (const [table, expected] of Object.entries(migrated))
    expect([table, await count(target, `"${table}"`)]).toEqual([table, expected])
  for (const [table, expected] of Object.entries(archived)) {
    expect([table, counts[table]]).toEqual([table, expected])
    const kept = await target.query(`SELECT * FROM legacy."${table}" ORDER BY id COLLATE "C"`)
    const old = await source.query(`SELECT * FROM "${table}" ORDER BY id COLLATE "C"`)
    expect(kept.rows).toEqual(old.rows)
  }

  const result = await verify(plan, store)
  expect(result.differences).toEqual([])
  expect(result.checks.filter(({ status }) => status !== 'pass')).toEqual([])
  expect(result.verdict).toBe('match')
  const queries = result.checks.filter(({ check }) => check === 'query').map(({ table }) => table)
  expect(queries.slice(0, validationQueries.length)).toEqual(validationQueries)
  expect(result.not_covered).toEqual([])
  expect(gate(plan, store).verdict).toBe('GO')

  await expectOneAccountEach(source, target)
  await expectCataloguesAgree(source, target)
})

test('a status the plan does not name stops the migration before its first row', async () => {
  const { source, target, plan, store } = await palmtechniq(0.1)
  await source.query(`UPDATE "Transaction" SET status = 'chargeback' WHERE type = 'payout'`)
  const chargebacks = await count(source, `"Transaction" WHERE status = 'chargeback'`)
  await expect(migrate(plan, store, { createSchema: true })).rejects.toThrow(
    `"chargeback": ${chargebacks} rows`,
  )
  expect(await count(target, 'users')).toBe(0)
})

/** What accounts of one person owned is the one's that stayed. */
async function expectOneAccountEach(source: pg.Client, target: pg.Client) {
  const { rows: listed } = await target.query('SELECT * FROM migration.duplicate_emails')
  expect(listed).toHaveLength(83)
  const losers = listed.map(({ id }) => id)
  const survivors = listed.map(({ survivor }) => survivor)
  const among = (ids: string[]) => ({ text: 'SELECT id FROM users WHERE id = ANY($1)', values: [ids] })
  expect((await target.query(among(losers))).rowCount).toBe(0)
  expect((await target.query(among(survivors))).rowCount).toBe(new Set(survivors).size)
  expect((await source.query(among([...losers, ...survivors]))).rowCount).toBe(
    losers.length + new Set(survivors).size,
  )

  const verified = `SELECT bool_and("isVerified") FROM users WHERE id = ANY($1)`
  const { rows } = await source.query({ text: verified, values: [survivors], rowMode: 'array' })
  expect(rows).toEqual([[true]])
  const owned = `SELECT count(*)::int AS n FROM transactions WHERE "userId" = ANY($1)`
  const paid = `SELECT count(*)::int AS n FROM (
      SELECT "transactionId", "userId" FROM "CoursePayment" UNION SELECT id, "userId" FROM "Transaction"
    ) AS paid WHERE "userId" = ANY($1)`
  const inTarget = await target.query(owned, [survivors])
  const inSource = await source.query(paid, [[...losers, ...survivors]])
  expect(inTarget.rows).toEqual(inSource.rows)
}

/** Lessons in the order a visitor of the old app saw them. */
async function expectCataloguesAgree(source: pg.Client, target: pg.Client) {
  const old = `SELECT "courseId", lesson.id FROM "Lesson" AS lesson
    JOIN "Module" AS module ON module.id = "moduleId" JOIN "Curriculum" AS curriculum ON curriculum.id = "curriculumId"
    ORDER BY "courseId" COLLATE "C", curriculum."createdAt", module."order", lesson."order"`
  const now = `SELECT "courseId", lessons.id FROM lessons JOIN course_modules ON course_modules.id = "moduleId"
    ORDER BY "courseId" COLLATE "C", course_modules."sortOrder", lessons."sortOrder"`
  expect((await target.query(now)).rows).toEqual((await source.query(old)).rows)
}
