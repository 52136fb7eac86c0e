import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, test, vi } from 'vitest'
import type { LoadColumn, RejectedLine } from '../src/engines/port/rows.ts'
import type { TargetSession } from '../src/engines/port/target-session.ts'
import type { ForeignKey } from '../src/model/catalog.ts'
import { type EngineName, findTable } from '../src/model/catalog.ts'
import type { Lines } from '../src/model/row-line.ts'
import { describeEngines, type Engine, engines, type Side } from './engine.ts'

const [sqlite, postgres, mysql] = engines

/** Fields as bytes of one line; `latin1` so that a test can write any byte. */
const line = (...fields: string[]) => `${fields.join('\t')}\n`

async function* pieces(lines: string[], rowsEach = 37): AsyncGenerator<Lines> {
  for (let start = 0; start < lines.length; start += rowsEach) {
    const some = lines.slice(start, start + rowsEach)
    yield { bytes: Buffer.from(some.join(''), 'latin1'), rows: some.length }
  }
}

async function load(
  target: TargetSession,
  table: string,
  columns: LoadColumn[],
  source: AsyncIterable<Lines>,
) {
  const rejected: RejectedLine[] = []
  let progress = 0
  const written = await target.load(table, columns, source, {
    reject: one => rejected.push(one),
    progress: rows => {
      progress = rows
    },
  })
  expect(progress).toBe(written)
  return { written, rejected }
}

const integer = { kind: 'integer', bits: 64 } as const
const columns: LoadColumn[] = [
  { name: 'id', type: integer },
  { name: 'n', type: integer },
  { name: 'r', type: integer },
  { name: 'v', type: { kind: 'text' } },
]
const tables = ({ name }: Engine) => `
  CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
  CREATE TABLE t (id BIGINT NOT NULL UNIQUE, n BIGINT NOT NULL CHECK (n >= 0), r INTEGER,
    v ${name === 'mysql' ? 'LONGTEXT' : 'TEXT'}, FOREIGN KEY (r) REFERENCES p (id));
  INSERT INTO t VALUES (-1, 0, 1, 'there before')`

/** Ways in which a row is bad, each with the column that is at fault where the engine says which. */
const faults: Record<
  string,
  { line(id: number): string; column: Record<EngineName, string | null>; reason: RegExp }
> = {
  'NULL in a NOT NULL column': {
    line: id => line(`${id}`, '\\N', '1', 'v'),
    column: { sqlite: 'n', postgres: 'n', mysql: 'n' },
    reason: /(not|cannot be).null/i,
  },
  'a value that is there already': {
    line: () => line('-1', '1', '1', 'v'),
    column: { sqlite: 'id', postgres: 'id', mysql: 'id' },
    reason: /unique|duplicate/i,
  },
  'a value a check refuses': {
    line: id => line(`${id}`, '-5', '1', 'v'),
    column: { sqlite: null, postgres: null, mysql: null },
    reason: /check|constraint/i,
  },
  'a reference to nothing': {
    line: id => line(`${id}`, '1', '999', 'v'),
    column: { sqlite: null, postgres: 'r', mysql: 'r' },
    reason: /foreign key/i,
  },
  'no value of the type': {
    line: id => line(`${id}`, '?unfit:many', '1', 'v'),
    column: { sqlite: 'n', postgres: 'n', mysql: 'n' },
    reason: /["']many["']/,
  },
  NUL: {
    line: id => line(`${id}`, '1', '1', 'a\0b'),
    column: { sqlite: null, postgres: 'v', mysql: null },
    reason: /0x00/,
  },
  'bytes that are no UTF-8': {
    line: id => line(`${id}`, '1', '1', 'a\xffb'),
    column: { sqlite: 'v', postgres: 'v', mysql: 'v' },
    reason: /UTF-?8|incorrect string/i,
  },
}

/** Rows an engine takes: SQLite holds none to its foreign keys here, and NUL is a character like any other to most. */
const accepted: Record<EngineName, string[]> = {
  sqlite: ['a reference to nothing', 'NUL'],
  postgres: [],
  mysql: ['NUL'],
}

describeEngines('loading into $name', engine => {
  const { name, create } = engine
  const good = (id: number) => line(`${id}`, '1', '1', `row ${id}`)
  const fresh = async () => {
    const side = await create(tables(engine))
    return { side, target: await side.target() }
  }
  const ids = async (target: TargetSession) =>
    (await target.query('SELECT id FROM t WHERE id >= 0 ORDER BY id')).map(row => Number(row.id))

  test.each(Object.keys(faults))('%s is refused, and every other row loaded', async fault => {
    const { target } = await fresh()
    const lines = Array.from({ length: 90 }, (_, id) => (id === 40 ? faults[fault]!.line(id) : good(id)))
    await target.begin()
    const { written, rejected } = await load(target, 't', columns, pieces(lines))
    await target.commit()
    if (accepted[name].includes(fault)) {
      expect([written, rejected]).toEqual([90, []])
      return
    }
    expect(written).toBe(89)
    expect(rejected).toEqual([
      {
        row: expect.objectContaining({ r: expect.any(String) }),
        column: faults[fault]!.column[name],
        reason: expect.stringMatching(faults[fault]!.reason),
      },
    ])
    expect(await ids(target)).toEqual(Array.from({ length: 90 }, (_, id) => id).filter(id => id !== 40))
  })

  test('exactly the bad rows are refused, wherever they stand', async () => {
    const { target } = await fresh()
    const queries = vi.spyOn(pg.Client.prototype, 'query')
    const usable = Object.keys(faults).filter(fault => !accepted[name].includes(fault))
    const shape = fc.oneof(
      fc.constantFrom('first', 'last', 'all', 'none', 'adjacent', 'first and last'),
      fc.array(fc.nat(299), { maxLength: 6 }),
    )
    const some = fc.tuple(
      fc.integer({ min: 1, max: 300 }),
      shape,
      fc.array(fc.constantFrom(...usable), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 300 }),
    )
    await fc.assert(
      fc.asyncProperty(some, async ([rows, where, kinds, rowsEach]) => {
        const count = where === 'all' ? Math.min(rows, 25) : rows
        const bad = new Set(positions(where, count))
        const lines = Array.from({ length: count }, (_, id) =>
          bad.has(id) ? faults[kinds[id % kinds.length]!]!.line(id) : good(id),
        )
        await target.begin()
        queries.mockClear()
        const { written, rejected } = await load(target, 't', columns, pieces(lines, rowsEach))
        // What the columns are is asked once, however many pieces there are.
        const statements = queries.mock.calls.filter(
          ([sql]) => !/^SELECT a\.attname/.test(String(sql)),
        ).length
        const loaded = await ids(target)
        await target.rollback()
        expect(loaded).toEqual(lines.map((_, id) => id).filter(id => !bad.has(id)))
        expect(rejected.length).toBe(bad.size)
        expect(written).toBe(count - bad.size)
        // Three statements to try a piece again, and a search by halves for each bad row.
        if (name === 'postgres')
          expect(statements).toBeLessThanOrEqual(3 + 6 * bad.size * (Math.log2(count) + 2))
      }),
      {
        numRuns: 60,
        examples: [[[300, 'first', [usable[3]!], 300]], [[300, [150], usable, 300]]],
      },
    )
    queries.mockRestore()
  })

  test.each(['fails', 'is stopped'])(
    'a source that %s half-way leaves nothing behind, and the session usable',
    async how => {
      const { target } = await fresh()
      const stop = new AbortController()
      async function* broken(): AsyncGenerator<Lines> {
        yield* pieces(Array.from({ length: 500 }, (_, id) => good(id)))
        if (how === 'fails') throw new Error('the source broke')
        stop.abort()
        yield* pieces([good(500)])
      }
      await target.begin()
      const loading = target.load('t', columns, broken(), {
        reject: () => {},
        progress: () => {},
        signal: stop.signal,
      })
      await expect(loading).rejects.toThrow(how === 'fails' ? 'the source broke' : 'stopped on request')
      await target.rollback()
      expect(await ids(target)).toEqual([])
      await target.begin()
      expect((await load(target, 't', columns, pieces([good(1)]))).written).toBe(1)
      await target.commit()
      expect(await ids(target)).toEqual([1])
    },
  )

  test('a failure while rows are refused gives the whole table up', async () => {
    const { target } = await fresh()
    await target.begin()
    const loading = target.load(
      't',
      columns,
      pieces([good(1), faults['no value of the type']!.line(2), good(3)]),
      {
        reject: () => {
          throw new Error('enough')
        },
        progress: () => {},
      },
    )
    await expect(loading).rejects.toThrow('enough')
    await target.rollback()
    expect(await ids(target)).toEqual([])
  })

  test('a bad row among rows of megabytes is found', async () => {
    const { target } = await fresh()
    const big = (id: number) => line(`${id}`, id === 17 ? '-5' : '1', '1', 'x'.repeat(1_000_000))
    await target.begin()
    const { written, rejected } = await load(
      target,
      't',
      columns,
      pieces(
        Array.from({ length: 20 }, (_, id) => big(id)),
        1,
      ),
    )
    await target.commit()
    expect([written, rejected.map(({ row }) => row.id)]).toEqual([19, ['17']])
  })

  test('a table of one column takes an empty text, and what would end a COPY', async () => {
    const side = await create('CREATE TABLE one (v TEXT)')
    const target = await side.target()
    const lines = ['', '\\\\.', '\\N', '.'].map(field => line(field))
    await target.begin()
    await load(target, 'one', [{ name: 'v', type: { kind: 'text' } }], pieces(lines))
    await target.commit()
    const stored = (await target.query('SELECT v FROM one')).map(row => row.v)
    expect(stored.sort()).toEqual(['', '.', '\\.', null].sort())
  })

  test('no rows at all are no failure', async () => {
    const { target } = await fresh()
    await target.begin()
    expect(await load(target, 't', columns, pieces([]))).toEqual({ written: 0, rejected: [] })
    await target.commit()
  })

  test('text is stored as it was: escapes, literal \\N, empty, NULL', async () => {
    const { target } = await fresh()
    const fields = ['\\t\\n\\r\\\\', '\\\\N', '', '\\N', '?unfit:x', '\\b\\f\\v']
    await target.begin()
    await load(target, 't', columns, pieces(fields.map((field, id) => line(`${id}`, '1', '1', field))))
    await target.commit()
    const { rows } = { rows: await target.query('SELECT v FROM t WHERE id >= 0 ORDER BY id') }
    expect(rows.map(row => row.v)).toEqual(['\t\n\r\\', '\\N', '', null, '?unfit:x', '\b\f\v'])
  })
})

function positions(where: string | number[], count: number): number[] {
  if (Array.isArray(where)) return where.filter(at => at < count)
  const last = count - 1
  const middle = count >> 1
  const named: Record<string, number[]> = {
    first: [0],
    last: [last],
    all: Array.from({ length: count }, (_, at) => at),
    none: [],
    adjacent: [middle, Math.min(middle + 1, last)],
    'first and last': [0, last],
  }
  return named[where]!
}

describeEngines('rows of $name that refer to rows of their own table', ({ name, create }) => {
  const node =
    'CREATE TABLE node (id INTEGER PRIMARY KEY, above INTEGER, FOREIGN KEY (above) REFERENCES node (id))'
  const nodeColumns: LoadColumn[] = [
    { name: 'id', type: integer },
    { name: 'above', type: integer },
  ]

  async function loadTree(side: Side) {
    const target = await side.target()
    const key: ForeignKey = findTable(await target.introspect(), 'node')!.foreignKeys[0]!
    const node = { table: 'node', key }
    const rejected: RejectedLine[] = []
    const options = { reject: (one: RejectedLine) => void rejected.push(one), progress: () => {} }
    await target.begin()
    await target.deferForeignKeys([node])
    // 4 → 3 → 2 → 1 come before what they refer to; 6 → 5 → 99 lead nowhere.
    const first = [line('4', '3'), line('3', '2'), line('6', '5'), line('7', '7')]
    const second = [line('2', '1'), line('5', '99'), line('1', '\\N')]
    for (const lines of [first, second]) await target.load('node', nodeColumns, pieces(lines), options)
    expect(rejected).toEqual([])
    const removed: number[] = []
    do removed.push(await target.removeOrphans(node, nodeColumns, options.reject))
    while (removed.at(-1) !== 0)
    await target.restoreForeignKeys([node])
    await target.commit()
    const left = (await target.query('SELECT id FROM node ORDER BY id')).map(row => Number(row.id))
    return { target, removed, rejected, left }
  }

  test('children may come before their parents, and true orphans are told apart', async () => {
    const { target, removed, rejected, left } = await loadTree(await create(node))
    if (name === 'sqlite') {
      // SQLite holds no row to its foreign keys here; orphans are found by verify.
      expect([removed, left]).toEqual([[0], [1, 2, 3, 4, 5, 6, 7]])
      return
    }
    // A row whose parent goes, goes with it.
    expect(removed.reduce((sum, count) => sum + count, 0)).toBe(2)
    expect(left).toEqual([1, 2, 3, 4, 7])
    expect(rejected.sort((a, b) => Number(a.row.id) - Number(b.row.id))).toEqual([
      {
        row: { id: '5', above: '99' },
        column: 'above',
        reason: expect.stringMatching(/no row of "node".*99/),
      },
      { row: { id: '6', above: '5' }, column: 'above', reason: expect.stringMatching(/no row of "node".*5/) },
    ])
    const key = findTable(await target.introspect(), 'node')!.foreignKeys[0]!
    expect(key).toMatchObject({ deferrable: false, validated: true })
    await expect(target.execute('INSERT INTO node VALUES (8, 98)')).rejects.toThrow(/foreign key/i)
  })
})

describe('a table of PostgreSQL', () => {
  const narrow: LoadColumn[] = [
    { name: 'id', type: integer },
    { name: 'v', type: { kind: 'integer', bits: 16 } },
  ]
  const half = Array.from({ length: 400 }, (_, id) => line(`${id}`, id % 2 === 0 ? '1' : '99999'))

  test('keeps no lock for a refused row: the memory for them is of all sessions of the server', async () => {
    const target = await (
      await postgres.create('CREATE TABLE t (id bigint PRIMARY KEY, v smallint)')
    ).target()
    await target.begin()
    const { written, rejected } = await load(target, 't', narrow, pieces(half))
    expect([written, rejected.length]).toEqual([200, 200])
    const [locks] = await target.query(
      `SELECT count(*) AS n FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'transactionid'`,
    )
    expect(Number(locks!.n)).toBeLessThan(5)
    await target.rollback()
  })

  test('may be called what the server calls a line', async () => {
    const name = 'x, line 2, column id: 1'
    const target = await (
      await postgres.create(`CREATE TABLE "${name}" (id bigint PRIMARY KEY, v smallint)`)
    ).target()
    await target.begin()
    const { written, rejected } = await load(target, name, narrow, pieces(half.slice(0, 10)))
    expect(written).toBe(5)
    expect(rejected.map(({ row, column }) => [row.id, column])).toEqual(
      ['1', '3', '5', '7', '9'].map(id => [id, 'v']),
    )
    await target.rollback()
  })
})

describe('the next key after a load', () => {
  test('PostgreSQL goes on after the highest, and never back', async () => {
    const side = await postgres.create(
      `CREATE TABLE "T" ("Id" int GENERATED ALWAYS AS IDENTITY, b bigserial, c int GENERATED BY DEFAULT AS IDENTITY (START 10))`,
    )
    const target = await side.target()
    const table = (await target.introspect()).tables[0]!
    const next = async () => {
      await target.advanceSequences(table)
      const [row] = await target.query(
        `WITH n AS (INSERT INTO "T" DEFAULT VALUES RETURNING *) SELECT * FROM n`,
      )
      return Object.values(row!)
    }
    await target.advanceSequences(table)
    await target.begin()
    const loaded: LoadColumn[] = ['Id', 'b', 'c'].map(name => ({ name, type: integer }))
    await load(target, 'T', loaded, pieces([line('41', '-7', '3'), line('7', '-8', '4')]))
    await target.commit()
    expect(await next()).toEqual(['42', '1', '10'])
    await target.execute(`SELECT setval('"T_Id_seq"', 1000); DELETE FROM "T"`)
    expect(await next()).toEqual(['1001', '2', '11'])
    // A key that waits at the very value the table already has.
    await target.execute(`SELECT setval('"T_c_seq"', 11, false)`)
    expect(await next()).toEqual(['1002', '3', '12'])
  })

  test('SQLite goes on after the highest by itself', async () => {
    const side = await sqlite.create(
      'CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT)',
    )
    const target = await side.target()
    for (const table of (await target.introspect()).tables) {
      await target.begin()
      await load(target, table.name, [{ name: 'id', type: integer }], pieces([line('41'), line('7')]))
      await target.advanceSequences(table)
      await target.commit()
      await target.execute(`INSERT INTO ${table.name} (v) VALUES ('next')`)
      expect(await target.query(`SELECT max(id) AS id FROM ${table.name}`)).toEqual([{ id: '42' }])
      expect(target.dialect.sequencePositions(table)).toBeNull()
    }
  })

  // Where the tests have no MySQL server this is shown as skipped, said loudly, and fails under CI=true (mysql-server.ts).
  test.skipIf(mysql.noServer)('MySQL goes on after the highest, and never back', async () => {
    const side = await mysql.create('CREATE TABLE `T` (`Id` int PRIMARY KEY AUTO_INCREMENT, v text)')
    const target = await side.target()
    const table = findTable(await target.introspect(), 'T')!
    const next = async () => {
      await target.advanceSequences(table)
      await target.execute(`INSERT INTO \`T\` (v) VALUES ('next')`)
      return (await target.query('SELECT LAST_INSERT_ID() AS id'))[0]!.id
    }
    await target.begin()
    await load(target, 'T', [{ name: 'Id', type: integer }], pieces([line('41'), line('7'), line('-3')]))
    await target.commit()
    expect(await next()).toBe('42')
    await side.run('ALTER TABLE `T` AUTO_INCREMENT = 1000')
    expect(await next()).toBe('1000')
  })

  test.skipIf(mysql.noServer)('a zero in an AUTO_INCREMENT column of MySQL stays zero', async () => {
    const side = await mysql.create('CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT)')
    const target = await side.target()
    await target.begin()
    const loaded = await load(target, 't', [{ name: 'id', type: integer }], pieces([line('0'), line('5')]))
    await target.commit()
    expect(loaded.rejected).toEqual([])
    expect((await target.query('SELECT id FROM t ORDER BY id')).map(row => row.id)).toEqual(['0', '5'])
  })
})
