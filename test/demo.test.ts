import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { damages } from '../src/demo/damage.ts'
import { demo } from '../src/demo/demo.ts'
import { postgresDatabase, temporaryFolder } from './databases.ts'

test('the demo ends with GO, and after its accidents with NO-GO that names each of them', async () => {
  const { url } = await postgresDatabase()
  const folder = join(temporaryFolder(), 'demo')
  const { healthy, damaged } = await demo({ folder, targetUrl: url, say: () => {} })
  expect(healthy.gate.verdict).toBe('GO')
  expect(healthy.verify.tables.reduce((sum, table) => sum + table.matched, 0)).toBe(99_270)
  expect(healthy.migrate!.tables.every(({ quarantined }) => quarantined === 0)).toBe(true)
  expect(damaged.gate.verdict).toBe('NO-GO')
  for (const { report } of [healthy, damaged]) expect(existsSync(report)).toBe(true)
  const named = damaged.verify.differences.map(({ table, key }) => `${table} ${Object.values(key).join()}`)
  const expected = damages.filter(({ key }) => key !== '').map(({ table, key }) => `${table} ${key}`)
  expect(named.sort()).toEqual(expected.sort())
  const failing = damaged.verify.checks
    .filter(({ status }) => status === 'fail')
    .map(({ check, table }) => `${check} ${table}`)
  expect(failing).toEqual(expect.arrayContaining(['sequence users', 'orphans certificates']))
})
