import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Part of the file names: files of another generation are not used. */
const GENERATION = 1
const PARENTS = 1000

/** Nothing here keeps a row out; keys differ by letters at most, because equal ones migrate finds before it writes. */
const sourceTable = `CREATE TABLE orders (
  line INTEGER PRIMARY KEY, id TEXT, code VARCHAR(24), parent_id INTEGER, title VARCHAR(80), quantity INTEGER,
  points INTEGER, ordered DATE, paid_at DATETIME, status TEXT, price INTEGER, note TEXT, document TEXT
)`

const statuses = ['new', 'paid', 'sent', 'closed']
const labels = statuses.map(status => `'${status}'`).join(', ')

/** The same table on each engine, with every rule it can hold rows to; `parents` is filled with those there are. */
export const targetTables = {
  postgres: `
    CREATE TYPE order_status AS ENUM (${labels});
    CREATE TABLE parents (id bigint PRIMARY KEY);
    INSERT INTO parents SELECT generate_series(1, ${PARENTS});
    CREATE TABLE orders (
      line bigint NOT NULL, id uuid PRIMARY KEY, code varchar(16) NOT NULL, parent_id bigint REFERENCES parents,
      title varchar(40) NOT NULL, quantity smallint NOT NULL, points integer NOT NULL, ordered date NOT NULL,
      paid_at timestamp(3), status order_status NOT NULL, price integer NOT NULL CONSTRAINT positive CHECK (price > 0),
      note text, document jsonb
    );
    CREATE UNIQUE INDEX its_code ON orders (upper(code))`,
  mysql: `
    CREATE TABLE parents (id BIGINT PRIMARY KEY);
    INSERT INTO parents WITH RECURSIVE n AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM n WHERE id < ${PARENTS}) SELECT id FROM n;
    CREATE TABLE orders (
      line BIGINT NOT NULL, id CHAR(36) PRIMARY KEY, code VARCHAR(16) NOT NULL, parent_id BIGINT, title VARCHAR(40) NOT NULL,
      quantity SMALLINT NOT NULL, points INT NOT NULL, ordered DATE NOT NULL, paid_at DATETIME(3),
      status ENUM(${labels}) NOT NULL, price INT NOT NULL, note TEXT, document JSON, UNIQUE KEY its_code (code),
      CONSTRAINT positive CHECK (price > 0), CONSTRAINT its_parent FOREIGN KEY (parent_id) REFERENCES parents (id)
    ) DEFAULT CHARACTER SET utf8mb4`,
  // No foreign key is enforced there, so a trigger refuses in its place; lengths, ranges and labels are checks.
  sqlite: `
    CREATE TABLE parents (id INTEGER PRIMARY KEY);
    INSERT INTO parents WITH RECURSIVE n AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM n WHERE id < ${PARENTS}) SELECT id FROM n;
    CREATE TABLE orders (
      line INTEGER NOT NULL, id TEXT PRIMARY KEY COLLATE NOCASE, code VARCHAR(16) NOT NULL UNIQUE COLLATE NOCASE, parent_id INTEGER,
      title VARCHAR(40) NOT NULL CONSTRAINT short CHECK (length(title) <= 40),
      quantity SMALLINT NOT NULL CONSTRAINT small CHECK (quantity BETWEEN -32768 AND 32767), points INTEGER NOT NULL CONSTRAINT counted CHECK (typeof(points) = 'integer'),
      ordered DATE NOT NULL CONSTRAINT dated CHECK (date(ordered) IS ordered), paid_at DATETIME, status TEXT NOT NULL CONSTRAINT labelled CHECK (status IN (${labels})),
      price INTEGER NOT NULL CONSTRAINT positive CHECK (price > 0), note TEXT, document TEXT CONSTRAINT parsed CHECK (json_valid(document))
    );
    CREATE TRIGGER adopted BEFORE INSERT ON orders WHEN NOT EXISTS (SELECT 1 FROM parents WHERE id = NEW.parent_id)
      BEGIN SELECT RAISE(ABORT, 'no such parent'); END`,
}

/**
 * What can be wrong with a row: a value `bad` in one column; what it is made from is an earlier row. For each engine, the
 * column that quarantine names, and the reason.
 */
const common = [
  {
    kind: 'NULL in NOT NULL',
    column: 'title',
    bad: () => null,
    postgres: ['title', /^null value in column "title" .*violates not-null constraint/],
    mysql: ['title', /^Column 'title' cannot be null/],
    sqlite: ['title', /^NOT NULL constraint failed: orders\.title$/],
  },
  {
    kind: 'too long',
    column: 'title',
    bad: () => 'more than forty characters, which is all a title has room for',
    postgres: ['title', /^value too long for type character varying\(40\)$/],
    mysql: ['title', /^Data too long for column 'title'$/],
    sqlite: [null, /^CHECK constraint failed: short$/],
  },
  {
    kind: 'out of range',
    column: 'quantity',
    bad: () => 40_000,
    postgres: ['quantity', /^value "40000" is out of range for type smallint$/],
    mysql: ['quantity', /^Out of range value for column 'quantity'$/],
    sqlite: [null, /^CHECK constraint failed: small$/],
  },
  {
    kind: 'no number',
    column: 'points',
    bad: () => 'many',
    postgres: ['points', /^invalid input syntax for type integer: "many"/],
    mysql: ['points', /^no value of its type: "many"$/],
    sqlite: [null, /^CHECK constraint failed: counted$/],
  },
  {
    kind: 'no date',
    column: 'ordered',
    bad: () => '2024-02-31',
    postgres: ['ordered', /date.*"2024-02-31"/],
    mysql: ['ordered', /^Incorrect date value: '2024-02-31' for column/],
    sqlite: [null, /^CHECK constraint failed: dated$/],
  },
  {
    kind: 'no label',
    column: 'status',
    bad: () => 'lost',
    postgres: ['status', /^invalid input value for enum order_status: "lost"$/],
    mysql: ['status', /^no label: "lost"$/],
    sqlite: [null, /^CHECK constraint failed: labelled$/],
  },
  {
    kind: 'broken check',
    column: 'price',
    bad: () => -1,
    postgres: [null, /violates check constraint "positive"$/],
    mysql: [null, /\bpositive\b/],
    sqlite: [null, /^CHECK constraint failed: positive$/],
  },
  {
    kind: 'duplicate primary key',
    column: 'id',
    bad: earlier => idOf(earlier).toUpperCase(),
    postgres: [
      'id',
      /^duplicate key value violates unique constraint "orders_pkey"; Key \(id\)=\(.*\) already exists\.$/,
    ],
    mysql: ['id', /^Duplicate entry '.*' for key '(orders\.)?PRIMARY'$/],
    sqlite: ['id', /^UNIQUE constraint failed: orders\.id$/],
  },
  {
    kind: 'duplicate in a unique key',
    column: 'code',
    bad: earlier => codeOf(earlier).toUpperCase(),
    postgres: [
      'upper(code::text)',
      /^duplicate key value violates unique constraint "its_code"; Key \(upper\(code::text\)\)=\(.*\) already exists\.$/,
    ],
    mysql: ['code', /^Duplicate entry '.*' for key '(orders\.)?its_code'$/],
    sqlite: ['code', /^UNIQUE constraint failed: orders\.code$/],
  },
  {
    kind: 'no parent',
    column: 'parent_id',
    bad: () => PARENTS + 7,
    postgres: ['parent_id', /no row of "parents"|is not present in table "parents"/],
    mysql: ['parent_id', /foreign key constraint fails/],
    sqlite: [null, /^no such parent$/],
  },
]

const noUtf8 = {
  kind: 'no text',
  column: 'note',
  bad: () => Buffer.from('caf\xe9', 'latin1'),
  postgres: ['note', /^invalid byte sequence for encoding "UTF8"/],
  mysql: ['note', /^text that is no valid UTF-8$/],
}

/** SQLite takes any text. */
const noJson = {
  kind: 'no JSON',
  column: 'document',
  bad: () => '{"a": ',
  sqlite: [null, /^CHECK constraint failed: parsed$/],
}

/** What each engine can refuse. */
export const kindsOf = engine => [...common, engine === 'sqlite' ? noJson : noUtf8]

const idOf = line => `fedcba98-7654-7321-8fed-${(line * 7).toString(16).padStart(12, '0')}`
const codeOf = line => `c-${line.toString(36)}`

/** The rows that are bad, `{ line, kind }`, evenly among all; no earlier row that one repeats is bad itself. */
export function planted(rows, bad, engine) {
  const kinds = kindsOf(engine)
  return Array.from({ length: bad }, (_, index) => ({
    line: Math.floor(((index + 0.3 + ((index * 0.618) % 0.6)) * rows) / bad) + 1,
    kind: kinds[index % kinds.length],
  }))
}

const kept = join(tmpdir(), 'paritygate-bench')

/**
 * A SQLite file with so many rows of `orders`, all good, and a copy with bad ones among them. They stay in the folder for the
 * next run.
 */
export function ordersFiles(rows, bad, engine, { fresh = false, say = () => {}, folder = kept } = {}) {
  mkdirSync(folder, { recursive: true })
  const base = join(folder, `orders-${GENERATION}-${rows}`)
  const files = { clean: `${base}.db`, bad: `${base}-${bad}-${engine === 'sqlite' ? 'sqlite' : 'server'}.db` }
  make(files.clean, fresh, say, file => writeGood(rows, file))
  make(files.bad, fresh, say, file => {
    copyFileSync(files.clean, file)
    writeBad(planted(rows, bad, engine), file)
  })
  return files
}

/** Under its final name a file is whole, even where a run was ended while it was written. */
function make(file, fresh, say, write) {
  if (!fresh && existsSync(file)) return
  say(`making ${file}`)
  const partial = `${file}.${process.pid}`
  try {
    write(partial)
    renameSync(partial, file)
  } finally {
    rmSync(partial, { force: true })
  }
}

function writeGood(rows, file) {
  const database = new Database(file)
  database.pragma('journal_mode = OFF')
  database.pragma('synchronous = OFF')
  database.exec(sourceTable)
  const insert = database.prepare(`INSERT INTO orders VALUES (${Array(13).fill('?').join(', ')})`)
  const day = number => new Date(Date.UTC(2020, 0, 1 + (number % 2000))).toISOString().slice(0, 10)
  database.exec('BEGIN')
  for (let line = 1; line <= rows; line++) {
    insert.run(
      line,
      idOf(line),
      codeOf(line),
      1 + (line % PARENTS),
      `order ${line} of the day`,
      line % 30_000,
      line * 3,
      day(line),
      line % 4 === 0 ? null : Date.UTC(2020, 0, 1) + line * 60_000,
      statuses[line % 4],
      1 + (line % 500),
      line % 3 === 0 ? 'left at the door, as agreed with the neighbours' : null,
      line % 5 === 0 ? `{"gift": ${line % 2 === 0}}` : null,
    )
  }
  database.exec('COMMIT')
  database.close()
}

function writeBad(places, file) {
  const database = new Database(file)
  database.exec('BEGIN')
  const bad = new Set(places.map(({ line }) => line))
  for (const { line, kind } of places) {
    let earlier = Math.ceil(line / 2)
    while (bad.has(earlier)) earlier--
    const value = kind.bad(earlier)
    const place = Buffer.isBuffer(value) ? 'CAST(? AS TEXT)' : '?'
    database.prepare(`UPDATE orders SET ${kind.column} = ${place} WHERE line = ?`).run(value, line)
  }
  database.exec('COMMIT')
  database.close()
}
