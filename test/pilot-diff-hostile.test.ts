import { expect, test } from 'vitest'
import { answer, compare, json, rules, told } from './pilot-answer.ts'

const hostile = (primary: string, shadow: string, type = 'application/json') =>
  compare(answer(primary, { 'content-type': type }), answer(shadow, { 'content-type': type }))

test.each<[string, string, string, string?]>([
  [
    'texts made to be searched for ever',
    JSON.stringify('é'.repeat(9000)),
    JSON.stringify(`${'?é'.repeat(90)}x`),
  ],
  ['numbers of a million digits', '9'.repeat(1_000_000), `${'9'.repeat(999_999)}8`],
  ['exponents of a million digits', `1e${'9'.repeat(1_000_000)}`, `1e${'9'.repeat(999_999)}8`],
  ['a million duplicates', `{${'"a":1,'.repeat(100_000)}"a":2}`, `{${'"a":1,'.repeat(100_000)}"a":3}`],
  ['strings that never end', `{"a":"${'\\\\'.repeat(100_000)}`, `{"a":"${'\\\\'.repeat(100_001)}`],
  [
    'arrays in arrays',
    `${'[['.repeat(240)}1${']]'.repeat(240)}`,
    `${'[['.repeat(240)}2${',3]]'.repeat(240)}`,
  ],
  ['tags that never end', '<'.repeat(100_000), '<a '.repeat(100_000), 'text/html'],
  ['tables that foster parents', '<table>'.repeat(400) + 'a'.repeat(9), '<table>'.repeat(400), 'text/html'],
  [
    'many elements as deep as they may be',
    `${'<div>'.repeat(400)}${'x<b>y</b>'.repeat(20_000)}`,
    `${'<div>'.repeat(400)}${'x<b>z</b>'.repeat(20_000)}`,
    'text/html',
  ],
  ['many lines', '\n'.repeat(1_000_000), '\r'.repeat(999_999), 'text/plain'],
])('%s end as an outcome', (_, primary, shadow, type) => {
  const comparison = hostile(primary, shadow, type)
  expect(comparison.outcome).toMatch(/different|unscorable/)
  if (comparison.outcome === 'unscorable') expect(comparison.cause).not.toBe('judge failed')
})

test('paths that select everything under everything end as an outcome', () => {
  const deep = (inside: number) => json(JSON.parse(`${'{"a":['.repeat(200)}${inside}${']}'.repeat(200)}`))
  const comparison = compare(deep(1), deep(2), {
    rules: rules(
      { kind: 'unordered', path: '$..*..*' },
      { kind: 'ignore', path: '$..*[?@..b]' },
      { kind: 'null_is_absent', path: '$..*' },
    ),
  })
  expect(comparison.outcome).toMatch(/different|unscorable/)
  if (comparison.outcome === 'unscorable') expect(comparison.cause).not.toBe('judge failed')
})

test('keyed arrays without the key are as quick as others', () => {
  const elements = Array.from({ length: 40_000 }, (_, at) => ({ at }))
  const started = performance.now()
  const comparison = compare(json(elements), json([{ at: -1 }, ...elements.slice(1)]), {
    rules: rules({ kind: 'keyed', path: '$', by: 'id' }),
  })
  expect(told(comparison)).toEqual(['body $[*].at: different value'])
  // A tenth of a second; some 20 s where the list of those without a key was copied for each of them.
  expect(performance.now() - started).toBeLessThan(8000)
})

test('headers of every shape are read without harm', () => {
  const odd = {
    ...answer(''),
    headers: ['set-cookie', ';;;=;', 'vary', ' '.repeat(50_000), 'link', '<"'.repeat(5000), 'alone'],
  }
  expect(compare(odd, odd)).toMatchObject({ outcome: 'same' })
  expect(compare(odd, answer('')).outcome).toBe('different')
})
