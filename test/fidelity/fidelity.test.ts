import { afterAll, describe, expect, test } from 'vitest'
import type { EngineName } from '../../src/model/catalog.ts'
import { isThere } from './database.ts'
import type { Figures, Judged } from './judge.ts'
import { createdPairs, declaredPairs } from './matrix.ts'
import { movedText } from './neighbours.ts'
import { roundedValues } from './rounded.ts'

/**
 * Every type of every engine that can be put into one of another, with the values that have tripped others over: each
 * arrives as it is or is refused, verify finds no difference then, and finds every single value that is changed afterwards.
 */
const engines: EngineName[] = ['sqlite', 'postgres', 'mysql']
const pairs = engines.flatMap(from => engines.map(to => [from, to] as const))

const counted = new Set<string>()
let hashed = 0
const total: Figures = {
  columns: 0,
  values: 0,
  refused: 0,
  falseDifferences: 0,
  mutations: 0,
  killed: 0,
  spellings: 0,
}

function count(pair: string, { figures, failures }: Judged): void {
  counted.add(pair)
  for (const key of Object.keys(total) as (keyof Figures)[]) total[key] += figures[key]
  if (failures.length > 0) throw new Error(`${failures.length} failures\n${failures.join('\n')}`)
  expect(figures.killed).toBe(figures.mutations)
  expect(figures.mutations).toBeGreaterThan(1000)
}

for (const [from, to] of pairs) {
  const pair = `${from} → ${to}`
  describe.skipIf(!isThere(from) || !isThere(to))(pair, { timeout: 300_000 }, () => {
    test('every value arrives as it is or is refused, and every change of one is found', async () => {
      const judged = await declaredPairs(from, to)
      count(pair, judged)
      hashed += judged.hashed ?? 0
      if (judged.hashed !== undefined) expect(judged.hashed).toBeGreaterThan(100)
    })

    test('the same in tables that migrate creates', async () => {
      count(pair, await createdPairs(from, to))
    })

    test.skipIf(to === 'sqlite')(
      'values the plan lets be rounded are rounded as the target rounds',
      async () => {
        const { rounded, failures } = await roundedValues(from, to)
        expect(failures).toEqual([])
        expect(rounded).toBeGreaterThan(50)
      },
    )

    test('text that moves from one column to the next is found', async () => {
      expect(await movedText(from, to)).toEqual([])
    })
  })
}

afterAll(() => {
  const said = Object.fromEntries(
    Object.entries(total).map(([key, value]) => [key, value.toLocaleString('en')]),
  )
  const rate = Math.floor((total.killed / Math.max(total.mutations, 1)) * 1000) / 10
  console.log(
    [
      `fidelity: ${counted.size} pairs, ${said.columns} column pairs, ${said.values} values: ${said.falseDifferences} false differences`,
      `${said.mutations} mutations: ${said.killed} killed (${rate} %)`,
      `${said.refused} more values refused as they must be`,
      `${said.spellings} values written in another way taken as the same`,
      `${hashed} columns compared by hashes of the databases as well`,
    ].join('; '),
  )
})
