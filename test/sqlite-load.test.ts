import { expect, test } from 'vitest'
import type { LoadColumn, RejectedLine } from '../src/engines/port/rows.ts'
import { engines } from './engine.ts'

const [sqlite] = engines

const columns: LoadColumn[] = [
  { name: 'id', type: { kind: 'integer', bits: 64 } },
  { name: 'v', type: { kind: 'text' } },
]

/** Lines of about a kilobyte, so that few of them are handed to the thread at a time. */
const rows = (count: number) => Array.from({ length: count }, (_, id) => `${id}\t${'x'.repeat(1000)}\n`)

async function loaded(schema: string, lines: string[]) {
  const target = await (await sqlite.create(schema)).target()
  const piece = Buffer.from(lines.join(''), 'latin1')
  const given = Buffer.from(piece)
  const rejected: RejectedLine[] = []
  await target.begin()
  const loading = target.load(
    't',
    columns,
    (async function* () {
      yield { bytes: piece, rows: lines.length }
    })(),
    { reject: one => rejected.push(one), progress: () => {} },
  )
  return { target, loading, rejected, stays: () => piece.equals(given) }
}

test('bad rows anywhere in a large piece are refused in their order, each for its own reason', async () => {
  const lines = rows(1000)
  lines[0] = '?unfit:zero\tx\n'
  lines[130] = '130\t\xff\n'
  lines[131] = `131\t${'y'.repeat(500_000)}\n`
  lines[500] = '499\tagain\n'
  lines[700] = '700\tdropped\n'
  lines[999] = '999\t\\N\n'
  const { target, loading, rejected, stays } = await loaded(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL);
    CREATE TRIGGER drops BEFORE INSERT ON t WHEN NEW.v = 'dropped' BEGIN SELECT RAISE(IGNORE); END`,
    lines,
  )
  expect(await loading).toBe(995)
  await target.commit()
  expect(rejected).toEqual([
    { row: { id: '?unfit:zero', v: 'x' }, column: 'id', reason: 'no value of its type: "zero"' },
    { row: { id: '130', v: '\\xff' }, column: 'v', reason: 'text that is no valid UTF-8' },
    { row: { id: '499', v: 'again' }, column: 'id', reason: 'UNIQUE constraint failed: t.id' },
    { row: { id: '700', v: 'dropped' }, column: null, reason: 'a trigger of the target drops the row' },
    { row: { id: '999', v: null }, column: 'v', reason: 'NOT NULL constraint failed: t.v' },
  ])
  const [found] = await target.query('SELECT count(*) AS n, sum(id) AS ids, max(length(v)) AS longest FROM t')
  expect(found).toEqual({ n: '995', ids: `${(999 * 1000) / 2 - 130 - 500 - 700 - 999}`, longest: '500000' })
  expect(stays()).toBe(true)
})

test('a refusal that takes the transaction back ends the load, and no row comes in after it', async () => {
  const { target, loading } = await loaded(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
    CREATE TRIGGER ends BEFORE INSERT ON t WHEN NEW.id = 300 BEGIN SELECT RAISE(ROLLBACK, 'not this one'); END`,
    rows(1000),
  )
  await expect(loading).rejects.toThrow('not this one')
  expect(await target.query('SELECT count(*) AS n FROM t')).toEqual([{ n: '0' }])
})

test.each(['REPLACE', 'IGNORE', 'ROLLBACK', 'FAIL'])(
  'a constraint ON CONFLICT %s refuses the row, and takes none away',
  async way => {
    const { target, loading, rejected } = await loaded(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL ON CONFLICT ${way} DEFAULT 'none', UNIQUE (v) ON CONFLICT ${way});
      CREATE TRIGGER later AFTER UPDATE ON t BEGIN SELECT 1; END`,
      ['1\ta\n', '2\ta\n', '3\t\\N\n', '4\tb\n'],
    )
    expect(await loading).toBe(2)
    await target.commit()
    expect(rejected).toEqual([
      { row: { id: '2', v: 'a' }, column: 'v', reason: 'UNIQUE constraint failed: t.v' },
      { row: { id: '3', v: null }, column: 'v', reason: 'NOT NULL constraint failed: t.v' },
    ])
    expect(await target.query('SELECT id, v FROM t ORDER BY id')).toEqual([
      { id: '1', v: 'a' },
      { id: '4', v: 'b' },
    ])
  },
)

test('what a trigger of the table writes is bound by its own word', async () => {
  const { target, loading } = await loaded(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
    CREATE TABLE seen (v TEXT PRIMARY KEY);
    CREATE TRIGGER sees AFTER INSERT ON t BEGIN INSERT OR IGNORE INTO seen VALUES (NEW.v); END`,
    ['1\ta\n', '2\ta\n'],
  )
  expect(await loading).toBe(2)
  expect(await target.query('SELECT v FROM seen')).toEqual([{ v: 'a' }])
})

test('rows that would be replaced beside a trigger are not loaded at all', async () => {
  const { target, loading } = await loaded(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT COLLATE NOCASE, -- ON CONFLICT ABORT
      UNIQUE (v) ON /* or */ CONFLICT replace);
    CREATE TABLE seen (v TEXT);
    CREATE TRIGGER sees AFTER INSERT ON t BEGIN INSERT INTO seen VALUES (NEW.v); END`,
    ['1\ta\n', '2\tA\n'],
  )
  await expect(loading).rejects.toThrow(/ON CONFLICT REPLACE.*"sees".*disable_triggers/)
  await target.rollback()
})

test('a name that sounds like a conflict is none', async () => {
  const { target, loading } = await loaded(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT DEFAULT 'on conflict replace', "on conflict replace" TEXT);
    CREATE TRIGGER sees AFTER INSERT ON t BEGIN SELECT 1; END`,
    ['1\ta\n'],
  )
  expect(await loading).toBe(1)
  await target.commit()
})
