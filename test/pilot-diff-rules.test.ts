import { expect, test } from 'vitest'
import type { Rule } from '../src/plan/pilot.ts'
import { answer, compare, json, rules, told } from './pilot-answer.ts'

type Excuse = Rule['excuse']
const MS = { precisionMs: 1, withinMs: 0 }

const held = (primary: unknown, shadow: unknown, ...excuses: Excuse[]) => {
  const comparison = compare(json(primary), json(shadow), { rules: rules(...excuses) })
  const excusedBy = comparison.outcome === 'unscorable' ? [] : comparison.excusedBy
  return { told: told(comparison), excusedBy }
}
const clean = (...excusedBy: number[]) => ({ told: [], excusedBy })

test('a rule counts only where something would differ without it', () => {
  const ignore: Excuse = { kind: 'ignore', path: '$..updatedAt' }
  expect(held({ updatedAt: 1 }, { updatedAt: 1 }, ignore)).toEqual(clean())
  expect(held({ updatedAt: 1 }, { updatedAt: 2 }, ignore)).toEqual(clean(1))
  expect(held({ updatedAt: 1, a: 1 }, { updatedAt: 1, a: 2 }, ignore)).toEqual({
    told: ['body $.a: different value'],
    excusedBy: [],
  })
  expect(held({ updatedAt: 1 }, {}, ignore)).toEqual(clean(1))
  expect(held({}, { updatedAt: null }, ignore)).toEqual(clean(1))
})

test('of two rules that excuse the same, the one that is enough counts, and never none', () => {
  const at = { at: '2024-01-01T00:00:00Z' }
  const later = { at: '2024-01-01T00:00:01Z' }
  const within: Excuse = { kind: 'timestamps', path: '$.m.at', precisionMs: 1, withinMs: 1000 }
  expect(held({ m: at }, { m: later }, { kind: 'ignore', path: '$.m' }, within)).toEqual(clean(2))
  expect(held({ m: at }, { m: { ...later, x: 1 } }, { kind: 'ignore', path: '$.m' }, within)).toEqual(
    clean(1),
  )
  expect(held(at, later, { kind: 'ignore', path: '$.at' }, { kind: 'ignore', path: '$..at' })).toEqual(
    clean(1),
  )
})

test('ignored elements of arrays count neither by place nor by number', () => {
  const ads: Excuse = { kind: 'ignore', path: '$[?@.ad == true]' }
  const [x, y, ad] = [{ id: 1 }, { id: 2 }, { ad: true, n: 1 }]
  expect(held([x, ad, y], [x, y], ads)).toEqual(clean(1))
  expect(held([x, ad, y], [ad, x, y], ads)).toEqual(clean(1))
  expect(held([x, ad, y], [x, { ad: true, n: 2 }, y], ads)).toEqual(clean(1))
  expect(held([x, ad, y], [y, x], ads).told).toEqual(['body $: array order'])
})

test('unordered arrays are compared as multisets', () => {
  const unordered: Excuse = { kind: 'unordered', path: '$.tags' }
  expect(held({ tags: [1, 2, 2] }, { tags: [2, 1, 2] }, unordered)).toEqual(clean(1))
  expect(held({ tags: [1, 2] }, { tags: [1, 2] }, unordered)).toEqual(clean())
  expect(held({ tags: [1, 2, 2] }, { tags: [2, 1, 1] }, unordered).told).not.toEqual([])
  expect(held({ tags: [1, 2] }, { tags: [2, 1, 3] }, unordered)).toEqual({
    told: ['body $.tags[*]: extra'],
    excusedBy: [1],
  })
  expect(held({ tags: [1, 2], other: [1, 2] }, { tags: [2, 1], other: [2, 1] }, unordered)).toEqual({
    told: ['body $.other: array order'],
    excusedBy: [1],
  })
})

test('an element of an unordered array that differs in one member is told by that member', () => {
  const items = [1, 2, 3].map(id => ({ id, price: id * 1.005, name: `n${id}` }))
  const shadow = items.toReversed().map(item => (item.id === 2 ? { ...item, price: 2.0 } : item))
  expect(held(items, shadow, { kind: 'unordered', path: '$' }).told).toEqual([
    'body $[*].price: rounded differently',
  ])
})

test('tolerances within unordered arrays find partners for as many elements as can be', () => {
  const excuses: Excuse[] = [
    { kind: 'unordered', path: '$' },
    { kind: 'tolerance', path: '$[*]', absolute: 0.06, relative: null },
  ]
  expect(held([1.0, 1.05], [1.05, 1.1], ...excuses).told).toEqual([])
  expect(held([1.05, 1.0], [1.05, 1.1], ...excuses)).toEqual(clean(1, 2))
  expect(held([1.0, 1.05], [1.12, 1.05], ...excuses).told).toHaveLength(1)
})

test('keyed arrays are compared by key, and keys missing, extra or repeated are told', () => {
  const keyed: Excuse = { kind: 'keyed', path: '$.items', by: 'id' }
  const items = (...ids: (number | string)[]) => ({ items: ids.map(id => ({ id, n: `n${id}` })) })
  expect(held(items(1, 2, 3), items(3, 1, 2), keyed)).toEqual(clean(1))
  expect(held(items(1, 2), items(1, 2), keyed)).toEqual(clean())
  expect(held(items(1, 2, 3), items(3, 1), keyed).told).toEqual(['body $.items[*]: absent'])
  expect(held(items(1, 2), items(1, 4, 2), keyed).told).toEqual(['body $.items[*]: extra'])
  expect(held(items(1, 2), items(1, 2, 2), keyed).told).toEqual([
    'body $.items: duplicate keys',
    'body $.items[*]: extra',
  ])
  expect(held(items(1, 2), items('2', '1'), keyed).told).toEqual([
    'body $.items[*].id: number became string',
    'body $.items[*].id: number became string',
  ])
})

test('a tolerance is absolute, relative or either, and exact at its edge', () => {
  const tolerance = (absolute: number | null, relative: number | null): Excuse => ({
    kind: 'tolerance',
    path: '$..price',
    absolute,
    relative,
  })
  expect(held({ price: 10.3 }, { price: 10.31 }, tolerance(0.01, null))).toEqual(clean(1))
  expect(held({ price: 10.3 }, { price: 10.311 }, tolerance(0.01, null)).told).toHaveLength(1)
  expect(held({ price: 100 }, { price: 101 }, tolerance(null, 0.01))).toEqual(clean(1))
  expect(held({ price: -100 }, { price: -102 }, tolerance(null, 0.01)).told).toHaveLength(1)
  expect(held({ price: 0.001 }, { price: 0 }, tolerance(0.01, 0.0001))).toEqual(clean(1))
  expect(held({ price: 1 }, { price: '1' }, tolerance(1, null)).told).toHaveLength(1)
  expect(held({ price: '10.30' }, { price: '10.31' }, tolerance(0.01, null))).toEqual(clean(1))
  const large = compare(answer('{"price":12345678901234567890}'), answer('{"price":12345678901234567891}'), {
    rules: rules(tolerance(1, null)),
  })
  expect(large).toMatchObject({ outcome: 'same', excusedBy: [1] })
})

test('timestamps are the same moment in any form, cut to a precision, or within an amount', () => {
  const times = (precisionMs: number, withinMs: number): Excuse => ({
    kind: 'timestamps',
    path: '$.at',
    precisionMs,
    withinMs,
  })
  const iso = '2024-03-10T12:00:00.123Z'
  for (const form of [
    '2024-03-10T14:00:00.123+02:00',
    1710072000123,
    '1710072000123',
    '2024-03-10 12:00:00.123',
  ])
    expect(held({ at: iso }, { at: form }, times(1, 0))).toEqual(clean(1))
  expect(held({ at: iso }, { at: 'Sun, 10 Mar 2024 12:00:00 GMT' }, times(1, 0)).told).toHaveLength(1)
  expect(held({ at: iso }, { at: 'Sun, 10 Mar 2024 12:00:00 GMT' }, times(1000, 0))).toEqual(clean(1))
  expect(held({ at: iso }, { at: '2024-03-10' }, times(86_400_000, 0))).toEqual(clean(1))
  expect(held({ at: iso }, { at: '2024-03-10T12:00:05.123Z' }, times(1, 5000))).toEqual(clean(1))
  expect(held({ at: iso }, { at: '2024-03-10T12:00:05.124Z' }, times(1, 5000)).told).toHaveLength(1)
  expect(held({ at: iso }, { at: 'soon' }, times(86_400_000, 5000)).told).toHaveLength(1)
  expect(held({ at: iso }, { at: null }, times(86_400_000, 5000)).told).toHaveLength(1)
})

test('null is absent only for the members a path selects, on either side', () => {
  const rule: Excuse = { kind: 'null_is_absent', path: '$.a' }
  expect(held({ a: null }, {}, rule)).toEqual(clean(1))
  expect(held({}, { a: null }, rule)).toEqual(clean(1))
  expect(held({ a: null, b: null }, {}, rule)).toEqual({
    told: ['body $.b: null became absent'],
    excusedBy: [1],
  })
  expect(held({ a: null }, { a: 0 }, rule).told).toHaveLength(1)
})

test('renamed members are the same member, and their values are compared', () => {
  const rule: Excuse = { kind: 'rename', path: '$.users[*]', from: 'mail', to: 'email' }
  expect(held({ users: [{ mail: 'a' }] }, { users: [{ email: 'a' }] }, rule)).toEqual(clean(1))
  expect(held({ users: [{ mail: 'a' }] }, { users: [{ email: 'b' }] }, rule).told).toEqual([
    'body $.users[*].mail: different value',
  ])
  expect(held({ users: [{ email: 'a' }] }, { users: [{ mail: 'a' }] }, rule).told).toHaveLength(2)
  expect(held({ users: [{ mail: 'a' }] }, { users: [{ mail: 'a', email: 'a' }] }, rule).told).toEqual([
    'body $.users[*].email: extra',
  ])
})

test('names in snake and camel case are the same at a path and below, and at no other place', () => {
  const rule: Excuse = { kind: 'key_case', path: '$.user' }
  expect(
    held(
      { user: { first_name: 'a', home_address: { zip_code: 1, line_2: 'x' } } },
      { user: { firstName: 'a', homeAddress: { zipCode: 1, line2: 'x' } } },
      rule,
    ),
  ).toEqual(clean(1))
  expect(held({ user_id: 1 }, { userId: 1 }, rule).told).toEqual([
    'body $.user_id: absent',
    'body $.userId: extra',
  ])
  expect(held({ user: { userid: 1 } }, { user: { user_id: 1 } }, rule).told).toHaveLength(2)
  expect(held({ user: { a_b: 1, aB: 2 } }, { user: { aB: 2 } }, rule).told).toEqual([
    'body $.user.a_b: absent',
  ])
})

test('rules compose: renamed, in another case, rounded, ignored, within keyed and unordered arrays', () => {
  const primary = {
    orders: [
      { order_id: 1, unit_price: 1.005, seen_at: 'x', tags: ['a', 'b'], mail: 'm1', note: null },
      { order_id: 2, unit_price: 2.005, seen_at: 'y', tags: [], mail: 'm2' },
    ],
  }
  const shadow = {
    orders: [
      { orderId: 2, unitPrice: 2.01, seenAt: 'p', tags: [], email: 'm2' },
      { orderId: 1, unitPrice: 1.0, seenAt: 'q', tags: ['b', 'a'], email: 'm1' },
    ],
  }
  const others: Excuse[] = [
    { kind: 'key_case', path: '$' },
    { kind: 'tolerance', path: '$..unit_price', absolute: 0.005, relative: null },
    { kind: 'ignore', path: '$..seen_at' },
    { kind: 'unordered', path: '$..tags' },
    { kind: 'rename', path: '$.orders[*]', from: 'mail', to: 'email' },
    { kind: 'null_is_absent', path: '$..note' },
  ]
  const keyed: Excuse = { kind: 'keyed', path: '$.orders', by: 'order_id' }
  expect(held(primary, shadow, ...others, keyed)).toEqual(clean(1, 2, 3, 4, 5, 6, 7))
  expect(held(primary, shadow, ...others, { kind: 'unordered', path: '$.orders' })).toEqual(
    clean(1, 2, 3, 4, 5, 6, 7),
  )
  for (const left of others.keys())
    expect(held(primary, shadow, ...others.toSpliced(left, 1), keyed).told).not.toEqual([])
})

test('only rules of the route that have not expired are asked', () => {
  const [all, mine, other, old, today] = rules(
    { kind: 'ignore', path: '$.a' },
    { kind: 'ignore', path: '$.b' },
    { kind: 'ignore', path: '$.c' },
    { kind: 'ignore', path: '$.d' },
    { kind: 'ignore', path: '$.e' },
  ) as [Rule, Rule, Rule, Rule, Rule]
  mine.route = 'GET /mine'
  other.route = 'GET /other'
  old.expires = '2026-06-14'
  today.expires = '2026-06-15'
  const options = { rules: [all, mine, other, old, today], route: 'GET /mine' }
  const shadow = json({ a: 2, b: 2, c: 2, d: 2, e: 2 })
  const comparison = compare(json({ a: 1, b: 1, c: 1, d: 1, e: 1 }), shadow, options)
  expect(comparison).toMatchObject({ asked: [1, 2, 5], excusedBy: [1, 2, 5] })
  expect(told(comparison)).toEqual(['body $.c: different value', 'body $.d: different value'])
  expect(compare(shadow, shadow, { ...options, route: null })).toMatchObject({ asked: [1, 5], excusedBy: [] })
})

test('a status rule excuses one pair of statuses, and the bodies are compared all the same', () => {
  const options = { rules: rules({ kind: 'status', primary: 201, shadow: 200 }) }
  expect(compare(json({ a: 1 }, 201), json({ a: 1 }, 200), options)).toMatchObject({
    outcome: 'same',
    excusedBy: [1],
  })
  expect(told(compare(json({ a: 1 }, 201), json({ a: 2 }, 200), options))).toEqual([
    'body $.a: different value',
  ])
  expect(told(compare(json({}, 200), json({}, 201), options))).toEqual(['status: status'])
})

test('numbers no double holds are compared exactly within ignored, keyed and unordered parts', () => {
  const body = (...ids: string[]) => answer(`{"items":[${ids.map(id => `{"id":${id}}`).join()}]}`)
  const [a, b, c] = ['12345678901234567890', '12345678901234567891', '12345678901234567892']
  const keyed = { rules: rules({ kind: 'keyed', path: '$.items', by: 'id' }) }
  const unordered = { rules: rules({ kind: 'unordered', path: '$.items' }) }
  expect(compare(body(a, b), body(b, a), keyed)).toMatchObject({ outcome: 'same', excusedBy: [1] })
  expect(compare(body(a, b), body(b, a), unordered)).toMatchObject({ outcome: 'same', excusedBy: [1] })
  expect(told(compare(body(a, b), body(b, c), keyed))).toEqual([
    'body $.items[*]: absent',
    'body $.items[*]: extra',
  ])
  expect(compare(body(a, b), body(c, a), unordered)).toMatchObject({ outcome: 'different' })
})

test('a rule over a path that selects nothing, or no value it is for, changes nothing', () => {
  for (const excuse of [
    { kind: 'unordered', path: '$.a' },
    { kind: 'keyed', path: '$.a', by: 'id' },
    { kind: 'rename', path: '$.a', from: 'x', to: 'y' },
    { kind: 'timestamps', path: '$.a', ...MS },
    { kind: 'tolerance', path: '$.missing', absolute: 9, relative: null },
    { kind: 'null_is_absent', path: '$.a' },
  ] satisfies Excuse[])
    expect(held({ a: 'x' }, { a: 'y' }, excuse)).toEqual({
      told: ['body $.a: different value'],
      excusedBy: [],
    })
})
