import { expect, test } from 'vitest'
import { cutover } from './cutover.ts'
import { sqliteDatabase } from './databases.ts'

test('a union follows rows merged in another union, wherever that stands in the plan', async () => {
  const source = sqliteDatabase(`
    CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT);
    INSERT INTO person VALUES (1, 'ann@x.az'), (2, 'ANN@x.az'), (3, 'bob@x.az');
    CREATE TABLE seat (person INTEGER, course INTEGER);
    INSERT INTO seat VALUES (1, 7), (2, 7), (3, 7)`)
  const target = sqliteDatabase(`
    CREATE TABLE people (id TEXT PRIMARY KEY, email TEXT);
    CREATE TABLE seats (person INTEGER, course INTEGER, PRIMARY KEY (person, course))`)
  const seats = {
    union: [{ from: 'seat', columns: { person: { references: 'people' }, course: 'course' } }],
    distinct_on: ['person', 'course'],
  }
  const people = {
    union: [{ from: 'person' }],
    merge_duplicates: { by: 'lower(email)', survivor: 'id' },
    columns: { id: { id: 'people', of: 'id' } },
  }
  for (const tables of [
    { seats, people },
    { people, seats },
  ]) {
    const { migrate, verify } = cutover(source, target, {
      namespace: '5f0c2f6e-3b1d-4a56-9c0e-0d6f5e8f7a11',
      tables,
    })
    const result = await migrate({ existingRows: 'truncate' })
    expect(result.tables.find(({ table }) => table === 'seats')).toMatchObject({ read: 3, written: 2 })
    expect((await verify()).differences).toEqual([])
  }
})
