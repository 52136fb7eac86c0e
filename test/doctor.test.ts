import { expect, test } from 'vitest'
import { doctor } from '../src/plan/doctor.ts'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'

const warnings = async (source: string, target: string, tables: object) => {
  const { url } = await postgresDatabase(target)
  const { findings } = await doctor(cutover(sqliteDatabase(source), url, { tables }).plan)
  return findings
    .filter(({ level }) => level === 'warning')
    .map(({ subject, message }) => `${subject} ${message}`)
}

test('a type the plan names for a column that is there with another is said to count for nothing', async () => {
  const found = await warnings(
    'CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(9), b TEXT, c INTEGER)',
    'CREATE TABLE t (id bigint PRIMARY KEY, a varchar(9), b text, c integer)',
    {
      t: {
        columns: {
          a: { type: 'character varying(9)' },
          b: { type: 'varchar(20)' },
          c: { type: 'int4' },
        },
      },
    },
  )
  expect(found).toEqual(['t.b is text already: `type: varchar(20)` counts where migrate creates the table'])
})

test('a foreign key the target has lost is named, though another of as many columns leads to the same table', async () => {
  const found = await warnings(
    `CREATE TABLE p (id INTEGER PRIMARY KEY);
     CREATE TABLE t (id INTEGER PRIMARY KEY, made_by INTEGER REFERENCES p (id), read_by INTEGER REFERENCES p (id))`,
    `CREATE TABLE p (id bigint PRIMARY KEY);
     CREATE TABLE t (id bigint PRIMARY KEY, author bigint REFERENCES p (id), read_by bigint)`,
    { p: {}, t: { columns: { author: { from: 'made_by' } } } },
  )
  expect(found).toEqual(['t.read_by the source declares a foreign key to "p", the target does not'])
})
