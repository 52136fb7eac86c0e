import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import type pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { type Generated, generate, type PlantedDefect } from '../examples/korel/generate.mjs'
import {
  buildReport,
  type CheckResult,
  gate,
  loadPlan,
  migrate,
  openStore,
  type Plan,
  pairFingerprint,
  type QuarantinedRow,
  renderings,
  type Store,
  type VerifyResult,
  verify,
} from '../src/index.ts'
import { postgresDatabase, temporaryFolder } from './databases.ts'

const example = fileURLToPath(new URL('../examples/korel/', import.meta.url))

/** The tables the runbook records, in its order. */
const recorded = {
  User: 300,
  AuthorityPack: 420,
  AuthorityPackRepurpose: 500,
  SupportTicket: 90,
  Usage: 280,
  Subscription: 160,
  Account: 260,
  Session: 350,
  VerificationToken: 60,
}

interface Korel extends Generated {
  client: pg.Client
  /** The source, read as SQLite holds it. */
  source: Database.Database
  /** The runbook's own plan. */
  plan: Plan
  /** The same plan with the two tables the runbook forgot. */
  complete: Plan
  store: Store
}

/** The example as a reader has it before the first step: both databases, both plans, no evidence. */
async function korel(): Promise<Korel> {
  const folder = temporaryFolder()
  for (const file of ['cutover.yaml', 'cutover.complete.yaml']) cpSync(example + file, join(folder, file))
  const generated = generate(join(folder, 'legacy.db'))
  const { url, client } = await postgresDatabase(readFileSync(`${example}schema.postgres.sql`, 'utf8'))
  const env = { POSTGRES_DATABASE_URL: url }
  const plan = loadPlan(join(folder, 'cutover.yaml'), env)
  const store = openStore(join(folder, '.paritygate', 'state.db'), pairFingerprint(plan))
  const source = new Database(join(folder, 'legacy.db'))
  onTestFinished(() => {
    store.close()
    source.close()
  })
  return {
    ...generated,
    client,
    source,
    plan,
    complete: loadPlan(join(folder, 'cutover.complete.yaml'), env),
    store,
  }
}

/** What the README does for the second run. */
async function mendAndMigrate({ source, client, complete, store }: Korel) {
  source.exec(readFileSync(`${example}mend.source.sql`, 'utf8'))
  const result = await migrate(complete, store, { existingRows: 'truncate' })
  await client.query(readFileSync(`${example}mend.target.sql`, 'utf8'))
  return result
}

function refused({ planted }: Korel): PlantedDefect[] {
  const { orphans, unknownEnumValues, brokenJson, wrongTypes } = planted
  // The target has no foreign key that would refuse an orphan among the repurposes.
  const held = orphans.filter(({ table }) => table !== 'AuthorityPackRepurpose')
  return [...held, ...unknownEnumValues, ...brokenJson, ...wrongTypes]
}

function checkOf({ checks }: VerifyResult, check: CheckResult['check'], table: string, column: string) {
  const found = checks.filter(one => one.check === check && one.table === table && one.column === column)
  expect(found, `${check} ${table}.${column}`).toHaveLength(1)
  return found[0]!
}

/** Table, row and column of each, in one order whatever they come in. */
function sorted(rows: { table: string; id: string | null; column: string | null }[]): string[] {
  return rows.map(({ table, id, column }) => `${table} ${id} ${column}`).sort()
}

test('migrate writes what the runbook counts, but for the planted defects', async () => {
  const example = await korel()
  const { plan, store, counts } = example
  const result = await migrate(plan, store)

  expect(Object.keys(plan.tables)).toEqual(Object.keys(recorded))
  expect(counts).toMatchObject(recorded)
  expect(Object.fromEntries(result.tables.map(({ table, read }) => [table, read]))).toEqual(recorded)
  const refusedOf = (table: string) => refused(example).filter(defect => defect.table === table).length
  for (const { table, read, written, quarantined, excluded } of result.tables) {
    expect([table, written, quarantined, excluded]).toEqual([
      table,
      read - refusedOf(table),
      refusedOf(table),
      0,
    ])
    const { rows } = await example.client.query(`SELECT count(*)::int AS n FROM "${table}"`)
    expect([table, rows[0].n]).toEqual([table, written])
  }
  expect(result.tables.filter(entry => entry.quarantined > 0)).toMatchObject([
    { table: 'AuthorityPack', quarantined: 5 },
    { table: 'Usage', quarantined: 1 },
    { table: 'Subscription', quarantined: 1 },
    { table: 'Session', quarantined: 2 },
  ])
  expect(result.status).toBe('rejected')
  expect(result.created).toEqual([])
})

test('each refused row stands in quarantine with its key, its column and why', async () => {
  const example = await korel()
  const { plan, store, planted } = example
  const { quarantine_file } = await migrate(plan, store)

  const rows: QuarantinedRow[] = readFileSync(quarantine_file!, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  const placed = rows.map(({ table, key, column }) => ({ table, id: key.id ?? null, column }))
  expect(sorted(placed)).toEqual(sorted(refused(example)))

  const rowOf = ({ table, id }: PlantedDefect) =>
    rows.find(row => row.table === table && row.key.id === id) ?? expect.fail(`${table} ${id} is not there`)
  for (const defect of refused(example)) expect(rowOf(defect).row[defect.column]).toBe(defect.value)
  for (const defect of planted.orphans.filter(({ column }) => column === 'userId'))
    expect(rowOf(defect).reason).toContain(`Key (userId)=(${defect.value}) is not present in table "User"`)
  const [input, subscribed] = planted.unknownEnumValues
  expect(rowOf(input!).reason).toBe('invalid input value for enum "InputType": "TRANSCRIPT"')
  expect(rowOf(subscribed!).reason).toBe('invalid input value for enum "Plan": "LIFETIME"')
  expect(rowOf(planted.brokenJson[0]!).reason).toContain('invalid input syntax for type json')
  expect(rowOf(planted.wrongTypes[0]!)).toMatchObject({
    table: 'Usage',
    column: 'month',
    reason: expect.stringMatching(
      /^invalid input syntax for type integer: "2026-02"; it is no value of the type/,
    ),
  })
})

test('verify names every planted defect and every table the runbook forgot', async () => {
  const example = await korel()
  const { plan, store, planted } = example
  await migrate(plan, store)
  const result = await verify(plan, store)

  expect(result.verdict).toBe('mismatch')
  const missing = result.differences.map(({ table, key }) => `${table} ${key.id}`)
  expect(missing.sort()).toEqual(
    refused(example)
      .map(({ table, id }) => `${table} ${id}`)
      .sort(),
  )
  for (const { kind, note } of result.differences) {
    expect(kind).toBe('missing')
    expect(note).toMatch(/^quarantined by migrate: ./)
  }
  expect(result.tables.map(({ extra, changed }) => extra + changed)).toEqual(result.tables.map(() => 0))

  const orphans = (table: string, column: string) => {
    const { status, found, detail } = checkOf(result, 'orphans', table, column)
    return { status, found, detail }
  }
  const none = 'no orphans on either side'
  expect(orphans('AuthorityPack', 'userId')).toEqual({
    status: 'pass',
    found: 0,
    detail: 'no orphans in the target; the source has 3',
  })
  expect(orphans('Session', 'userId')).toEqual({
    status: 'pass',
    found: 0,
    detail: 'no orphans in the target; the source has 2',
  })
  for (const table of ['SupportTicket', 'Usage', 'Subscription', 'Account'])
    expect(orphans(table, 'userId')).toEqual({ status: 'pass', found: 0, detail: none })
  const stranded = orphans('AuthorityPackRepurpose', 'packId')
  expect(stranded).toMatchObject({ status: 'fail', found: 3 })
  expect(stranded.detail).toMatch(/^2 introduced \(.*\), 1 inherited from the source: no "AuthorityPack"/)
  for (const { id } of planted.stranded) expect(stranded.detail).toContain(id)

  const keys = result.checks.filter(({ check, status }) => check === 'foreign_keys' && status === 'fail')
  expect(keys).toMatchObject([
    {
      table: 'AuthorityPackRepurpose',
      column: 'packId',
      detail: 'the source declares a foreign key to "AuthorityPack", the target does not',
    },
  ])

  const enums = result.checks.filter(({ check, status }) => check === 'accepted_values' && status === 'fail')
  expect(enums.map(({ table, column }) => [table, column])).toEqual(
    planted.unknownEnumValues.map(({ table, column }) => [table, column]),
  )
  for (const [index, { value, id }] of planted.unknownEnumValues.entries()) {
    expect(enums[index]!.found).toBe(1)
    expect(enums[index]!.detail).toContain(`${JSON.stringify(value)} (1)`)
    expect(enums[index]!.detail).toContain(id)
  }

  const [broken] = planted.brokenJson
  expect(checkOf(result, 'json', 'AuthorityPack', 'strategicHooks')).toMatchObject({
    status: 'fail',
    found: 1,
    detail: `text that does not parse as JSON: 1 in the source, 0 in the target (id ${broken!.id})`,
  })
  for (const column of ['coreThesis', 'highLeveragePosts'])
    expect(checkOf(result, 'json', 'AuthorityPack', column).status).toBe('pass')

  expect(result.not_covered.map(({ subject }) => subject)).toEqual(['AuthorityProfile', 'MarketingEvent'])
})

test('the query of a failed check shows the rows it speaks of', async () => {
  const { plan, store, source, client, planted } = await korel()
  await migrate(plan, store)
  const result = await verify(plan, store)

  const ids = (rows: unknown[]) => rows.map(row => (row as { id: string }).id).sort()
  for (const { table, id, column } of planted.unknownEnumValues)
    expect(ids(source.prepare(checkOf(result, 'accepted_values', table, column).sql!).all())).toEqual([id])
  for (const { table, id, column } of planted.brokenJson)
    expect(ids(source.prepare(checkOf(result, 'json', table, column).sql!).all())).toEqual([id])
  const { rows } = await client.query(checkOf(result, 'orphans', 'AuthorityPackRepurpose', 'packId').sql!)
  const inherited = planted.orphans.filter(({ table }) => table === 'AuthorityPackRepurpose')
  expect(ids(rows)).toEqual(ids([...planted.stranded, ...inherited]))
})

test('the gate says NO-GO and why, and that two tables have no evidence', async () => {
  const { plan, store } = await korel()
  await migrate(plan, store)
  await verify(plan, store)
  const { verdict, criteria, approvals_required } = gate(plan, store)

  expect(verdict).toBe('NO-GO')
  expect(approvals_required).toEqual(['Engineering lead', 'Product owner'])
  expect(Object.fromEntries(criteria.map(({ criterion, status }) => [criterion, status]))).toEqual({
    'evidence is fresh': 'met',
    'every row is the same on both sides': 'not met',
    'every check passes': 'not met',
    'nothing is left uncovered': 'no evidence',
    'no row was lost on the way': 'not met',
  })
  const reasonOf = (name: string) => criteria.find(({ criterion }) => criterion === name)!.reason
  expect(reasonOf('nothing is left uncovered')).toBe('not covered: AuthorityProfile, MarketingEvent')
  expect(reasonOf('no row was lost on the way')).toBe('9 rows are in quarantine, 0 are allowed')
})

test('with the data mended and the forgotten tables mapped the gate says GO', async () => {
  const example = await korel()
  const { plan, complete, store, counts } = example
  await migrate(plan, store)
  await verify(plan, store)
  expect(gate(plan, store).verdict).toBe('NO-GO')

  const { status, tables } = await mendAndMigrate(example)
  expect(status).toBe('finished')
  const deleted: Record<string, number> = { AuthorityPack: 3, AuthorityPackRepurpose: 2, Session: 2 }
  expect(Object.fromEntries(tables.map(({ table, written }) => [table, written]))).toEqual(
    Object.fromEntries(
      Object.entries(counts).map(([table, count]) => [table, count - (deleted[table] ?? 0)]),
    ),
  )
  const result = await verify(complete, store)
  expect(result.not_covered).toEqual([])
  expect(result.checks.filter(check => check.status !== 'pass')).toEqual([])
  expect(result.verdict).toBe('match')
  expect(gate(complete, store).verdict).toBe('GO')
})

test('the README shows the statements that mend the source as they are', () => {
  const readme = readFileSync(`${example}README.md`, 'utf8')
  const [, shown] = /```sql\n(.*?)```/s.exec(readme)!
  expect(readFileSync(`${example}mend.source.sql`, 'utf8')).toContain(`BEGIN;\n\n${shown}\nCOMMIT;`)
})

test('instants, JSON, booleans and numbers arrive as what they meant', async () => {
  const example = await korel()
  const { source, client } = example
  await mendAndMigrate(example)

  const storages = new Set<string>()
  for (const [table, columns] of Object.entries(await columnsOf(client, 'timestamp without time zone'))) {
    for (const { column, key } of mapped(columns, table, source)) {
      const { rows } = await client.query(
        `SELECT "${key}" AS key, (extract(epoch FROM "${column}") * 1000)::bigint::text AS ms FROM "${table}"`,
      )
      const arrived = new Map(rows.map(row => [row.key, row.ms]))
      for (const row of source.prepare(`SELECT "${key}" AS key, "${column}" AS raw FROM "${table}"`).all()) {
        const { key: id, raw } = row as { key: string; raw: string | number | null }
        if (raw !== null) storages.add(typeof raw === 'number' ? 'number' : raw.includes('T') ? 'iso' : 'sql')
        const meant = raw === null ? null : String(instant(raw))
        if (arrived.get(id) !== meant) expect.fail(`${table}.${column} of ${id}: ${raw} → ${arrived.get(id)}`)
      }
    }
  }
  expect([...storages].sort()).toEqual(['iso', 'number', 'sql'])

  let documents = 0
  for (const [table, columns] of Object.entries(await columnsOf(client, 'jsonb'))) {
    for (const { column, key } of mapped(columns, table, source)) {
      const { rows } = await client.query(`SELECT "${key}" AS key, "${column}"::text AS json FROM "${table}"`)
      const arrived = new Map(rows.map(row => [row.key, row.json as string | null]))
      for (const row of source.prepare(`SELECT "${key}" AS key, "${column}" AS raw FROM "${table}"`).all()) {
        const { key: id, raw } = row as { key: string; raw: string | null }
        const text = arrived.get(id) ?? null
        if (raw === null) expect(text).toBeNull()
        else expect(JSON.parse(text!)).toEqual(JSON.parse(raw))
        // Digits beyond what JSON.parse keeps.
        expect(text?.match(/\d{16,}/g)?.sort()).toEqual(raw?.match(/\d{16,}/g)?.sort())
        documents += raw === null ? 0 : 1
      }
    }
  }
  expect(documents).toBeGreaterThan(2000)

  const published = source
    .prepare('SELECT "id", "published", "qualityScore" AS score FROM "AuthorityPack"')
    .all()
  const { rows } = await client.query(
    'SELECT "id", "published", "qualityScore" AS score FROM "AuthorityPack"',
  )
  const meant = new Map(
    (published as Pack[]).map(({ id, published, score }) => [id, [published === 1, score]]),
  )
  expect(new Map(rows.map(({ id, published, score }) => [id, [published, score]]))).toEqual(meant)
  expect(new Set(rows.map(row => row.published))).toEqual(new Set([true, false]))
})

interface Pack {
  id: string
  published: number
  score: number | null
}

test('no password and no token leaves the state', async () => {
  const example = await korel()
  const { plan, complete, store, source, client } = example
  const secrets = new Set<string>()
  for (const [table, ...columns] of [
    ['User', 'password'],
    ['Account', 'access_token', 'refresh_token', 'id_token'],
    ['Session', 'sessionToken'],
    ['VerificationToken', 'token'],
  ] as const) {
    for (const column of columns) {
      const values = source.prepare(`SELECT "${column}" FROM "${table}" WHERE "${column}" IS NOT NULL`)
      for (const value of values.pluck().all()) secrets.add(value as string)
    }
  }
  expect(secrets.size).toBeGreaterThan(1000)

  const shown: string[] = []
  const show = (result: VerifyResult) => {
    const report = buildReport(plan, store)
    shown.push(JSON.stringify(result), ...Object.values(renderings).map(render => render(report)))
  }
  const moved = await migrate(plan, store)
  shown.push(JSON.stringify(moved), readFileSync(moved.quarantine_file!, 'utf8'))
  expect(shown.at(-1)).toContain('"sessionToken":"[redacted]"')
  // Rows with secrets that are changed, missing and extra.
  await client.query(`
    UPDATE "User" SET "password" = '$2a$12$changed' WHERE "password" IS NOT NULL;
    UPDATE "Account" SET "access_token" = 'changed', "refresh_token" = NULL;
    DELETE FROM "VerificationToken" WHERE ctid IN (SELECT ctid FROM "VerificationToken" LIMIT 20)`)
  const damaged = await verify(plan, store)
  expect(damaged.tables.map(({ changed, missing }) => changed + missing)).toContain(20)
  expect(JSON.stringify(damaged)).toContain('"password":{"source":"[redacted]","target":"[redacted]"}')
  gate(plan, store)
  show(damaged)

  shown.push(JSON.stringify(await mendAndMigrate(example)))
  const mended = await verify(complete, store)
  gate(complete, store)
  show(mended)

  for (const secret of secrets)
    for (const text of shown) if (text.includes(secret)) expect.fail(`${secret} is shown`)
})

/** Prisma's three ways to store a DateTime in SQLite; text without a zone is UTC. */
function instant(raw: string | number): number {
  if (typeof raw === 'number') return new Date(raw).getTime()
  return new Date(raw.includes('T') ? raw : `${raw.replace(' ', 'T')}Z`).getTime()
}

/** The target's columns of one type, by table. */
async function columnsOf(client: pg.Client, type: string): Promise<Record<string, string[]>> {
  const { rows } = await client.query(
    `SELECT table_name AS "table", array_agg(column_name::text) AS columns FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type = $1 GROUP BY 1`,
    [type],
  )
  return Object.fromEntries(rows.map(({ table, columns }) => [table, columns]))
}

/** Those of the columns the source has as well, each with the column that names a row. */
function mapped(columns: string[], table: string, source: Database.Database) {
  const own = source.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table) as string[]
  const key = own.includes('id') ? 'id' : 'token'
  return columns.filter(column => own.includes(column)).map(column => ({ column, key }))
}
