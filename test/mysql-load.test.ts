import fc from 'fast-check'
import mysql, { type Connection } from 'mysql2'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { targetFailure } from '../src/engines/mysql/failure.ts'
import { loadLines } from '../src/engines/mysql/load.ts'
import { run, select } from '../src/engines/mysql/statement.ts'
import type { LoadColumn, RejectedLine } from '../src/engines/port/rows.ts'
import type { LogicalType } from '../src/model/logical-type.ts'
import { encodeLine, type Lines } from '../src/model/row-line.ts'
import { mysqlDatabase } from './databases.ts'
import { isMariadb } from './mariadb.ts'
import { noMysql } from './no-mysql.ts'

type Way = 'LOAD DATA' | 'INSERT'

interface Target {
  connection: Connection
  /** Loads in a transaction, which stays open. */
  load(table: string, columns: LoadColumn[], lines: Iterable<string>): Promise<Loaded>
  rows(sql: string): Promise<(string | null)[][]>
  rollback(): Promise<void>
}

interface Loaded {
  written: number
  rejected: RejectedLine[]
  notices: string[]
}

/** A database of its own, and a session as the tool opens it; `INSERT` has a client that may send no files. */
async function target(way: Way, sql: string): Promise<Target> {
  const { url, client } = await mysqlDatabase()
  const { hostname, port, username, password, pathname } = new URL(url)
  const schema = pathname.slice(1)
  const connection = mysql.createConnection({
    host: hostname,
    port: Number(port || 3306),
    user: username,
    password,
    database: schema,
    charset: 'utf8mb4',
    flags: way === 'INSERT' ? ['-LOCAL_FILES'] : [],
  })
  connection.on('error', () => {})
  onTestFinished(() => connection.destroy())
  await run(
    connection,
    `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO'`,
  )
  // Triggers keep the mode they are made in.
  await client.query(`SET SESSION sql_mode = 'STRICT_ALL_TABLES'`)
  for (const statement of sql.split(/;\n/)) await client.query(statement)
  await run(connection, 'SET SESSION autocommit = 0')
  return {
    connection,
    async load(table, columns, lines) {
      const rejected: RejectedLine[] = []
      const notices: string[] = []
      let progress = 0
      const written = await loadLines(
        connection,
        { schema, mariadb: isMariadb },
        table,
        columns,
        pieces(lines),
        {
          reject: one => void rejected.push(one),
          progress: rows => {
            progress = rows
          },
          notices,
        },
      )
      expect(progress).toBe(written)
      return { written, rejected, notices }
    },
    rows: async query => (await select(connection, query)).map(row => Object.values(row)),
    rollback: async () => void (await run(connection, 'ROLLBACK')),
  }
}

/** @param lines one character a byte */
async function* pieces(lines: Iterable<string>): AsyncGenerator<Lines> {
  let some: Buffer[] = []
  for (const line of lines) {
    some.push(Buffer.from(line, 'latin1'))
    if (some.length < 500) continue
    yield { bytes: Buffer.concat(some), rows: some.length }
    some = []
  }
  if (some.length > 0) yield { bytes: Buffer.concat(some), rows: some.length }
}

/** A line whose text is given as it is, and stands in it as UTF-8. */
function line(...values: (string | null)[]): string {
  return Buffer.from(encodeLine(values)).toString('latin1')
}

const column = (name: string, type: LogicalType): LoadColumn => ({ name, type })
const integer: LogicalType = { kind: 'integer', bits: 32 }
const text: LogicalType = { kind: 'text' }
const bytes: LogicalType = { kind: 'bytes' }
const ROWS = 2000

/** A column of each kind, what a good row has in it, and fields that are refused (one character a byte, escaped). */
const kinds: Record<
  string,
  {
    declared: string
    type: LogicalType
    good: string
    bad: [why: string, field: string, reason: RegExp][]
  }
> = {
  required: { declared: 'INT NOT NULL', type: integer, good: '1', bad: [['NULL', '\\N', /cannot be null/]] },
  small: { declared: 'TINYINT', type: integer, good: '1', bad: [['out of range', '128', /Out of range/]] },
  short: {
    declared: 'VARCHAR(5)',
    type: { kind: 'text', length: 5 },
    good: 'abc',
    bad: [
      ['too long', 'abcdef', /too long/],
      ['trailing spaces that would be cut', 'abcde  ', /truncated/],
      ['no UTF-8', 'a\xffb', /UTF-8/],
    ],
  },
  day: {
    declared: 'DATE',
    type: { kind: 'date' },
    good: '2020-02-29',
    bad: [
      ['no day', '2021-02-29', /Incorrect date/],
      ['BC', '0044-03-15 BC', /date|truncated/i],
      ['no value', '?unfit:soon', /no value of its type: "soon"/],
      ['a year of five digits', '10000-01-01', /date|truncated/i],
      ['infinity', 'infinity', /date/i],
    ],
  },
  moment: {
    declared: 'DATETIME(3)',
    type: { kind: 'timestamp', precision: 3, zone: false },
    good: '2020-01-01 00:00:00.123',
    bad: [['no value', '?unfit:2020-01-01 00:00:00', /no value of its type/]],
  },
  clock: {
    declared: 'TIME',
    type: { kind: 'time', precision: 0, span: true },
    good: '-100:00:00',
    bad: [
      ['out of range', '839:00:00', /Out of range|Incorrect time/],
      ['no value', '?unfit:12:00:00', /no value of its type/],
    ],
  },
  amount: {
    declared: 'DECIMAL(5,2)',
    type: { kind: 'decimal', precision: 5, scale: 2 },
    good: '-1.25',
    bad: [
      ['that would be rounded', '1.255', /truncated/],
      ['out of range', '1000', /Out of range/],
    ],
  },
  ratio: {
    declared: 'DOUBLE',
    type: { kind: 'float', bits: 64 },
    good: '0.1',
    bad: [['no number', 'NaN', /truncated|Incorrect/]],
  },
  choice: {
    declared: `ENUM('on','off','2')`,
    type: { kind: 'enum', name: 'choice', labels: ['on', 'off', '2'] },
    good: '2',
    bad: [
      ['no label', 'maybe', /no label: "maybe"/],
      ['the number of a label', '1', /no label/],
      ['a label in capitals', 'ON', /no label/],
      ['no label at all', '', /no label/],
    ],
  },
  several: {
    declared: `SET('x','y')`,
    type: { kind: 'set', labels: ['x', 'y'] },
    good: 'x,y',
    bad: [
      ['no label', 'x,z', /no set of its labels/],
      ['a number', '3', /no set of its labels/],
    ],
  },
  document: {
    declared: 'JSON',
    type: { kind: 'json', binary: true },
    good: '{"a": 1}',
    bad: [
      ['no JSON', '{', /json/i],
      ['no value', '?unfit:{', /no value of its type/],
    ],
  },
  parent: {
    declared: 'INT',
    type: integer,
    good: '1',
    bad: [['without a parent', '2', /foreign key/i]],
  },
  positive: {
    declared: 'INT CHECK (positive > 0)',
    type: integer,
    good: '1',
    bad: [['a check refuses', '-1', /constraint/i]],
  },
  harvest: {
    declared: 'YEAR',
    type: { kind: 'integer', bits: 16 },
    good: '0',
    bad: [
      ['of two digits', '70', /no year/],
      ['out of range', '1900', /no year/],
    ],
  },
  raw: {
    declared: 'VARBINARY(3)',
    type: { kind: 'bytes', length: 3 },
    good: '\\\\x00ff09',
    bad: [
      ['too long', '\\\\x61626364', /too long|truncated/i],
      ['text', 'abc', /bytes/],
    ],
  },
  flags: {
    declared: 'BIT(4)',
    type: { kind: 'bits', length: 4 },
    good: '0101',
    bad: [
      ['too long', '10101', /too long|Out of range/i],
      ['no bits', '5', /no bits/],
    ],
  },
  yes: {
    declared: 'TINYINT(1)',
    type: { kind: 'boolean' },
    good: 't',
    bad: [['no boolean', '2', /no boolean/]],
  },
  known: {
    declared: 'CHAR(36)',
    type: { kind: 'uuid' },
    good: '123e4567-e89b-12d3-a456-426614174000',
    bad: [['no value', '?unfit:me', /no value of its type/]],
  },
  at: {
    declared: 'TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP',
    type: { kind: 'timestamp', precision: 0, zone: true },
    good: '2020-01-01 00:00:00',
    bad: [
      ['NULL', '\\N', /the time of the load/],
      ['out of range', '2200-01-01 00:00:00', /Incorrect datetime/],
    ],
  },
}

const everything = `CREATE TABLE p (id INT PRIMARY KEY);
  INSERT INTO p VALUES (1);
  CREATE TABLE t (line INT, id INT NOT NULL AUTO_INCREMENT, ${Object.entries(kinds)
    .map(([name, { declared }]) => `${name} ${declared}`)
    .join(', ')}, UNIQUE KEY its_id (id), FOREIGN KEY (parent) REFERENCES p (id));
  INSERT INTO t (line, id, required) VALUES (-1, -1, 1)`
const allColumns = [
  column('line', integer),
  column('id', integer),
  ...Object.entries(kinds).map(([name, { type }]) => column(name, type)),
]

interface Bad {
  column: string
  field: string
  reason: RegExp
  /** The column the server names: of a check it names the constraint. */
  named: string | null
}

const bads: Bad[] = [
  { column: 'id', named: 'id', field: '-1', reason: /Duplicate/ },
  { column: 'id', named: 'id', field: '\\N', reason: /a number of its own/ },
  ...Object.entries(kinds).flatMap(([name, { bad }]) =>
    bad.map(([, field, reason]) => ({
      column: name,
      named: name === 'positive' ? null : name,
      field,
      reason,
    })),
  ),
]

/** The row of a line: its number, and what a good row has in each column but one. */
function everyColumn(row: number, bad?: Bad): string {
  const good = (name: string) => kinds[name]?.good ?? `${row}`
  return `${allColumns.map(({ name }) => (name === bad?.column ? bad.field : good(name))).join('\t')}\n`
}

const ids = (count: number) => Array.from({ length: count }, (_, id) => id)

describe.skipIf(noMysql).each<Way>(['LOAD DATA', 'INSERT'])('by %s', way => {
  /** Loads rows with these among them, and holds against them what is there and what was refused. */
  async function loadWith(to: Target, count: number, bad: Map<number, Bad>) {
    const { written, rejected } = await to.load(
      't',
      allColumns,
      ids(count).map(row => everyColumn(row, bad.get(row))),
    )
    const loaded = (await to.rows('SELECT line FROM t WHERE line >= 0 ORDER BY line')).map(([row]) =>
      Number(row),
    )
    await to.rollback()
    expect(loaded).toEqual(ids(count).filter(row => !bad.has(row)))
    expect(written).toBe(loaded.length)
    const found = rejected.map(({ row, column, reason }) => [Number(row.line), column, reason] as const)
    expect(found.sort(([one], [other]) => one - other)).toEqual(
      [...bad]
        .sort(([one], [other]) => one - other)
        .map(([row, one]) => [row, one.named, expect.stringMatching(one.reason)]),
    )
  }

  test('a bad value of any kind keeps its own row from being loaded, and no other', async () => {
    const to = await target(way, everything)
    for (const bad of bads) await loadWith(to, 200, new Map([[123, bad]]))
    const spread = bads.map((bad, index) => [index * 90 + (index % 3), bad] as const)
    await loadWith(to, bads.length * 90, new Map(spread))
  })

  test('good values are stored as they are, and nothing is said of them', async () => {
    const { load, rows } = await target(way, everything)
    const { written, rejected } = await load('t', allColumns, [everyColumn(0)])
    expect([written, rejected]).toEqual([1, []])
    const [row] = await rows(
      `SELECT id, required, small, short, day, moment, clock, amount, ratio, choice, several, JSON_EXTRACT(document, '$.a'),
         parent, positive, harvest, HEX(raw), BIN(flags), yes, known, at FROM t WHERE id = 0`,
    )
    expect(row).toEqual([
      ...['0', '1', '1', 'abc', '2020-02-29', '2020-01-01 00:00:00.123', '-100:00:00', '-1.25', '0.1', '2'],
      ...['x,y', '1', '1', '1', '0000', '00FF09', '101', '1', kinds.known!.good, '2020-01-01 00:00:00'],
    ])
  })

  test('any rows among others may be bad, in any way, and few statements find them', async () => {
    const to = await target(way, everything)
    const some = fc.tuple(
      fc.integer({ min: 1, max: 900 }),
      fc.uniqueArray(fc.nat(899), { maxLength: 6 }),
      fc.array(fc.constantFrom(...bads), { minLength: 6, maxLength: 6 }),
    )
    await fc.assert(
      fc.asyncProperty(some, async ([count, at, kindsOfBad]) => {
        const bad = new Map(at.filter(id => id < count).map((id, index) => [id, kindsOfBad[index]!]))
        const statements = vi.spyOn(to.connection, 'query')
        await loadWith(to, count, bad)
        const sent = statements.mock.calls.length
        statements.mockRestore()
        expect(sent).toBeLessThanOrEqual(16 + 8 * bad.size * (Math.log2(count) + 2))
      }),
      { numRuns: 25 },
    )
  })

  test('of rows that share a key the first stays, whatever stands between them', async () => {
    const { load, rows, rollback } = await target(
      way,
      `CREATE TABLE p (id INT PRIMARY KEY);
       INSERT INTO p VALUES (1);
       CREATE TABLE t (id INT PRIMARY KEY, code VARCHAR(5) NOT NULL, n INT CHECK (n > 0), p INT, line INT,
         UNIQUE KEY its_code (code), FOREIGN KEY (p) REFERENCES p (id))`,
    )
    const columns = [
      column('id', integer),
      column('code', { kind: 'text', length: 5 }),
      column('n', integer),
      column('p', integer),
      column('line', integer),
    ]
    const one = fc.record({
      id: fc.nat(60),
      code: fc.oneof(
        fc.constantFrom('a', 'A', 'b'),
        fc.string({ unit: fc.constantFrom('x', 'y', 'Y'), maxLength: 5 }),
      ),
      n: fc.oneof({ arbitrary: fc.constant(1), weight: 8 }, { arbitrary: fc.constant(0), weight: 1 }),
      p: fc.oneof({ arbitrary: fc.constant(1), weight: 8 }, { arbitrary: fc.constant(2), weight: 1 }),
      twin: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 60 }), fc.boolean(), async (given, numbered) => {
        // A row can be wholly like another, too.
        const all = given
          .flatMap(row => (row.twin ? [row, row] : [row]))
          .map((row, line) => ({ ...row, line: numbered ? line : 0 }))
        const [ids, codes] = [new Set<number>(), new Set<string>()]
        const good = all.filter(({ id, code, n, p }) => {
          const letters = code.toLowerCase()
          if (n < 1 || p !== 1 || ids.has(id) || codes.has(letters)) return false
          ids.add(id)
          codes.add(letters)
          return true
        })
        // Enough besides that few are bad.
        const besides = Array.from({ length: 900 }, (_, index) => ({
          id: 1000 + index,
          code: `z${index}`,
          n: 1,
          p: 1,
          line: -1,
        }))
        const text = ({ id, code, n, p, line: number }: (typeof besides)[0]) =>
          line(`${id}`, code, `${n}`, `${p}`, `${number}`)
        const { written, rejected } = await load(
          't',
          columns,
          [...besides.slice(450), ...all, ...besides.slice(0, 450)].map(text),
        )
        const there = await rows('SELECT id, code, n, p, line FROM t WHERE id < 1000 ORDER BY id')
        await rollback()
        const sorted = good.sort((first, other) => first.id - other.id)
        expect(there).toEqual(
          sorted.map(({ id, code, n, p, line: number }) => [id, code, n, p, number].map(String)),
        )
        expect([written, rejected.length]).toEqual([900 + good.length, all.length - good.length])
      }),
      { numRuns: 40 },
    )
  })

  test('text and bytes are stored as they are', async () => {
    const { load, rows, rollback } = await target(
      way,
      `CREATE TABLE plain (id INT PRIMARY KEY, v LONGTEXT);
       CREATE TABLE mixed (id INT PRIMARY KEY, v LONGTEXT, b LONGBLOB,
        l VARCHAR(200) CHARACTER SET latin1, j JSON, n BIT(64))`,
    )
    const special = [
      '',
      'NULL',
      'N',
      '\\N',
      "it's",
      `"'\\'"`,
      '\v\f\b\t\n\r\\\0\x1a',
      '%_\\%\\_',
      '\\v\\\\f',
      "'\\N'",
    ]
    const latin: string[] = ['é', "ÿ'\\\n", 'abc', '']
    const anyText = fc.string({
      unit: fc.oneof(
        fc.constantFrom(...'\\vftnNb\'"\t\n\r\f\v\b\0\x1a,()x?;'),
        fc.string({ unit: 'binary', minLength: 1 }),
      ),
    })
    const some = fc.array(
      fc.record({
        v: fc.option(fc.oneof(fc.constantFrom(...special), anyText)),
        b: fc.option(fc.uint8Array({ maxLength: 40 })),
        l: fc.option(fc.constantFrom(...latin)),
        n: fc.option(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })),
      }),
      { minLength: 1, maxLength: 30 },
    )
    const hex = (value: Uint8Array | string | null) =>
      value === null
        ? null
        : Buffer.from(value as string)
            .toString('hex')
            .toUpperCase()
    await fc.assert(
      fc.asyncProperty(some, async given => {
        const plain = given.map(({ v }, id) => line(`${id}`, v))
        const mixed = given.map(({ v, b, l, n }, id) =>
          line(
            `${id}`,
            v,
            b === null ? null : `\\x${Buffer.from(b).toString('hex')}`,
            l,
            JSON.stringify([v]),
            n === null ? null : n.toString(2).padStart(64, '0'),
          ),
        )
        const id = column('id', integer)
        const loadedPlain = await load('plain', [id, column('v', text)], plain)
        const loadedMixed = await load(
          'mixed',
          [
            id,
            column('v', text),
            column('b', bytes),
            column('l', text),
            column('j', { kind: 'json', binary: true }),
            column('n', { kind: 'bits', length: 64 }),
          ],
          mixed,
        )
        const storedPlain = await rows('SELECT HEX(v) FROM plain ORDER BY id')
        const storedMixed = await rows(
          'SELECT HEX(v), HEX(b), HEX(CONVERT(l USING utf8mb4)), n + 0, j FROM mixed ORDER BY id',
        )
        await rollback()
        expect([loadedPlain.rejected, loadedMixed.rejected]).toEqual([[], []])
        expect(storedPlain).toEqual(given.map(({ v }) => [hex(v)]))
        expect(storedMixed.map(([v, b, l, n, j]) => [v, b, l, n, JSON.parse(j!)])).toEqual(
          given.map(({ v, b, l, n }) => [hex(v), hex(b), hex(l), n === null ? null : `${n}`, [v]]),
        )
      }),
      {
        numRuns: 60,
        examples: [[special.map(v => ({ v, b: Uint8Array.from(Array(256).keys()), l: 'é', n: 0n }))]],
      },
    )
  })

  test('a row of three hundred columns', async () => {
    const names = ids(300).map(index => `c${index}`)
    const { load, rows } = await target(
      way,
      `CREATE TABLE wide (${names.map(name => `${name} INT`).join(', ')})`,
    )
    const columns = names.map(name => column(name, integer))
    const lines = ids(200).map(row => line(...names.map((_, index) => `${row * 1000 + index}`)))
    expect((await load('wide', columns, lines)).written).toBe(200)
    const expected = ids(200).map(row => names.map((_, index) => `${row * 1000 + index}`))
    expect((await rows('SELECT * FROM wide')).sort()).toEqual(expected.sort())
  })

  test('what a trigger refuses is one row, whichever row its own statement speaks of', async () => {
    const { load, rows } = await target(
      way,
      `CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9));
       CREATE TABLE log (v VARCHAR(2));
       CREATE TRIGGER logging AFTER INSERT ON t FOR EACH ROW INSERT INTO log VALUES (NEW.v);
       CREATE TRIGGER refusing BEFORE INSERT ON t FOR EACH ROW
         IF NEW.v = '!' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF`,
    )
    const columns = [column('id', integer), column('v', text)]
    const bad: Record<number, string> = { 1000: 'long', 1001: 'long', 1500: '!' }
    const lines = ids(ROWS).map(id => line(`${id}`, bad[id] ?? 'v'))
    const { written, rejected } = await load('t', columns, lines)
    expect([written, rejected.map(({ row }) => row.id)]).toEqual([ROWS - 3, Object.keys(bad)])
    expect(rejected[2]!.reason).toMatch(/not this one/)
    expect(await rows('SELECT COUNT(*) FROM t')).toEqual([[`${ROWS - 3}`]])
    expect(await rows('SELECT COUNT(*) FROM log')).toEqual([[`${ROWS - 3}`]])
  })

  test('rows of megabytes, a bad one among them', async () => {
    const { load, rows } = await target(
      way,
      'CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL, v LONGTEXT, b LONGBLOB)',
    )
    const columns = [column('id', integer), column('n', integer), column('v', text), column('b', bytes)]
    const [packet] = await rows('SELECT @@max_allowed_packet')
    const large = Number(packet![0]) + 4 * 1024 * 1024
    const given: [string, string | null, number, number][] = [
      ['1', '1', 4 * 1024 * 1024, 4],
      ['2', null, 4, 4],
      ['3', '1', 4, large],
      ['4', '1', 4, 1024 * 1024],
    ]
    const lines = given.map(([id, n, v, b]) => line(id, n, 'é'.repeat(v / 2), `\\x${'00ff'.repeat(b / 2)}`))
    const { written, rejected } = await load('t', columns, lines)
    const refused = rejected.map(({ row, reason }) => [row.id, reason])
    const expected = [['2', expect.stringMatching(/cannot be null/)]]
    if (way === 'INSERT') expected.push(['3', expect.stringMatching(/max_allowed_packet/)])
    expect(refused).toEqual(expected)
    expect(written).toBe(given.length - expected.length)
    const loaded = given.filter(([id]) => !refused.some(([one]) => one === id))
    expect(await rows('SELECT id, LENGTH(v), LENGTH(b) FROM t ORDER BY id')).toEqual(
      loaded.map(([id, , v, b]) => [id, `${v}`, `${b}`]),
    )
  })

  test('geometries, as they are stored and as text', async () => {
    const { load, rows } = await target(
      way,
      `CREATE TABLE t (id INT PRIMARY KEY, g GEOMETRY);
       INSERT INTO t VALUES (-1, ST_GeomFromText('POINT(1 -9)'))`,
    )
    const other: LogicalType = { kind: 'other', name: 'geometry' }
    const [[stored]] = (await rows('SELECT HEX(g) FROM t')) as [[string]]
    const field = encodeLine([Buffer.from(stored, 'hex').toString('latin1')])
    const native = [column('id', integer), { ...column('g', other), native: true }]
    expect(await load('t', native, [`1\t${field}`])).toMatchObject({ written: 1, rejected: [] })
    const text = [column('id', integer), column('g', other)]
    expect(
      await load('t', text, [line('2', 'POINT(1 -9)'), line('3', null), line('4', 'round')]),
    ).toMatchObject({
      written: 2,
      rejected: [{ row: { id: '4', g: 'round' } }],
    })
    expect(await rows('SELECT id, HEX(g) FROM t WHERE id > 0 ORDER BY id')).toEqual([
      ['1', stored],
      ['2', stored],
      ['3', null],
    ])
  })

  test('how it writes is said once', async () => {
    const { load } = await target(way, 'CREATE TABLE t (id INT PRIMARY KEY)')
    const notices: string[] = []
    for (const id of ['1', '2'])
      notices.push(...(await load('t', [column('id', integer)], [line(id)])).notices)
    const slow = expect.stringMatching(/does not allow LOAD DATA LOCAL INFILE.*slower/)
    expect(notices).toEqual(way === 'INSERT' ? [slow] : [])
  })

  test('a lost connection or a lock is no fault of a row', async () => {
    const { load, connection, rows } = await target(
      way,
      'CREATE TABLE t (id INT PRIMARY KEY);\n INSERT INTO t VALUES (1)',
    )
    const other = await mysqlClient(connection)
    await run(other, 'START TRANSACTION')
    await run(other, 'DELETE FROM t')
    await run(connection, 'SET SESSION innodb_lock_wait_timeout = 1')
    const locked = await load('t', [column('id', integer)], [line('1')]).catch((error: unknown) => error)
    expect(targetFailure(locked, '')).toMatchObject({
      code: 'lock.timeout',
      message: expect.stringMatching(/lock wait/i),
    })
    await run(connection, 'ROLLBACK')
    const [[id]] = (await rows('SELECT CONNECTION_ID()')) as [[string]]
    function* killing() {
      for (let row = 2; row < 200_000; row++) {
        if (row === 100_000) void run(other, `KILL ${id}`).catch(() => {})
        yield line(`${row}`)
      }
    }
    const lost = await load('t', [column('id', integer)], killing()).catch((error: unknown) => error)
    expect(targetFailure(lost, '')).toMatchObject({ code: 'connection.lost' })
  })
})

/** Another session with the same database. */
async function mysqlClient(like: Connection): Promise<Connection> {
  const { host, port, user, database } = like.config
  const connection = mysql.createConnection({ host: host!, port: port!, user: user!, database: database! })
  onTestFinished(() => connection.destroy())
  return connection
}
