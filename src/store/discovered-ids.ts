import type Database from 'better-sqlite3'

/** New ids by old keys, found by verify in tables whose new ids nobody can recompute. */
export const discoveredTables = `
  CREATE TABLE discoveries (
    id INTEGER PRIMARY KEY, pair TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (pair, name)
  );
  CREATE TABLE discovered_ids (
    discovery INTEGER NOT NULL REFERENCES discoveries (id) ON DELETE CASCADE, old_key TEXT NOT NULL, new_id TEXT NOT NULL,
    PRIMARY KEY (discovery, old_key)
  ) WITHOUT ROWID;`

/** What is found out about one table: first of all rows of the source, then of all of the target. */
export interface Discovery {
  /** @param natural the bytes a row is paired by */
  ofSource(natural: Buffer, oldKey: (string | null)[]): void
  ofTarget(natural: Buffer, newId: string | null): void
  /** Replaces what was known of the table by the rows that are alone on both sides with what they are paired by. */
  keep(): void
  end(): void
}

export interface DiscoveredIds {
  discoverIds(table: string): Discovery
  /** Whether a verify has looked for the ids of a table. */
  hasDiscovered(table: string): boolean
  newIdOf(table: string, oldKey: string[]): string | null
  /** Looks through all of the table's, which takes less than to keep them in the order of random ids at each verify. */
  oldKeyOf(table: string, newId: string): string[] | null
}

/** Rows kept here before they are written. */
const BATCH = 5000

export function discoveredIds(database: Database.Database, pair: string): DiscoveredIds {
  const lookUp = (sql: string, ...values: string[]) =>
    database
      .prepare(sql)
      .pluck()
      .get(pair, ...values) as string | undefined
  const found =
    'FROM discovered_ids d JOIN discoveries t ON t.id = d.discovery WHERE t.pair = ? AND t.name = ?'
  return {
    discoverIds: table => discovery(database, pair, table),
    hasDiscovered: table =>
      lookUp('SELECT 1 FROM discoveries WHERE pair = ? AND name = ?', table) !== undefined,
    newIdOf: (table, oldKey) =>
      lookUp(`SELECT d.new_id ${found} AND d.old_key = ?`, table, JSON.stringify(oldKey)) ?? null,
    oldKeyOf(table, newId) {
      const key = lookUp(`SELECT d.old_key ${found} AND d.new_id = ?`, table, newId)
      return key === undefined ? null : JSON.parse(key)
    },
  }
}

function discovery(database: Database.Database, pair: string, table: string): Discovery {
  // Millions of rows are not to be held in memory; they come in no order, though, and what is at hand saves a look into the file.
  database.pragma('temp_store = FILE')
  database.pragma('temp.cache_size = -32768')
  database.pragma('cache_size = -32768')
  database.exec(`
    DROP TABLE IF EXISTS temp.natural_keys;
    CREATE TEMP TABLE natural_keys (
      natural BLOB PRIMARY KEY, old_key TEXT, new_id TEXT, of_source INTEGER NOT NULL DEFAULT 1, of_target INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID`)
  const insert = database.prepare(
    'INSERT INTO temp.natural_keys (natural, old_key) VALUES (?, ?) ON CONFLICT DO UPDATE SET of_source = of_source + 1',
  )
  const update = database.prepare(
    'UPDATE temp.natural_keys SET new_id = ?, of_target = of_target + 1 WHERE natural = ?',
  )
  let pending: (() => void)[] = []
  const flush = database.transaction(() => {
    for (const write of pending) write()
    pending = []
  })
  const later = (write: () => void) => {
    if (pending.push(write) >= BATCH) flush()
  }
  const keep = database.transaction(() => {
    database
      .prepare(
        'DELETE FROM discovered_ids WHERE discovery IN (SELECT id FROM discoveries WHERE pair = ? AND name = ?)',
      )
      .run(pair, table)
    database.prepare('INSERT OR IGNORE INTO discoveries (pair, name) VALUES (?, ?)').run(pair, table)
    database
      .prepare(
        `INSERT OR IGNORE INTO discovered_ids SELECT (SELECT id FROM discoveries WHERE pair = ? AND name = ?), old_key, new_id
         FROM temp.natural_keys WHERE of_source = 1 AND of_target = 1 AND new_id IS NOT NULL ORDER BY old_key`,
      )
      .run(pair, table)
  })
  return {
    ofSource(natural, oldKey) {
      const key = Buffer.from(natural)
      later(() => void insert.run(key, JSON.stringify(oldKey)))
    },
    ofTarget(natural, newId) {
      const key = Buffer.from(natural)
      later(() => void update.run(newId, key))
    },
    keep() {
      flush()
      keep.immediate()
    },
    end: () => void database.exec('DROP TABLE IF EXISTS temp.natural_keys'),
  }
}
