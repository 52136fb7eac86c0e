import { expect, test } from 'vitest'
import { cutover } from './cutover.ts'
import { postgresDatabase, sqliteDatabase } from './databases.ts'

test('ids are made of several columns also where the engine knows no rows as values', async () => {
  const source = sqliteDatabase(`
    CREATE TABLE enrollment (user_id INTEGER, course TEXT, PRIMARY KEY (user_id, course));
    INSERT INTO enrollment VALUES (17, 'a:b\\c'), (18, 'x')`)
  const target = await postgresDatabase()
  const { migrate, verify } = cutover(source, target.url, {
    namespace: '5f0c2f6e-3b1d-4a56-9c0e-0d6f5e8f7a11',
    tables: {
      enrollments: {
        from: 'enrollment',
        columns: { id: { id: 'enrollments' }, user_id: 'user_id', course: 'course' },
      },
    },
  })
  expect((await migrate({ createSchema: true })).status).toBe('finished')
  expect((await verify()).verdict).toBe('match')
  const { rows } = await target.client.query('SELECT id FROM enrollments WHERE user_id = 17')
  // uuid5 of Python makes the same of `enrollments:17:a\\:b\\\\c`.
  expect(rows).toEqual([{ id: '473d83bb-a211-5839-b705-93c4d4564f7b' }])
})
