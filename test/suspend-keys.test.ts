import { spawnSync } from 'node:child_process'
import type pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openTarget } from '../src/engines/open.ts'
import type { RejectedLine } from '../src/engines/port/rows.ts'
import type { TargetSession } from '../src/engines/port/target-session.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'
import { refusals } from './refusals.ts'

/** The whole schema as SQL by pg_dump, where there is one that knows the server; else what the catalog says of keys. */
async function schemaOf(url: string, client: pg.Client): Promise<string> {
  const dump = spawnSync('pg_dump', ['-s', '-N', '_paritygate', url], { encoding: 'utf8' })
  // Made up anew each time.
  if (dump.status === 0) return dump.stdout.replace(/^\\(un)?restrict .*$/gm, '')
  const { rows } = await client.query(
    `SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace
     UNION ALL SELECT 'index', indrelid::regclass, indexrelid::regclass::text, pg_get_indexdef(indexrelid) || indisreplident || indisclustered,
       obj_description(indexrelid, 'pg_class') FROM pg_index WHERE indrelid::regclass::text !~ '^(pg_|_paritygate)' ORDER BY 1, 2, 3`,
  )
  return JSON.stringify(rows)
}

const keysQuery = `
  SELECT conname AS name FROM pg_constraint WHERE contype IN ('f', 'p', 'u', 'x') AND connamespace = 'public'::regnamespace
  UNION SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace`

async function keysThere(session: TargetSession): Promise<string[]> {
  return (await session.query(keysQuery)).map(row => row.name!)
}

async function target(url: string): Promise<TargetSession> {
  const session = await openTarget(parseConnectionUrl(url, '/'))
  onTestFinished(() => session.close())
  return session
}

/** What is not to be asked for where rows break no key. */
const untouched = { removeOrphans: async () => {}, reject: () => {}, columnsOf: () => [] }

const parents = `
  CREATE TABLE parent (id bigint PRIMARY KEY, code varchar(9) UNIQUE, a int, b int, UNIQUE (a, b), c citext UNIQUE, ts timestamp UNIQUE);
  INSERT INTO parent SELECT n, n, n, n, n, date '2024-01-01' + n FROM generate_series(1, 9) n;`

/** Each table, the rows it is given, and what is not there meanwhile. */
const museum: [what: string, sql: string, rows: string, suspended: string[]][] = [
  [
    'a key with comments, a fill factor and columns of its own',
    `CREATE TABLE t (id uuid, v text, CONSTRAINT "odd ""key" PRIMARY KEY (id) INCLUDE (v) WITH (fillfactor = 70));
     COMMENT ON CONSTRAINT "odd ""key" ON t IS E'it''s \\\\ odd'; COMMENT ON INDEX "odd ""key" IS 'of the index'`,
    `INSERT INTO t VALUES ('6a2f41a3-c54c-fce8-32d2-0324e1c32e22', 'v')`,
    ['odd "key'],
  ],
  [
    'unique constraints and indexes of all kinds',
    `CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text, w text COLLATE "C", j jsonb, r int4range,
       g text GENERATED ALWAYS AS (upper(v)) STORED, CONSTRAINT v_once UNIQUE NULLS NOT DISTINCT (v), UNIQUE (w, v) INCLUDE (id));
     CREATE INDEX opclass ON t (v text_pattern_ops DESC NULLS LAST, w COLLATE "POSIX") WITH (fillfactor = 50, deduplicate_items = off);
     CREATE UNIQUE INDEX expression ON t (lower(v), (id + 1)) WHERE w <> 'x';
     ALTER INDEX expression ALTER COLUMN 1 SET STATISTICS 500; COMMENT ON INDEX expression IS 'looked up in lower case';
     CREATE INDEX gin ON t USING gin (j jsonb_path_ops) WITH (fastupdate = off); CREATE INDEX gist ON t USING gist (r);
     CREATE INDEX brin ON t USING brin (id) WITH (pages_per_range = 4); CREATE INDEX hash ON t USING hash (g)`,
    `INSERT INTO t (v, w) VALUES ('a', 'b'), (NULL, 'c')`,
    ['brin', 'expression', 'gin', 'gist', 'hash', 'opclass', 't_pkey', 't_w_v_id_key', 'v_once'],
  ],
  [
    'marks on an index',
    `CREATE TABLE t (a int NOT NULL, b int NOT NULL, CONSTRAINT k UNIQUE (a)); CREATE UNIQUE INDEX i ON t (b);
     ALTER TABLE t REPLICA IDENTITY USING INDEX k; ALTER TABLE t CLUSTER ON i; CREATE PUBLICATION p FOR TABLE t`,
    'INSERT INTO t VALUES (1, 1)',
    ['i', 'k'],
  ],
  [
    'foreign keys',
    `CREATE TABLE t (id int, p bigint CONSTRAINT actions REFERENCES parent ON DELETE CASCADE ON UPDATE SET NULL,
       q bigint CONSTRAINT later REFERENCES parent DEFERRABLE INITIALLY DEFERRED, a int, b int);
     ALTER TABLE t ADD CONSTRAINT "not yet" FOREIGN KEY (a, b) REFERENCES parent (a, b) ON DELETE SET NULL (b) NOT VALID,
       ADD CONSTRAINT narrow FOREIGN KEY (a) REFERENCES parent;
     COMMENT ON CONSTRAINT actions ON t IS 'and its comment'`,
    'INSERT INTO t VALUES (1, 1, 2, 3, 3)',
    ['actions', 'later', 'narrow', 'not yet'],
  ],
  [
    'a key that refers to its own table',
    'CREATE TABLE t (id int PRIMARY KEY, t_id int REFERENCES t)',
    'INSERT INTO t VALUES (1, 2), (2, 2)',
    ['t_pkey', 't_t_id_fkey'],
  ],
  [
    'what others depend on stays',
    `CREATE TABLE t (id int PRIMARY KEY, v int UNIQUE, w int UNIQUE, e int4range, s text UNIQUE DEFERRABLE, EXCLUDE USING gist (e WITH &&));
     CREATE TABLE other (t_id int REFERENCES t); CREATE TABLE third (v int REFERENCES t (v));
     CREATE VIEW grouped AS SELECT id, v, count(*) FROM t JOIN other ON t_id = id GROUP BY t.id`,
    `INSERT INTO t VALUES (1, 1, 1, '[1,2]', 'a')`,
    ['t_w_key'],
  ],
  [
    'foreign keys no plain comparison stands for stay',
    `CREATE TABLE t (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES parent (a, b) MATCH FULL,
       c citext REFERENCES parent (c), d date REFERENCES parent (ts), p bigint REFERENCES parent);`,
    `INSERT INTO t VALUES (1, 1, 1, '1', '2024-01-02', 1)`,
    ['t_p_fkey', 't_pkey'],
  ],
]

describe('keys of an empty table come back as they were', () => {
  test.each(museum)('%s', async (_, sql, rows, suspended) => {
    const { url, client } = await postgresDatabase(`CREATE EXTENSION citext; ${parents} ${sql}`)
    const session = await target(url)
    const [before, keys] = [await schemaOf(url, client), await keysThere(session)]
    await session.begin()
    const held = await session.suspendKeys!(['t'], 1e6)
    const left = await keysThere(session)
    expect(keys.filter(name => !left.includes(name)).sort()).toEqual(suspended)
    await session.execute(rows)
    expect(await session.restoreKeys!(held!, untouched)).toBeNull()
    const settings = `SELECT current_setting('lock_timeout') AS lock, current_setting('default_tablespace') AS tablespace`
    expect(await session.query(settings)).toEqual([{ lock: '1min', tablespace: '' }])
    await session.commit()
    expect(await schemaOf(url, client)).toBe(before)
  })

  test('tables that refer to each other are suspended together, and together taken back', async () => {
    const { url, client } = await postgresDatabase(
      `CREATE TABLE a (id int PRIMARY KEY, b_id int, v text); CREATE INDEX ON a (v); CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a DEFERRABLE);
       ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b`,
    )
    const session = await target(url)
    const before = await schemaOf(url, client)
    await session.begin()
    const first = await session.suspendKeys!(['a', 'b'], 1e6)
    expect(await keysThere(session)).toEqual([])
    await session.execute(
      'INSERT INTO a VALUES (1, 1, $$too long$$), (1, NULL, NULL); INSERT INTO b VALUES (1, 1)',
    )
    // More than an index takes.
    await session.execute(
      `UPDATE a SET v = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 1000) n) WHERE b_id = 1`,
    )
    expect(await session.restoreKeys!(first!, untouched)).toMatch(/ /)
    expect(await keysThere(session)).toEqual([])
    await session.rollback()
    expect(await keysThere(session)).toHaveLength(5)
    await session.begin()
    const second = await session.suspendKeys!(['a', 'b'], 1e6)
    await session.execute('INSERT INTO a VALUES (1, 1), (1, NULL); INSERT INTO b VALUES (1, 1)')
    const rejected: unknown[] = []
    const reject = (table: string, { row, reason }: RejectedLine) => rejected.push([table, row, reason])
    const columnsOf = () => [{ name: 'b_id', type: { kind: 'integer', bits: 32 } as const }]
    expect(await session.restoreKeys!(second!, { ...untouched, reject, columnsOf })).toBeNull()
    expect(rejected).toEqual([
      ['a', { b_id: null }, expect.stringMatching(/duplicate key.*"a_pkey".*\(id\)=\(1\)/)],
    ])
    await session.commit()
    expect(await schemaOf(url, client)).toBe(before)
  })
})

describe('all keys stay', () => {
  const plain = 'CREATE TABLE t (id int PRIMARY KEY, t_id int);'
  const trigger = (when: string) =>
    `${plain} CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
     CREATE TRIGGER g ${when} ON t FOR EACH ROW EXECUTE FUNCTION f()`
  test.each([
    ['where few rows are expected', plain, 1000],
    ['where rows are there', `${plain} INSERT INTO t VALUES (1, 1)`, 1e6],
    ['of a partitioned table', 'CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id)', 1e6],
    ['of a table that others inherit', `${plain} CREATE TABLE heir () INHERITS (t)`, 1e6],
    [
      'of a table that inherits',
      'CREATE TABLE b (id int); CREATE TABLE t (PRIMARY KEY (id)) INHERITS (b)',
      1e6,
    ],
    ['where a trigger looks at new rows', trigger('AFTER INSERT'), 1e6],
    ['where a trigger looks at rows that are taken out', trigger('BEFORE DELETE'), 1e6],
    [
      'where one would stay within the circle',
      `CREATE TABLE t (a int, b int, c int, PRIMARY KEY (a, b), FOREIGN KEY (b, c) REFERENCES t MATCH FULL)`,
      1e6,
    ],
  ])('%s', async (_, sql, rows) => {
    const { url } = await postgresDatabase(sql)
    const session = await target(url)
    const keys = await keysThere(session)
    await session.begin()
    expect(await session.suspendKeys!(['t'], rows)).toBeNull()
    expect(await keysThere(session)).toEqual(keys)
    await session.rollback()
  })

  test('of a table of somebody else', async () => {
    const { url, client } = await postgresDatabase(plain)
    const role = new URL(url).pathname.slice(1)
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'own'; GRANT ALL ON t TO ${role}`)
    const own = new URL(url)
    own.username = role
    own.password = 'own'
    const session = await target(own.href)
    await session.begin()
    expect(await session.suspendKeys!(['t'], 1e6)).toBeNull()
    await session.close()
    await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  })
})

const ROWS = 25_000

/** A table of two foreign keys, one of them its own, and two unique keys; `extra` are rows beside the good ones. */
const family = {
  target: `CREATE TABLE parent (id bigint PRIMARY KEY); INSERT INTO parent VALUES (1), (2);
    CREATE TABLE child (id bigint PRIMARY KEY, code varchar(30) UNIQUE, parent_id bigint NOT NULL REFERENCES parent ON DELETE CASCADE,
      next_id bigint REFERENCES child ON DELETE CASCADE); CREATE INDEX ON child (parent_id)`,
  source: (
    extra: string,
  ) => `CREATE TABLE child (id bigint, code varchar(30), parent_id bigint, next_id bigint);
    WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${ROWS})
    INSERT INTO child SELECT id, 'c' || id, 1 + id % 2, CASE WHEN id < ${ROWS} THEN id + 1 END FROM n;
    ${extra}`,
}

const sources: [string, (sql: string) => Promise<string>][] = [
  ['PostgreSQL, straight', async sql => (await postgresDatabase(`${sql}; ANALYZE`)).url],
  ['SQLite, as lines', async sql => sqliteDatabase(sql)],
]

async function shape(client: pg.Client): Promise<string> {
  const { rows } = await client.query(
    `SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE conrelid = 'child'::regclass
     UNION ALL SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), true FROM pg_index WHERE indrelid = 'child'::regclass ORDER BY 1, 2`,
  )
  return JSON.stringify(rows)
}

/** Whether, while rows came in, keys were away: the transaction shows it by its lock. */
function watching(client: pg.Client) {
  let away = Promise.resolve(false)
  const exclusive = `SELECT FROM pg_locks WHERE relation = 'child'::regclass AND mode = 'AccessExclusiveLock' AND granted`
  return {
    onProgress: ({ kind }: { kind: string }) => {
      if (kind !== 'rows') return
      away = away.then(async before => before || (await client.query(exclusive)).rowCount! > 0)
    },
    suspended: () => away,
  }
}

describe.each(sources)('migrate from %s, without keys meanwhile', (_, source) => {
  test('good rows', async () => {
    const { url, client } = await postgresDatabase(family.target)
    const before = await shape(client)
    const { migrate } = cutover(await source(family.source('')), url, { tables: { child: {} } })
    const { onProgress, suspended } = watching(client)
    const { status, tables, notices } = await migrate({ onProgress })
    expect([status, notices]).toEqual(['finished', []])
    expect(tables).toMatchObject([{ read: ROWS, written: ROWS, quarantined: 0 }])
    expect(await suspended()).toBe(true)
    expect(await shape(client)).toBe(before)
  })

  test('orphans go into quarantine, and what refers to them', async () => {
    const { url, client } = await postgresDatabase(family.target)
    const before = await shape(client)
    const extra = `INSERT INTO child VALUES (90001, 'x', 99, NULL), (90002, NULL, 1, 90001), (90003, NULL, 1, 90002), (90004, 'y', 1, 77777)`
    const { migrate, store } = cutover(await source(family.source(extra)), url, { tables: { child: {} } })
    const { status, tables } = await migrate({ maxRejects: 4 })
    expect(status).toBe('finished')
    expect(tables).toMatchObject([{ read: ROWS + 4, written: ROWS, quarantined: 4 }])
    expect(refusals(store)).toEqual([
      ['90001', 'parent_id', 'orphan: no row of "parent" that stays has the key it refers to (99)'],
      ['90002', 'next_id', expect.stringMatching(/no row of "child" that stays .*\(90001\)/)],
      ['90003', 'next_id', expect.stringMatching(/no row of "child" that stays .*\(90002\)/)],
      ['90004', 'next_id', expect.stringMatching(/no row of "child" that stays .*\(77777\)/)],
    ])
    expect((await client.query('SELECT count(*)::int AS n FROM child')).rows).toEqual([{ n: ROWS }])
    expect(await shape(client)).toBe(before)
  })

  test('duplicates are named one by one, when the keys come back', async () => {
    // What a plain key would refuse is found before anything is written.
    const index = 'CREATE UNIQUE INDEX child_code_letters ON child (upper(code))'
    const { url, client } = await postgresDatabase(`${family.target}; ${index}`)
    const before = await shape(client)
    const extra = `INSERT INTO child VALUES (90001, 'C8', 1, NULL), (90002, 'o', 98, NULL)`
    const { migrate, store } = cutover(await source(family.source(extra)), url, { tables: { child: {} } })
    const { tables } = await migrate()
    expect(tables).toMatchObject([{ read: ROWS + 2, written: ROWS, quarantined: 2 }])
    expect(refusals(store)).toEqual([
      [
        '90001',
        'upper(code::text)',
        expect.stringMatching(/duplicate key .*"child_code_letters"; Key .*=\(C8\)/),
      ],
      ['90002', 'parent_id', expect.stringMatching(/^orphan: no row of "parent" .*\(98\)/)],
    ])
    expect(await shape(client)).toBe(before)
  })

  test('more orphans than allowed end it', async () => {
    const { url, client } = await postgresDatabase(family.target)
    const before = await shape(client)
    const extra = `INSERT INTO child VALUES (90001, 'x', 99, NULL), (90002, 'y', 98, NULL)`
    const { migrate } = cutover(await source(family.source(extra)), url, { tables: { child: {} } })
    await expect(migrate({ maxRejects: 1 })).rejects.toMatchObject({
      code: 'target.refused',
      message: expect.stringMatching(/^more than 1 rows were refused; the last: orphan/),
    })
    expect((await client.query('SELECT count(*)::int AS n FROM child')).rows).toEqual([{ n: 0 }])
    expect(await shape(client)).toBe(before)
  })
})

test('orphans beyond what is held in memory at once are all taken out', async () => {
  const { url, client } = await postgresDatabase(
    'CREATE TABLE parent (id bigint PRIMARY KEY); CREATE TABLE child (id bigint PRIMARY KEY, parent_id bigint REFERENCES parent)',
  )
  const { url: source } = await postgresDatabase(
    'CREATE TABLE child AS SELECT n AS id, nullif(n % 10, 0) AS parent_id FROM generate_series(1::bigint, 50000) n; ANALYZE',
  )
  const { migrate, store } = cutover(source, url, { tables: { child: {} } })
  expect((await migrate()).tables).toMatchObject([{ read: 50_000, written: 5000, quarantined: 45_000 }])
  expect(store.quarantinedTotal()).toBe(45_000)
  expect((await client.query('SELECT count(*)::int AS n FROM child')).rows).toEqual([{ n: 5000 }])
})

test('a row an index cannot take is named in a load under the keys', async () => {
  const { url } = await postgresDatabase(
    'CREATE TABLE t (id bigint PRIMARY KEY, n bigint); CREATE INDEX ON t ((1000 / n))',
  )
  const { url: source } = await postgresDatabase(
    'CREATE TABLE t AS SELECT n AS id, n - 700 AS n FROM generate_series(1::bigint, 25000) n; ANALYZE',
  )
  const { migrate, store } = cutover(source, url, { tables: { t: {} } })
  const { tables, notices } = await migrate()
  expect(tables).toMatchObject([{ read: ROWS, written: ROWS - 1, quarantined: 1 }])
  expect(notices.join()).toMatch(/^table "t" was loaded once more, under its keys .*division by zero/)
  expect([...store.currentQuarantine()]).toMatchObject([
    { key: { id: '700' }, reason: expect.stringMatching(/division by zero/) },
  ])
})

test('a lock that is not had while the keys come back is a failure that passes, and no chunk is loaded again', async () => {
  const { url, client } = await postgresDatabase(family.target)
  const before = await shape(client)
  const { url: source } = await postgresDatabase(
    `${family.source('')}; ALTER TABLE child ADD PRIMARY KEY (id); ANALYZE`,
  )
  const { migrate } = cutover(source, url, { tables: { child: {} } })
  // Who changes a parent keeps the foreign key from being made.
  const first = migrate({
    chunkRows: 5000,
    lockTimeoutMs: 200,
    onProgress({ kind }) {
      if (kind === 'rows') void client.query('BEGIN; UPDATE parent SET id = id').catch(() => {})
    },
  })
  await expect(first).rejects.toMatchObject({ code: 'lock.timeout', transient: true })
  await client.query('ROLLBACK')
  const chunks = await client.query('SELECT count(*)::int AS n FROM _paritygate.chunk')
  expect(chunks.rows).toEqual([{ n: 5 }])
  expect((await migrate({ chunkRows: 5000 })).tables).toMatchObject([{ written: ROWS }])
  expect(await shape(client)).toBe(before)
})

test('tables in a circle are loaded without the keys between them', async () => {
  const tables = (keys: string) =>
    `CREATE TABLE a (id bigint ${keys}, b_id bigint); CREATE TABLE b (id bigint ${keys}, a_id bigint);`
  const { url: source } = await postgresDatabase(
    `${tables('')} INSERT INTO a SELECT n, n FROM generate_series(1, ${ROWS}) n; INSERT INTO b SELECT n, n FROM generate_series(1, 100) n;
     INSERT INTO b SELECT n, 1 FROM generate_series(101, ${ROWS} - 1) n; INSERT INTO b VALUES (${ROWS}, 999999); ANALYZE`,
  )
  const { url, client } = await postgresDatabase(
    `${tables('PRIMARY KEY')} ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b ON DELETE SET NULL; ALTER TABLE b ADD FOREIGN KEY (a_id) REFERENCES a ON DELETE CASCADE`,
  )
  const { migrate, store } = cutover(source, url, { tables: { a: {}, b: {} } })
  const result = await migrate({ maxRejects: 2 })
  expect(result.status).toBe('finished')
  for (const table of result.tables)
    expect(table).toMatchObject({ read: ROWS, written: ROWS - 1, quarantined: 1 })
  expect([...store.currentQuarantine()].map(({ table, key }) => `${table} ${key.id}`).sort()).toEqual([
    `a ${ROWS}`,
    `b ${ROWS}`,
  ])
  const { rows } = await client.query(
    `SELECT conname AS name, condeferrable AS deferrable, convalidated AS validated FROM pg_constraint WHERE contype = 'f' ORDER BY 1`,
  )
  expect(rows).toEqual([
    { name: 'a_b_id_fkey', deferrable: false, validated: true },
    { name: 'b_a_id_fkey', deferrable: false, validated: true },
  ])
})

describe('what befalls a load without keys', () => {
  test('a backend killed in the middle leaves the table as it was', async () => {
    const { url, client } = await postgresDatabase(family.target)
    const before = await schemaOf(url, client)
    const { url: source } = await postgresDatabase(`${family.source('')}; ANALYZE`)
    const { migrate } = cutover(source, url, { tables: { child: {} } })
    let killed: Promise<pg.QueryResult> | undefined
    const kill = `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'child'::regclass AND mode = 'AccessExclusiveLock'`
    const onProgress = ({ kind }: { kind: string }) => {
      if (kind === 'rows') killed ??= client.query(kill)
    }
    await expect(migrate({ onProgress })).rejects.toMatchObject({ code: 'connection.lost' })
    expect((await killed!).rowCount).toBe(1)
    expect(await schemaOf(url, client)).toBe(before)
    expect((await client.query('SELECT count(*)::int AS n FROM child')).rows).toEqual([{ n: 0 }])
    expect((await migrate()).tables).toMatchObject([{ written: ROWS }])
    expect(await schemaOf(url, client)).toBe(before)
  })

  test.each(['child', 'parent'])('somebody who reads %s is not waited for long', async table => {
    const { url, client } = await postgresDatabase(
      // To put its checks off takes the same lock, and has no other way.
      `${family.target}; ALTER TABLE child DROP CONSTRAINT child_next_id_fkey`,
    )
    const before = await schemaOf(url, client)
    const { url: source } = await postgresDatabase(`${family.source('')}; ANALYZE`)
    const { migrate } = cutover(source, url, { tables: { child: {} } })
    await client.query(`BEGIN; SELECT * FROM ${table} LIMIT 1`)
    const { tables, notices } = await migrate()
    expect(tables).toMatchObject([{ written: ROWS, quarantined: 0 }])
    expect(notices).toEqual([
      expect.stringMatching(/^table "child" kept keys and indexes while rows were loaded/),
    ])
    await client.query('COMMIT')
    expect(await schemaOf(url, client)).toBe(before)
  })
})
