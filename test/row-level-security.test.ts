import type pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { doctor } from '../src/plan/doctor.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'

const rows = `INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')`
const inSqlite = () => sqliteDatabase(`CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); ${rows}`)
const inPostgres = 'CREATE TABLE t (id bigint PRIMARY KEY, v text)'
const secured = `ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY visible ON t USING (id < 3)`

/** A database with a role of its own, which may read and write the table `t`; gives its URL as this role. */
async function withRole(sql: string, { owner = false, attributes = '' } = {}) {
  const { url, client } = await postgresDatabase(sql)
  const role = `policies_${process.pid}_${Math.random().toString(36).slice(2)}`
  await client.query(
    `CREATE ROLE ${role} LOGIN PASSWORD 'role' ${attributes}; GRANT SELECT, INSERT, DELETE ON t TO ${role};
     GRANT CREATE ON DATABASE ${new URL(url).pathname.slice(1)} TO ${role}`,
  )
  if (owner) await client.query(`ALTER TABLE t OWNER TO ${role}`)
  onTestFinished(async () => {
    await reassigned(client, role)
  })
  const own = new URL(url)
  own.username = role
  own.password = 'role'
  return { url: own.href, role, client }
}

async function reassigned(client: pg.Client, role: string) {
  await client.query(`REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP OWNED BY ${role}; DROP ROLE ${role}`)
}

const obstacles = {
  'a role its policies apply to': {
    options: {},
    sql: secured,
    says: (role: string) =>
      `the row-level security of "t" applies to role "${role}", which could neither write nor see the rows it forbids. Use a role with BYPASSRLS, or the owner of the table; where it has FORCE ROW LEVEL SECURITY, only the former.`,
  },
  'a role for which there is no policy': {
    options: {},
    sql: 'ALTER TABLE t ENABLE ROW LEVEL SECURITY',
    says: (role: string) => `the row-level security of "t" applies to role "${role}", which could`,
  },
  'the owner of a table that forces them on it': {
    options: { owner: true },
    sql: `${secured}; ALTER TABLE t FORCE ROW LEVEL SECURITY`,
    says: (role: string) =>
      `the row-level security of "t" applies to role "${role}", though it owns the table (FORCE ROW LEVEL SECURITY), which could neither write nor see the rows it forbids. Use a role with BYPASSRLS, or take the word away for the load: ALTER TABLE "t" NO FORCE ROW LEVEL SECURITY`,
  },
}

describe.each(Object.entries(obstacles))('%s', (_, { options, sql, says }) => {
  test('writes nothing, and doctor says why', async () => {
    const { url, role, client } = await withRole(`${inPostgres}; ${sql}`, options)
    const { plan, migrate } = cutover(inSqlite(), url, { tables: { t: {} } })
    const { ready, findings } = await doctor(plan)
    expect(ready).toBe(false)
    expect(findings).toContainEqual({
      level: 'error',
      subject: 'target',
      message: expect.stringContaining(`cannot be written: ${says(role)}`),
    })
    await expect(migrate()).rejects.toMatchObject({
      code: 'target.read-only',
      message: expect.stringContaining(says(role)),
    })
    await client.query('RESET ROLE')
    expect((await client.query('SELECT * FROM t')).rows).toEqual([])
  })

  test('reads nothing, and doctor, migrate and verify say why', async () => {
    const { url, role } = await withRole(`${inPostgres}; ${rows}; ${sql}`, options)
    const target = await postgresDatabase(`${inPostgres}; ${rows}`)
    const { plan, migrate, verify } = cutover(url, target.url, { tables: { t: {} } })
    const refusal = new RegExp(
      `row-level security.*"t".*applies to role "${role}" of postgres://${role}(:\\*{3})?@\\S+, which would not see every row. Use a role with BYPASSRLS`,
    )
    const { ready, findings } = await doctor(plan)
    expect(ready).toBe(false)
    expect(findings).toContainEqual({
      level: 'error',
      subject: expect.stringMatching(/cutover\.yaml:\d+:\d+/),
      message: expect.stringMatching(refusal),
    })
    await expect(migrate({ existingRows: 'append' })).rejects.toMatchObject({
      code: 'plan.mapping',
      message: expect.stringMatching(refusal),
    })
    expect((await target.client.query('SELECT * FROM t')).rows).toHaveLength(3)
    expect(await verify()).toMatchObject({
      verdict: 'inconclusive',
      tables: [],
      not_covered: [{ subject: 't', reason: expect.stringMatching(refusal) }],
    })
  })

  test('verifies no target', async () => {
    const { url, role } = await withRole(`${inPostgres}; ${rows}; ${sql}`, options)
    expect(await cutover(inSqlite(), url, { tables: { t: {} } }).verify()).toMatchObject({
      verdict: 'inconclusive',
      not_covered: [{ subject: 't', reason: expect.stringContaining(`applies to role "${role}"`) }],
    })
  })
})

const passing = {
  'the owner of the table': { owner: true },
  'a role with BYPASSRLS': { attributes: 'BYPASSRLS' },
}

describe.each(Object.entries(passing))('%s', (_, options) => {
  test('writes past the policies, which migrate and doctor say', async () => {
    const { url, role } = await withRole(`${inPostgres}; ${secured}`, options)
    const { plan, migrate, verify } = cutover(inSqlite(), url, { tables: { t: {} } })
    const notice = `rows go into "t" past its row-level security, which does not apply to role "${role}"`
    const { ready, findings } = await doctor(plan)
    expect(ready).toBe(true)
    expect(findings).toContainEqual({ level: 'note', subject: 'target', message: notice })
    const { notices, tables } = await migrate()
    expect(notices).toEqual([notice])
    expect(tables).toMatchObject([{ written: 3, quarantined: 0 }])
    expect((await verify()).verdict).toBe('match')
  })

  test('reads every row', async () => {
    const { url } = await withRole(`${inPostgres}; ${rows}; ${secured}`, options)
    const target = await postgresDatabase(inPostgres)
    const { migrate, verify } = cutover(url, target.url, { tables: { t: {} } })
    expect(await migrate()).toMatchObject({ notices: [], tables: [{ read: 3, written: 3 }] })
    expect((await verify()).verdict).toBe('match')
  })
})

test('a table without row-level security is loaded without a word', async () => {
  const { url } = await withRole(inPostgres)
  const { plan, migrate } = cutover(inSqlite(), url, { tables: { t: {} } })
  expect((await doctor(plan)).findings).toEqual([])
  expect((await migrate()).notices).toEqual([])
})

test('a query that reads a table the role may not see whole is refused with its line', async () => {
  const { url, role } = await withRole(`${inPostgres}; ${rows}; ${secured}`)
  const target = await postgresDatabase('CREATE TABLE u (id bigint PRIMARY KEY)')
  const { plan } = cutover(url, target.url, {
    tables: { u: { sql: 'SELECT id FROM t', key: ['id'] } },
    ignore: { t: 'read by a query' },
  })
  const { findings } = await doctor(plan)
  expect(findings.filter(({ level }) => level === 'error')).toEqual([
    {
      level: 'error',
      subject: expect.stringMatching(/cutover\.yaml:\d+:\d+/),
      message: expect.stringContaining(`applies to role "${role}"`),
    },
  ])
})
