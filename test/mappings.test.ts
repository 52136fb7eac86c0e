import { describe, expect, test } from 'vitest'
import type { EngineName } from '../src/model/catalog.ts'
import { carriedOver, inWords, probe, uuid5 } from './mapping-databases.ts'
import { noMysql } from './no-mysql.ts'
import { refusals } from './refusals.ts'

const pairs: [EngineName, EngineName][] = [
  ['postgres', 'postgres'],
  ['mysql', 'postgres'],
  ['sqlite', 'postgres'],
  ['postgres', 'mysql'],
  ['sqlite', 'mysql'],
  ['mysql', 'sqlite'],
]

for (const [from, to] of pairs) {
  const noServer = noMysql && [from, to].includes('mysql')
  const source = (sql: string) => probe(from, inWords(from, sql))
  const target = (sql = '') => probe(to, inWords(to, sql))

  describe.skipIf(noServer)(`${from} to ${to}`, () => {
    test('ids of integer and text keys, and references in any order', async () => {
      const before = await source(`
        CREATE TABLE users (id :int NOT NULL PRIMARY KEY, name :text, boss :int);
        INSERT INTO users VALUES (1, 'Zoë', 3), (2, NULL, NULL), (3, 'it''s "Q"', 2);
        CREATE TABLE rooms (code :key NOT NULL PRIMARY KEY, label :text);
        INSERT INTO rooms VALUES ('a:b', 'colon'), ('c\\d', 'backslash'), ('é 😀', NULL), ('7', 'seven'), ('07', 'other');
        CREATE TABLE pass_keys (id :int NOT NULL PRIMARY KEY, user_id :int, room :key);
        INSERT INTO pass_keys VALUES (10, 3, 'a:b'), (11, 1, 'c\\d'), (12, NULL, NULL), (13, 2, 'é 😀'), (14, 1, '07')`)
      const after = await target(`
        CREATE TABLE users (id :uuid NOT NULL PRIMARY KEY, name :text, boss_id :uuid, FOREIGN KEY (boss_id) REFERENCES users (id));
        CREATE TABLE rooms (id :key NOT NULL PRIMARY KEY, code :key NOT NULL, label :text);
        CREATE TABLE room_keys (id :int NOT NULL PRIMARY KEY, user_id :uuid, room_id :key,
          FOREIGN KEY (user_id) REFERENCES users (id), FOREIGN KEY (room_id) REFERENCES rooms (id))`)
      await carriedOver(
        before,
        after,
        {
          tables: {
            room_keys: {
              from: 'pass_keys',
              columns: { user_id: { id: 'users', of: 'user_id' }, room_id: { id: 'rooms', of: 'room' } },
            },
            users: { columns: { id: { id: 'users' }, boss_id: { id: 'users', of: 'boss' } } },
            rooms: { columns: { id: { id: 'rooms' } } },
          },
        },
        { users: [3, 3, 0, 0], rooms: [5, 5, 0, 0], room_keys: [5, 5, 0, 0] },
      )
      const user = (key: number) => uuid5(`users:${key}`)
      expect(await after.rows('SELECT id, name, boss_id FROM users ORDER BY id')).toEqual(
        [
          [user(1), 'Zoë', user(3)],
          [user(2), null, null],
          [user(3), 'it\'s "Q"', user(2)],
        ].sort((a, b) => (a[0]! < b[0]! ? -1 : 1)),
      )
      const room = {
        'a:b': 'rooms:a\\:b',
        'c\\d': 'rooms:c\\\\d',
        'é 😀': 'rooms:é 😀',
        '7': 'rooms:7',
        '07': 'rooms:07',
      }
      expect(
        Object.fromEntries((await after.rows('SELECT code, id FROM rooms')) as [string, string][]),
      ).toEqual(Object.fromEntries(Object.entries(room).map(([code, name]) => [code, uuid5(name)])))
      expect(await after.rows('SELECT id, user_id, room_id FROM room_keys ORDER BY id')).toEqual([
        ['10', user(3), uuid5(room['a:b'])],
        ['11', user(1), uuid5(room['c\\d'])],
        ['12', null, null],
        ['13', user(2), uuid5(room['é 😀'])],
        ['14', user(1), uuid5(room['07'])],
      ])
    })

    test('ids of composite keys, some of them NULL in what refers to them', async () => {
      const before = await source(`
        CREATE TABLE groups_ (year :int NOT NULL, code :key NOT NULL, title :text, PRIMARY KEY (year, code));
        INSERT INTO groups_ VALUES (2024, 'a', 'x'), (2024, 'a:b', 'y'), (2025, 'a', 'z');
        CREATE TABLE seats (id :int NOT NULL PRIMARY KEY, g_year :int, g_code :key);
        INSERT INTO seats VALUES (1, 2025, 'a'), (2, 2024, 'a:b'), (3, NULL, 'a'), (4, 2024, NULL), (5, NULL, NULL)`)
      const after = await target(`
        CREATE TABLE teams (id :uuid NOT NULL PRIMARY KEY, year :int, code :key, title :text);
        CREATE TABLE seats (id :int NOT NULL PRIMARY KEY, team_id :uuid, FOREIGN KEY (team_id) REFERENCES teams (id))`)
      await carriedOver(
        before,
        after,
        {
          tables: {
            seats: { columns: { team_id: { id: 'teams', of: ['g_year', 'g_code'] } } },
            teams: { from: 'groups_', columns: { id: { id: 'teams' } } },
          },
        },
        { teams: [3, 3, 0, 0], seats: [5, 5, 0, 0] },
      )
      expect(await after.rows('SELECT id FROM teams ORDER BY year, title')).toEqual([
        [uuid5('teams:2024:a')],
        [uuid5('teams:2024:a\\:b')],
        [uuid5('teams:2025:a')],
      ])
      expect(await after.rows('SELECT id, team_id FROM seats ORDER BY id')).toEqual([
        ['1', uuid5('teams:2025:a')],
        ['2', uuid5('teams:2024:a\\:b')],
        ['3', null],
        ['4', null],
        ['5', null],
      ])
    })

    test('value maps, constants, and columns of one JSON object', async () => {
      const before = await source(`
        CREATE TABLE people (id :int NOT NULL PRIMARY KEY, role :key, level :int, az :text, ru :text, score :money);
        INSERT INTO people VALUES (1, 'S', 1, 'Çağrı "Ə"', 'Привет', 1.50), (2, 'T', 2, NULL, 'x\\y', NULL), (3, NULL, NULL, '', 'it''s', 0)`)
      const after = await target(`
        CREATE TABLE people (id :int NOT NULL PRIMARY KEY, role :key, grade :key, name :json NOT NULL, origin :text, active :bool, weight :money, gone :text)`)
      await carriedOver(
        before,
        after,
        {
          tables: {
            people: {
              columns: {
                role: { values: { S: 'STUDENT', T: 'TUTOR' } },
                grade: {
                  values: { 1: 'one' },
                  of: 'level',
                  otherwise: { to: 'ÖTHER', reason: 'the rest is one grade' },
                },
                name: {
                  json: {
                    az: 'az',
                    ru: 'ru',
                    both: { sql: "concat(coalesce(az, '-'), ru)" },
                    score: 'score',
                  },
                },
                origin: { constant: "it's \\ é" },
                active: { constant: true },
                weight: { constant: 12.5 },
                gone: { constant: null },
              },
            },
          },
        },
        { people: [3, 3, 0, 0] },
      )
      const rows = await after.rows(
        'SELECT id, role, grade, name, origin, active, weight, gone FROM people ORDER BY id',
      )
      expect(
        rows.map(row => [row[0], row[1], row[2], JSON.parse(row[3]!), row[4], Number(row[6]), row[7]]),
      ).toEqual([
        [
          '1',
          'STUDENT',
          'one',
          { az: 'Çağrı "Ə"', ru: 'Привет', both: 'Çağrı "Ə"Привет', score: 1.5 },
          "it's \\ é",
          12.5,
          null,
        ],
        [
          '2',
          'TUTOR',
          'ÖTHER',
          { az: null, ru: 'x\\y', both: '-x\\y', score: null },
          "it's \\ é",
          12.5,
          null,
        ],
        ['3', null, null, { az: '', ru: "it's", both: "it's", score: 0 }, "it's \\ é", 12.5, null],
      ])
      expect(new Set(rows.map(row => row[5]))).toEqual(new Set([to === 'postgres' ? 't' : '1']))
    })

    test('a value no map knows goes into quarantine where the plan says so', async () => {
      const before = await source(`
        CREATE TABLE people (id :int NOT NULL PRIMARY KEY, role :key);
        INSERT INTO people VALUES (1, 'S'), (2, 's'), (3, NULL), (4, 'S '), (5, 'S')`)
      const after = await target(`CREATE TABLE people (id :int NOT NULL PRIMARY KEY, role :text)`)
      const quarantine = { quarantine: true, reason: 'somebody has to look at them' }
      const run = await carriedOver(
        before,
        after,
        { tables: { people: { columns: { role: { values: { S: 'STUDENT' }, otherwise: quarantine } } } } },
        { people: [5, 3, 2, 0] },
        { said: ['missing people 2', 'missing people 4'] },
      )
      expect(await after.rows('SELECT id, role FROM people ORDER BY id')).toEqual([
        ['1', 'STUDENT'],
        ['3', null],
        ['5', 'STUDENT'],
      ])
      expect(refusals(run.store)).toEqual([
        ['2', 'role', '"s" is none of the values the plan maps for "role"'],
        ['4', 'role', '"S " is none of the values the plan maps for "role"'],
      ])
    })

    test('look-ups by one column and by two, into new ids and into kept keys', async () => {
      const before = await source(`
        CREATE TABLE categories (id :int NOT NULL PRIMARY KEY, name :key NOT NULL, lang :key NOT NULL, UNIQUE (name, lang));
        INSERT INTO categories VALUES (1, 'Art', 'az'), (2, 'Art', 'ru'), (3, 'art', 'en');
        CREATE TABLE topics (id :int NOT NULL PRIMARY KEY, title :key NOT NULL UNIQUE);
        INSERT INTO topics VALUES (7, 'Zoë'), (8, 'b');
        CREATE TABLE posts (id :int NOT NULL PRIMARY KEY, category :key, lang :key, topic :key);
        INSERT INTO posts VALUES (1, 'Art', 'ru', 'Zoë'), (2, 'Art', 'az', NULL), (3, NULL, 'az', 'b'), (4, 'Nowhere', 'az', NULL), (5, 'Art', 'ru', 'c'), (6, 'ART', 'ru', NULL), (7, NULL, NULL, 'c')`)
      const after = await target(`
        CREATE TABLE categories (id :uuid NOT NULL PRIMARY KEY, name :key, lang :key);
        CREATE TABLE topics (id :int NOT NULL PRIMARY KEY, title :key);
        CREATE TABLE posts (id :int NOT NULL PRIMARY KEY, category_id :uuid, topic_id :int UNIQUE,
          FOREIGN KEY (category_id) REFERENCES categories (id), FOREIGN KEY (topic_id) REFERENCES topics (id))`)
      const run = await carriedOver(
        before,
        after,
        {
          tables: {
            posts: {
              columns: {
                category_id: { lookup: 'categories', by: { name: 'category', lang: 'lang' } },
                topic_id: { lookup: 'topics', by: { title: { sql: 'topic' } } },
              },
            },
            categories: { columns: { id: { id: 'categories' } } },
            topics: {},
          },
        },
        { categories: [3, 3, 0, 0], topics: [2, 2, 0, 0], posts: [7, 3, 4, 0] },
        { said: ['missing posts 4', 'missing posts 5', 'missing posts 6', 'missing posts 7'] },
      )
      expect(await after.rows('SELECT id, category_id, topic_id FROM posts ORDER BY id')).toEqual([
        ['1', uuid5('categories:2'), '7'],
        ['2', uuid5('categories:1'), null],
        ['3', null, '8'],
      ])
      expect(refusals(run.store)).toEqual([
        [
          '4',
          'category_id',
          '"a row of these values" is not found in "categories", for column "category_id"',
        ],
        ['5', 'topic_id', '"c" is not found in "topics", for column "topic_id"'],
        [
          '6',
          'category_id',
          '"a row of these values" is not found in "categories", for column "category_id"',
        ],
        ['7', 'topic_id', '"c" is not found in "topics", for column "topic_id"'],
      ])
    })

    test('one row of several sources is kept: by precedence, then by preference', async () => {
      const before = await source(`
        CREATE TABLE pay_new (id :int NOT NULL PRIMARY KEY, person :key, sum_paid :money, paid :date);
        INSERT INTO pay_new VALUES (1, 'a', 10, '2024-01-01'), (2, 'a', 20, '2024-02-01'), (3, 'b', 30, NULL), (9, 'z', -1, NULL);
        CREATE TABLE pay_old (no :int NOT NULL PRIMARY KEY, who :key, cents :int);
        INSERT INTO pay_old VALUES (4, 'a', 4000), (5, 'c', 5050), (6, 'A', 6000), (7, 'void', 1)`)
      const after = await target(
        `CREATE TABLE payments (person :exact NOT NULL PRIMARY KEY, amount :money, paid :date, came_from :key)`,
      )
      await carriedOver(
        before,
        after,
        {
          tables: {
            payments: {
              union: [
                {
                  from: 'pay_new',
                  columns: { person: 'person', amount: 'sum_paid', paid: 'paid' },
                  where: 'sum_paid > 0 -- no refunds',
                },
                {
                  from: 'pay_old',
                  name: 'the old till',
                  columns: {
                    paid: { sql: 'CAST(NULL AS date)' },
                    person: 'who',
                    amount: { sql: 'cents / 100.0' },
                  },
                },
              ],
              distinct_on: ['person'],
              prefer: 'paid DESC',
              where: "person <> 'void'",
              columns: { came_from: 'union_source' },
            },
          },
          ignore: { 'pay_new.id': 'not wanted', 'pay_old.no': 'not wanted' },
        },
        { payments: [7, 4, 0, 3] },
      )
      const rows = await after.rows('SELECT person, amount, paid, came_from FROM payments')
      const byPerson = rows.map(([person, amount, ...rest]) => [person, Number(amount), ...rest]).sort()
      expect(byPerson).toEqual([
        ['A', 60, null, 'the old till'],
        ['a', 20, '2024-02-01', 'pay_new'],
        ['b', 30, null, 'pay_new'],
        ['c', 50.5, null, 'the old till'],
      ])
    })

    test('a condition excludes rows of a query, and rows of the plan, and nothing finds or refers to those', async () => {
      const before = await source(`
        CREATE TABLE sales (id :int NOT NULL PRIMARY KEY, region :key, kind :key);
        INSERT INTO sales VALUES (1, 'n', 'b'), (2, 's', 'b'), (3, 'n', 'a')`)
      const after = await target(`
        CREATE TABLE kinds (place :int NOT NULL PRIMARY KEY, code :key);
        CREATE TABLE north (id :int NOT NULL PRIMARY KEY, region :key, kind :int)`)
      await carriedOver(
        before,
        after,
        {
          tables: {
            kinds: {
              rows: [
                { code: 'a', place: 1 },
                { code: 'b', place: 2 },
              ],
              where: 'place > 1 -- the first is no more',
            },
            north: {
              sql: 'SELECT id, region, kind FROM sales -- of all regions',
              where: "region = 'n' -- but one",
              columns: { kind: { lookup: 'kinds', by: { code: 'kind' } } },
            },
          },
        },
        { kinds: [2, 1, 0, 1], north: [3, 1, 1, 1] },
        { said: ['missing north 3'] },
      )
      const rows = await after.rows('SELECT id, region, kind FROM north')
      expect(rows.map(([id, region, kind]) => [Number(id), region, Number(kind)])).toEqual([[1, 'n', 2]])
    })

    test('rows the plan itself gives, and rows of a query', async () => {
      const before = await source(`
        CREATE TABLE sales (id :int NOT NULL PRIMARY KEY, region :key, amount :money);
        INSERT INTO sales VALUES (1, 'n', 1.25), (2, 'n', 2.50), (3, 's', NULL)`)
      const after = await target(`
        CREATE TABLE kinds (code :key NOT NULL PRIMARY KEY, place :int, share :money, active :bool, since :date, note :text);
        CREATE TABLE totals (id :uuid NOT NULL PRIMARY KEY, region :key, sold :int, amount :money)`)
      await carriedOver(
        before,
        after,
        {
          tables: {
            kinds: {
              rows: [
                { code: 'É', place: null, share: null, active: null, since: null, note: null },
                { code: 'B', note: "it's" },
                { code: 'C', place: 3, share: 0.25, active: true, since: '2024-02-29', note: 'a\\b "c"' },
                { code: 'D', place: -4, share: 2, active: false, since: '2024-03-01', note: '' },
              ],
            },
            totals: {
              sql: 'SELECT region, count(*) AS sold, sum(amount) AS amount FROM sales GROUP BY region; ',
              columns: { id: { id: 'totals', of: 'region' } },
            },
          },
          ignore: { 'sales.id': 'not wanted' },
        },
        { kinds: [4, 4, 0, 0], totals: [2, 2, 0, 0] },
      )
      const boolean = (value: string | null) => (value === null ? null : ['t', '1'].includes(value))
      const kinds = await after.rows(
        'SELECT code, place, share, active, since, note FROM kinds ORDER BY code',
      )
      expect(
        kinds
          .map(([code, place, share, active, ...rest]) => [
            code,
            place,
            share && Number(share),
            boolean(active!),
            ...rest,
          ])
          .sort(),
      ).toEqual([
        ['B', null, null, null, null, "it's"],
        ['C', '3', 0.25, true, '2024-02-29', 'a\\b "c"'],
        ['D', '-4', 2, false, '2024-03-01', ''],
        ['É', null, null, null, null, null],
      ])
      const totals = await after.rows('SELECT id, region, sold, amount FROM totals ORDER BY region')
      expect(
        totals.map(([id, region, sold, amount]) => [id, region, sold, amount && Number(amount)]),
      ).toEqual([
        [uuid5('totals:n'), 'n', '2', 3.75],
        [uuid5('totals:s'), 's', '1', null],
      ])
    })

    test('duplicates become one row, and what referred to the others follows', async () => {
      const before = await source(`
        CREATE TABLE users (id :int NOT NULL PRIMARY KEY, email :key, verified :int, friend :int, FOREIGN KEY (friend) REFERENCES users (id));
        INSERT INTO users VALUES (1, 'Ann@x', 0, NULL), (2, 'ann@x', 1, 1), (3, 'bob@x', 0, 1), (4, NULL, 0, 5), (5, NULL, 1, 4),
          (6, 'BOB@x', 0, 3), (7, 'jose@x', 0, 6), (8, 'josé@x', 0, 7), (9, 'gone@x', 0, NULL);
        CREATE TABLE posts (id :int NOT NULL PRIMARY KEY, author :int, editor :int, FOREIGN KEY (author) REFERENCES users (id));
        INSERT INTO posts VALUES (1, 1, 6), (2, 2, 1), (3, 6, NULL), (4, 4, 8), (5, NULL, 3)`)
      const after = await target(`
        CREATE TABLE users (id :int NOT NULL PRIMARY KEY, email :key, verified :int, friend :int, FOREIGN KEY (friend) REFERENCES users (id));
        CREATE TABLE posts (id :int NOT NULL PRIMARY KEY, author :int, editor :int, FOREIGN KEY (author) REFERENCES users (id));
        CREATE TABLE duplicates (id :int NOT NULL PRIMARY KEY, survivor :int, value :key)`)
      await carriedOver(
        before,
        after,
        {
          tables: {
            posts: { columns: { editor: { references: 'users' } } },
            users: {
              where: "email <> 'gone@x' OR email IS NULL",
              merge_duplicates: { by: 'lower(email)', survivor: 'verified DESC', list: 'duplicates' },
            },
          },
        },
        { users: [9, 6, 0, 3], duplicates: [2, 2, 0, 0], posts: [5, 5, 0, 0] },
      )
      expect(await after.rows('SELECT id, email, friend FROM users ORDER BY id')).toEqual([
        ['2', 'ann@x', '2'],
        ['3', 'bob@x', '2'],
        ['4', null, '5'],
        ['5', null, '4'],
        ['7', 'jose@x', '3'],
        ['8', 'josé@x', '7'],
      ])
      expect(await after.rows('SELECT id, author, editor FROM posts ORDER BY id')).toEqual([
        ['1', '2', '3'],
        ['2', '2', '2'],
        ['3', '3', null],
        ['4', '4', '8'],
        ['5', null, '3'],
      ])
      expect(await after.rows('SELECT id, survivor, value FROM duplicates ORDER BY id')).toEqual([
        ['1', '2', 'ann@x'],
        ['6', '3', 'bob@x'],
      ])
    })

    test('new ids of merged rows are those of the rows that stay', async () => {
      const before = await source(`
        CREATE TABLE users (id :int NOT NULL PRIMARY KEY, email :key, friend :int);
        INSERT INTO users VALUES (1, 'Ann@x', NULL), (2, 'ann@x', 1), (3, 'bob@x', 2);
        CREATE TABLE posts (id :int NOT NULL PRIMARY KEY, author :int);
        INSERT INTO posts VALUES (1, 1), (2, 2), (3, 3), (4, NULL)`)
      const after = await target(`
        CREATE TABLE users (id :uuid NOT NULL PRIMARY KEY, email :key, friend_id :uuid, FOREIGN KEY (friend_id) REFERENCES users (id));
        CREATE TABLE posts (id :uuid NOT NULL PRIMARY KEY, author_id :uuid, FOREIGN KEY (author_id) REFERENCES users (id))`)
      await carriedOver(
        before,
        after,
        {
          tables: {
            posts: { columns: { id: { id: 'posts' }, author_id: { id: 'users', of: 'author' } } },
            users: {
              columns: { id: { id: 'users' }, friend_id: { id: 'users', of: 'friend' } },
              merge_duplicates: { by: 'lower(email)', survivor: 'id DESC' },
            },
          },
        },
        { users: [3, 2, 0, 1], posts: [4, 4, 0, 0] },
      )
      const [two, three] = [uuid5('users:2'), uuid5('users:3')]
      expect(await after.rows('SELECT id, email, friend_id FROM users ORDER BY email')).toEqual([
        [two, 'ann@x', two],
        [three, 'bob@x', two],
      ])
      const author = new Map(
        (await after.rows('SELECT id, author_id FROM posts')) as [string, string | null][],
      )
      expect([1, 2, 3, 4].map(id => author.get(uuid5(`posts:${id}`)))).toEqual([two, two, three, null])
    })

    test('lists are split and joined', async () => {
      const long = Array.from({ length: 400 }, (_, item) => `item ${item}`)
      const before = await source(
        `
        CREATE TABLE notes (id :int NOT NULL PRIMARY KEY, tags :text, words :json);
        INSERT INTO notes VALUES (1, ' a, b c ,,"d"', '["x", "é \\"q\\"", "z"]'), (2, '', '[]'), (3, NULL, NULL), (4, ' , ', '["one"]'),
          (5, '${long.join(',')}', '${JSON.stringify(long)}')`,
      )
      const after = await target(`CREATE TABLE notes (id :int NOT NULL PRIMARY KEY, tags :json, words :text)`)
      await carriedOver(
        before,
        after,
        {
          tables: {
            notes: { columns: { tags: { split: 'tags', at: ',' }, words: { join: 'words', with: '; ' } } },
          },
        },
        { notes: [5, 5, 0, 0] },
      )
      const rows = await after.rows('SELECT id, tags, words FROM notes ORDER BY id')
      expect(rows.map(([id, tags, joined]) => [id, tags && JSON.parse(tags), joined])).toEqual([
        ['1', ['a', 'b c', '"d"'], 'x; é "q"; z'],
        ['2', null, null],
        ['3', null, null],
        ['4', null, 'one'],
        ['5', long, long.join('; ')],
      ])
    })

    test('one source in several targets, each with a part of its columns', async () => {
      const before = await source(`
        CREATE TABLE users (id :int NOT NULL PRIMARY KEY, email :key NOT NULL, born :date);
        INSERT INTO users VALUES (1, 'a', '2000-01-01'), (2, 'b', NULL);
        CREATE TABLE posts (id :int NOT NULL PRIMARY KEY, user_id :int NOT NULL, FOREIGN KEY (user_id) REFERENCES users (id));
        INSERT INTO posts VALUES (1, 2), (2, 1)`)
      const after = await target(`
        CREATE TABLE accounts (id :uuid NOT NULL PRIMARY KEY, email :key NOT NULL);
        CREATE TABLE persons (id :uuid NOT NULL PRIMARY KEY, account_id :uuid NOT NULL, born :date, FOREIGN KEY (account_id) REFERENCES accounts (id));
        CREATE TABLE posts (id :int NOT NULL PRIMARY KEY, person_id :uuid NOT NULL, FOREIGN KEY (person_id) REFERENCES persons (id))`)
      await carriedOver(
        before,
        after,
        {
          tables: {
            posts: { columns: { person_id: { id: 'persons', of: 'user_id' } } },
            persons: {
              from: 'users',
              columns: { id: { id: 'persons' }, account_id: { id: 'accounts', of: 'id' } },
            },
            accounts: { from: 'users', columns: { id: { id: 'accounts' } } },
          },
        },
        { accounts: [2, 2, 0, 0], persons: [2, 2, 0, 0], posts: [2, 2, 0, 0] },
      )
      expect(await after.rows('SELECT id, person_id FROM posts ORDER BY id')).toEqual([
        ['1', uuid5('persons:2')],
        ['2', uuid5('persons:1')],
      ])
      const accounts = (await after.rows('SELECT account_id FROM persons')).flat().sort()
      expect(accounts).toEqual([uuid5('accounts:1'), uuid5('accounts:2')].sort())
    })

    test('tables that migrate creates have the types and keys of what they are made of', async () => {
      const before = await source(`
        CREATE TABLE users (id :int NOT NULL PRIMARY KEY, email :key NOT NULL UNIQUE, boss :int, FOREIGN KEY (boss) REFERENCES users (id));
        INSERT INTO users VALUES (1, 'a', 2), (2, 'b', NULL);
        CREATE TABLE groups_ (year :int NOT NULL, code :key NOT NULL, PRIMARY KEY (year, code));
        INSERT INTO groups_ VALUES (2024, 'x'), (2025, 'x');
        CREATE TABLE seats (id :int NOT NULL PRIMARY KEY, user_id :int NOT NULL, g_year :int, g_code :key, tags :text,
          FOREIGN KEY (user_id) REFERENCES users (id), FOREIGN KEY (g_year, g_code) REFERENCES groups_ (year, code));
        INSERT INTO seats VALUES (1, 2, 2025, 'x', 'a,b'), (2, 1, NULL, NULL, NULL)`)
      const after = await target()
      await carriedOver(
        before,
        after,
        {
          tables: {
            seats: {
              columns: {
                user_id: { id: 'users', of: 'user_id' },
                team_id: { id: 'teams', of: ['g_year', 'g_code'] },
                tags: { split: 'tags', at: ',' },
              },
            },
            users: { columns: { id: { id: 'users' }, boss: { id: 'users', of: 'boss' } } },
            teams: { from: 'groups_', columns: { id: { id: 'teams' }, year: 'year', code: 'code' } },
            kinds: {
              rows: [{ code: 'A', place: 1 }],
              columns: {
                code: { from: 'code', type: 'varchar(10)' },
                place: { from: 'place', type: 'integer' },
              },
              key: ['code'],
            },
            payments: {
              sql: 'SELECT id, user_id FROM seats',
              columns: { id: { id: 'payments', of: 'id' }, user_id: { id: 'users', of: 'user_id' } },
            },
          },
        },
        {
          users: [2, 2, 0, 0],
          teams: [2, 2, 0, 0],
          seats: [2, 2, 0, 0],
          kinds: [1, 1, 0, 0],
          payments: [2, 2, 0, 0],
        },
        { createSchema: true },
      )
      expect(await after.rows('SELECT id, user_id, team_id FROM seats ORDER BY id')).toEqual([
        ['1', uuid5('users:2'), uuid5('teams:2025:x')],
        ['2', uuid5('users:1'), null],
      ])
      expect(await after.rows(`SELECT boss FROM users WHERE email = 'a'`)).toEqual([[uuid5('users:2')]])
      if (to !== 'postgres') return
      const keys = await after.rows(
        `SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype IN ('p', 'f', 'u') AND connamespace = 'public'::regnamespace ORDER BY 1, 2`,
      )
      expect(keys).toEqual([
        ['kinds', 'PRIMARY KEY (code)'],
        ['payments', 'PRIMARY KEY (id)'],
        ['seats', 'FOREIGN KEY (user_id) REFERENCES users(id)'],
        ['seats', 'PRIMARY KEY (id)'],
        ['teams', 'PRIMARY KEY (id)'],
        ['teams', 'UNIQUE (year, code)'],
        ['users', 'FOREIGN KEY (boss) REFERENCES users(id)'],
        ['users', 'PRIMARY KEY (id)'],
        ['users', 'UNIQUE (email)'],
      ])
      const types = await after.rows(
        `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'public' AND table_name IN ('seats', 'users') ORDER BY 1, ordinal_position`,
      )
      expect(types.map(row => row.join(' '))).toEqual(
        expect.arrayContaining([
          'seats user_id uuid NO',
          'seats team_id uuid YES',
          'users id uuid NO',
          'users boss uuid YES',
        ]),
      )
    })
  })
}

test('a column that refers to a merged table by another key than the one it is merged by stays', async () => {
  const before = await probe(
    'postgres',
    `CREATE TABLE users (id integer PRIMARY KEY, badge integer NOT NULL UNIQUE, email text);
     INSERT INTO users VALUES (1, 2, 'a'), (2, 7, 'A'), (3, 1, 'c');
     CREATE TABLE doors (id integer PRIMARY KEY, badge integer REFERENCES users (badge), opener integer REFERENCES users (id));
     INSERT INTO doors VALUES (1, 2, 2), (2, 1, 3)`,
  )
  const after = await probe(
    'postgres',
    `CREATE TABLE users (id integer PRIMARY KEY, badge integer NOT NULL UNIQUE, email text);
     CREATE TABLE doors (id integer PRIMARY KEY, badge integer REFERENCES users (badge), opener integer REFERENCES users (id))`,
  )
  await carriedOver(
    before,
    after,
    { tables: { users: { merge_duplicates: { by: 'lower(email)' } }, doors: {} } },
    { users: [3, 2, 0, 1], doors: [2, 2, 0, 0] },
  )
  expect(await after.rows('SELECT id, badge, opener FROM doors ORDER BY id')).toEqual([
    ['1', '2', '1'],
    ['2', '1', '3'],
  ])
})

test('rows are looked up by a column that refers to another table', async () => {
  const before = await probe(
    'sqlite',
    `CREATE TABLE towns (id integer PRIMARY KEY, name text); INSERT INTO towns VALUES (5, 'Baku'), (6, 'Gəncə');
     CREATE TABLE offices (id integer PRIMARY KEY, town_id integer UNIQUE, name text COLLATE NOCASE); INSERT INTO offices VALUES (8, 6, 'x'), (9, 5, 'X');
     CREATE TABLE staff (id integer PRIMARY KEY, town integer, kind text COLLATE NOCASE); INSERT INTO staff VALUES (1, 5, 's'), (2, 6, 'S'), (3, NULL, 's')`,
  )
  const after = await probe(
    'postgres',
    `CREATE TABLE towns (id integer PRIMARY KEY, name text); CREATE TABLE offices (id integer PRIMARY KEY, town_id integer, name text);
     CREATE TABLE staff (id integer PRIMARY KEY, office_id integer, kind text)`,
  )
  await carriedOver(
    before,
    after,
    {
      tables: {
        towns: {},
        offices: {
          columns: { town_id: { references: 'towns' } },
          merge_duplicates: { by: 'name' },
        },
        staff: {
          columns: {
            office_id: { lookup: 'offices', by: { town_id: 'town' } },
            kind: { values: { s: 'small', S: 'LARGE' } },
          },
        },
      },
    },
    { towns: [2, 2, 0, 0], offices: [2, 2, 0, 0], staff: [3, 3, 0, 0] },
  )
  expect(await after.rows('SELECT id, office_id, kind FROM staff ORDER BY id')).toEqual([
    ['1', '9', 'small'],
    ['2', '8', 'LARGE'],
    ['3', null, 'small'],
  ])
})
