import { expect, test } from 'vitest'
import { migrate } from '../src/index.ts'
import { cutover } from './cutover.ts'
import { sqliteDatabase } from './databases.ts'

test('a command that has run may be given more time; another command is refused, also where nothing is left to do', async () => {
  const [from, to] = [sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)'), sqliteDatabase()]
  const planWith = (phase: object) => cutover(from, to, { tables: { t: {} }, phases: { 1: phase } })
  const { plan, store } = planWith({ command: ['true'] })
  expect((await migrate(plan, store, { createSchema: true })).work[0]!.status).toBe('ran')
  const longer = planWith({ command: ['true'], time_limit: '2h' })
  expect((await migrate(longer.plan, store)).status).toBe('nothing to do')
  const other = planWith({ command: ['true', 'indeed'] })
  await expect(migrate(other.plan, store)).rejects.toMatchObject({ code: 'phase.done' })
})
