import { expect, test } from 'vitest'
import { doctor } from '../src/index.ts'
import { cutover } from './cutover.ts'
import { sqliteDatabase } from './databases.ts'

const errors = async (table: object) => {
  const source = sqliteDatabase('CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)')
  const { plan } = cutover(source, sqliteDatabase(), {
    tables: { users: { columns: { mail: { sql: 'lower(email)' } }, ...table } },
  })
  const { findings } = await doctor(plan)
  return findings.filter(({ level }) => level === 'error').map(({ message }) => message)
}

test('SQL that orders the rows that are one is refused once, and by its own name', async () => {
  expect(await errors({ merge_duplicates: { by: 'lower(email)', survivor: 'created DESC' } })).toEqual([
    'the source refuses merge_duplicates of table "users": no such column: created',
  ])
})

test('SQL that orders the rows of a union is refused once, and by its own name', async () => {
  expect(
    await errors({ union: [{ from: 'users' }], distinct_on: ['email'], prefer: 'created DESC' }),
  ).toContain('the source refuses prefer of table "users": no such column: created')
})
