import type { EngineName } from '../../src/model/catalog.ts'

export type Cell = string | number | null

export interface SourceTable {
  name: string
  rows: Cell[][]
}

/** A row that some targets refuse: for what it holds, or because it has no parent where foreign keys are enforced. */
interface BadRow {
  /** As the plan calls the table. */
  table: string
  id: number
  why: 'value' | 'parent'
}

export interface SourceData {
  tables: SourceTable[]
  /** `table id` of each row that is to be in quarantine in the end, sorted. */
  quarantined(target: EngineName): string[]
}

/** What is run before and after the tables of the source are filled, in SQLite and PostgreSQL alike. */
export function sourceSchema(engine: 'sqlite' | 'postgres'): { before: string; after: string } {
  // A table that is not there yet can be referred to in SQLite only, and rows whose parents come later be written there only.
  const circle = engine === 'sqlite' ? 'REFERENCES person (id)' : ''
  const before = `
    CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT);
    CREATE TABLE event (
      id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer (id), kind TEXT NOT NULL,
      amount NUMERIC(12,2), at TIMESTAMP NOT NULL, note TEXT
    );
    CREATE INDEX event_customer ON event (customer_id);
    CREATE INDEX event_at ON event (at);
    CREATE TABLE journal (line TEXT NOT NULL, weight INTEGER);
    CREATE TABLE dept (id INTEGER PRIMARY KEY, name TEXT NOT NULL, head_id INTEGER ${circle});
    CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, dept_id INTEGER NOT NULL REFERENCES dept (id));
    CREATE TABLE region (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE invoice (id INTEGER PRIMARY KEY, region_id INTEGER, number TEXT, amount INTEGER, due DATE);
    CREATE TABLE ticket (id INTEGER PRIMARY KEY, subject TEXT);
    CREATE TABLE team (id INTEGER PRIMARY KEY, captain_id INTEGER);
    CREATE TABLE player (id INTEGER PRIMARY KEY, team_id INTEGER);`
  const after = 'ALTER TABLE dept ADD FOREIGN KEY (head_id) REFERENCES person (id); ANALYZE'
  return { before, after: engine === 'sqlite' ? 'ANALYZE' : after }
}

/**
 * Rows with no two alike in how they can go wrong: a large table by an integer key, one without any key in which rows really
 * occur several times, two circles, and bad rows at the first key, at the last, and two in a row between them.
 *
 * @param rows of the large table; the others follow it
 */
export function sourceData(rows: number): SourceData {
  const customers = Math.ceil(rows / 20)
  // As many as it takes for PostgreSQL to be loaded without keys.
  const invoices = 20_100
  const tickets = Math.ceil(rows / 20)
  const people = Math.max(120, Math.ceil(rows / 30))
  const depts = 40
  const regions = 20
  const middle = invoices >> 1
  const bad: BadRow[] = [
    { table: 'invoices', id: 1, why: 'value' },
    { table: 'invoices', id: middle, why: 'value' },
    { table: 'invoices', id: middle + 1, why: 'value' },
    { table: 'invoices', id: middle + 7, why: 'parent' },
    { table: 'invoices', id: invoices, why: 'value' },
    { table: 'tickets', id: 10, why: 'value' },
    { table: 'players', id: 77, why: 'parent' },
    // Its captain is the player without a team.
    { table: 'teams', id: depts, why: 'parent' },
  ]
  const isBad = (table: string, id: number, why: BadRow['why']) =>
    bad.some(row => row.table === table && row.id === id && row.why === why)
  const day = (index: number) => new Date(Date.UTC(2020, 0, 1 + (index % 2000))).toISOString().slice(0, 10)
  const many = (count: number, row: (id: number) => Cell[]) =>
    Array.from({ length: count }, (_, index) => row(index + 1))
  const tables: SourceTable[] = [
    {
      name: 'customer',
      rows: many(customers, id => [id, `Customer ${id}`, id % 7 ? `c${id}@example.org` : null]),
    },
    {
      name: 'event',
      rows: many(rows, id => [
        // Keys with gaps: ranges of keys are no ranges of rows.
        id + (id > rows / 2 ? 100_000 : 0),
        1 + ((id * 31) % customers),
        id % 50 === 0 ? 'void' : id % 3 === 0 ? 'sale' : 'visit',
        `${(id * 7919) % 100_000}.${String(id % 100).padStart(2, '0')}`,
        `${day(id)} 0${id % 10}:15:00`,
        id % 11 === 0 ? null : `note ${id}\tof\\ "event" ${'é'.repeat(id % 5)}`,
      ]),
    },
    {
      name: 'journal',
      rows: many(Math.ceil(rows / 8), id => [`entry ${id % 1500}`, id % 3 ? id % 17 : null]),
    },
    { name: 'dept', rows: many(depts, id => [id, `Dept ${id}`, 1 + ((id * 3) % people)]) },
    { name: 'person', rows: many(people, id => [id, `Person ${id}`, 1 + (id % depts)]) },
    { name: 'region', rows: many(regions, id => [id, `Region ${id}`]) },
    {
      name: 'invoice',
      rows: many(invoices, id => [
        id,
        isBad('invoices', id, 'parent') ? 999 : 1 + (id % regions),
        `INV-${String(id).padStart(8, '0')}`,
        isBad('invoices', id, 'value') && id === 1 ? -1 : id % 5000,
        isBad('invoices', id, 'value') && id > 1 ? null : day(id),
      ]),
    },
    { name: 'ticket', rows: many(tickets, id => [id, isBad('tickets', id, 'value') ? '' : `Ticket ${id}`]) },
    { name: 'team', rows: many(depts, id => [id, id === depts ? 77 : id]) },
    {
      name: 'player',
      // Nobody plays for the team that will not be there.
      rows: many(people, id => [id, isBad('players', id, 'parent') ? 999 : 1 + (id % (depts - 1))]),
    },
  ]
  return {
    tables,
    quarantined: target =>
      bad
        .filter(({ why }) => why === 'value' || target !== 'sqlite')
        .map(({ table, id }) => `${table} ${id}`)
        .sort(),
  }
}
