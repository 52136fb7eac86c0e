import { expect, test } from 'vitest'
import { cutover } from './cutover.ts'
import { sqliteDatabase } from './databases.ts'

const source = 'CREATE TABLE events (id INTEGER PRIMARY KEY); INSERT INTO events VALUES (1)'
const target = 'CREATE TABLE legacy_events (id INTEGER PRIMARY KEY)'

test('two tables of the plan that are one in the target are refused, also where it is there already', async () => {
  for (const existing of [target, '']) {
    const { migrate } = cutover(sqliteDatabase(source), sqliteDatabase(existing), {
      tables: { 'legacy.events': { from: 'events' }, legacy_events: { from: 'events' } },
    })
    await expect(migrate({ createSchema: true })).rejects.toThrow(
      'to the target, tables "legacy.events" and "legacy_events" have one name',
    )
  }
})

test('a table that is mapped and archived to one place is refused', async () => {
  const { migrate } = cutover(sqliteDatabase(source), sqliteDatabase(target), {
    tables: { 'legacy.events': { from: 'events' } },
    archive: ['events'],
  })
  await expect(migrate()).rejects.toThrow('the plan fills table "legacy.events" twice')
})

test('a table that is staged and archived is copied once', async () => {
  const { migrate } = cutover(sqliteDatabase(source), sqliteDatabase(), {
    tables: {},
    phases: { 0: { stage: { schema: 'legacy' } } },
    archive: ['events'],
  })
  expect((await migrate()).tables.map(({ table, written }) => [table, written])).toEqual([
    ['legacy.events', 1],
  ])
})
