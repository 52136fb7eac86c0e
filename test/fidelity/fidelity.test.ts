import { afterAll, describe, expect, test } from 'vitest'
import type { EngineName } from '../../src/model/catalog.ts'
import { isThere } from './database.ts'
import { createdPairs, declaredPairs, type Figures } from './matrix.ts'

const engines: EngineName[] = ['sqlite', 'postgres', 'mysql']
const pairs = engines.flatMap(from => engines.map(to => [from, to] as const))

const total = { pairs: new Set<string>(), columns: 0, values: 0, refused: 0, falseDifferences: 0, mutations: 0, killed: 0, spellings: 0 }

function count(from: EngineName, to: EngineName, figures: Figures): void {
  total.pairs.add(`${from} ${to}`)
  for (const key of ['columns', 'values', 'refused', 'falseDifferences', 'mutations', 'killed', 'spellings'] as const)
    total[key] += figures[key]
  if (figures.failures.length > 0)
    throw new Error(`${figures.failures.length} failures\n${figures.failures.join('\n')}`)
  expect(figures.killed).toBe(figures.mutations)
  expect(figures.mutations).toBeGreaterThan(100)
}

for (const [from, to] of pairs) {
  describe.skipIf(!isThere(from) || !isThere(to))(`${from} → ${to}`, { timeout: 300_000 }, () => {
    test('every value arrives as it is or is refused, and every change of one is seen', async () => {
      count(from, to, await declaredPairs(from, to))
    })

    test('the same in tables that migrate creates', async () => {
      count(from, to, await createdPairs(from, to))
    })
  })
}

afterAll(() => {
  const number = (value: number) => value.toLocaleString('en')
  const rate = total.mutations === 0 ? 0 : Math.floor((total.killed / total.mutations) * 1000) / 10
  console.log(
    `fidelity: ${total.pairs.size} pairs, ${number(total.columns)} column pairs, ${number(total.values)} values: ${number(total.falseDifferences)} false differences; ` +
      `${number(total.mutations)} mutations: ${number(total.killed)} killed (${rate} %); ${number(total.refused)} values refused; ${number(total.spellings)} other spellings taken as the same`,
  )
})
