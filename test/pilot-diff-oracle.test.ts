import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Rule } from '../src/plan/pilot.ts'
import { answer, compare, differences, rules } from './pilot-answer.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const RUNS = { numRuns: 300 }

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'user_id', 'createdAt', 'price', '__proto__', 'constructor', 'toString', ''),
  fc.string({ unit: 'binary', maxLength: 4 }),
)
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('2024-01-01T00:00:00Z', '1', 1, '', 'A', 'a', ' a', 1704067200, 1704070800, 0.5, 0.51),
)

/** Objects by own properties alone, as JSON.parse makes them. */
function objectOf(entries: [string, Json][]): { [name: string]: Json } {
  return JSON.parse(
    `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`,
  )
}

const { value } = fc.letrec<{ value: Json }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .uniqueArray(fc.tuple(name, tie('value')), { maxLength: 5, selector: ([key]) => key })
      .map(entries => objectOf(entries)),
  ),
}))

type Chance = () => number

const chance = fc
  .infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
  .map(stream => {
    const next: Chance = () => stream.next().value as number
    return next
  })

function shuffled<T>(items: readonly T[], next: Chance): T[] {
  const left = [...items]
  const out: T[] = []
  while (left.length > 0) out.push(...left.splice(Math.floor(next() * left.length), 1))
  return out
}

/** The same value written in another way: members in another order, numbers and strings spelled differently. */
function rewritten(json: Json, next: Chance): string {
  const gap = next() < 0.2 ? ' ' : ''
  if (Array.isArray(json)) return `[${json.map(element => rewritten(element, next)).join(`,${gap}`)}]`
  if (json !== null && typeof json === 'object') {
    const members = Object.keys(json).map(key => `${spelled(key, next)}:${gap}${rewritten(json[key]!, next)}`)
    return `{${shuffled(members, next).join(`${gap},`)}}`
  }
  if (typeof json === 'string') return spelled(json, next)
  if (typeof json !== 'number') return JSON.stringify(json)
  if (Number.isInteger(json) && Math.abs(json) < 1e15) {
    if (Object.is(json, -0)) return next() < 0.5 ? '-0' : '0.0'
    return [`${json}`, `${json}.0`, `${json}e0`, `${json}0E-1`][Math.floor(next() * 4)]!
  }
  return next() < 0.5 ? `${json}` : json.toExponential()
}

function spelled(text: string, next: Chance): string {
  if (next() < 0.5) return JSON.stringify(text)
  const escaped = Array.from({ length: text.length }, (_, at) =>
    text.charCodeAt(at).toString(16).padStart(4, '0'),
  )
  return `"${escaped.map(code => `\\u${code}`).join('')}"`
}

/** What makes two values the same, written independently of the differ: sorted members, -0 as 0. */
function canonical(json: Json): unknown {
  if (Array.isArray(json)) return json.map(canonical)
  if (json !== null && typeof json === 'object')
    return new Map(
      Object.keys(json)
        .sort()
        .map(key => [key, canonical(json[key]!)]),
    )
  return Object.is(json, -0) ? 0 : json
}

const isSame = (a: Json, b: Json) => isDeepStrictEqual(canonical(a), canonical(b))

interface Spot {
  holder: Json[] | { [name: string]: Json }
  key: string | number
}

function spots(json: Json, found: Spot[] = []): Spot[] {
  if (json === null || typeof json !== 'object') return found
  for (const key of Array.isArray(json) ? json.keys() : Object.keys(json)) {
    found.push({ holder: json, key })
    spots((json as Record<string | number, Json>)[key]!, found)
  }
  return found
}

/** One change somewhere: a value, a member or element more or fewer, two elements swapped. It may change nothing. */
function changed(json: Json, next: Chance): Json {
  const root = { root: structuredCloneOf(json) } as { root: Json }
  const all = spots(root)
  const { holder, key } = all[Math.floor(next() * all.length)]!
  const pick = next()
  const others: Json[] = [
    null,
    0,
    1,
    '1',
    '',
    'a',
    'A',
    true,
    [],
    {},
    0.501,
    1704067200,
    '2024-01-01T01:00:00Z',
  ]
  const other = others[Math.floor(next() * others.length)]!
  if (Array.isArray(holder)) {
    const at = key as number
    if (pick < 0.2) holder.splice(at, 1)
    else if (pick < 0.4) holder.splice(at, 0, other)
    else if (pick < 0.6) [holder[0], holder[at]] = [holder[at]!, holder[0]!]
    else holder[at] = other
  } else if (pick < 0.2 && holder !== root) delete holder[key]
  else if (pick < 0.4 && holder !== root)
    Object.defineProperty(holder, 'new', {
      value: other,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  else
    Object.defineProperty(holder, key, { value: other, enumerable: true, configurable: true, writable: true })
  return root.root
}

function structuredCloneOf(json: Json): Json {
  return JSON.parse(JSON.stringify(json))
}

function held(a: Json, b: Json, next: Chance, excuses: Rule['excuse'][] = []) {
  const comparison = compare(answer(rewritten(a, next)), answer(rewritten(b, next)), {
    rules: rules(...excuses),
  })
  if (comparison.outcome === 'unscorable') throw new Error(`${comparison.cause}: ${comparison.detail}`)
  return comparison
}

test('the same value is the same however it is written, with any rules, which then excuse nothing', () => {
  const excuses: Rule['excuse'][] = [
    { kind: 'unordered', path: '$..*' },
    { kind: 'ignore', path: '$..a' },
    { kind: 'key_case', path: '$' },
    { kind: 'null_is_absent', path: '$..*' },
  ]
  fc.assert(
    fc.property(value, chance, fc.boolean(), (json, next, ruled) => {
      const comparison = held(json, json, next, ruled ? excuses : [])
      expect(comparison).toMatchObject({ outcome: 'same', excusedBy: [] })
    }),
    RUNS,
  )
})

test('no planted difference is missed, and none is invented', () => {
  fc.assert(
    fc.property(value, chance, fc.integer({ min: 1, max: 4 }), (json, next, times) => {
      let other = json
      for (let time = 0; time < times; time++) other = changed(other, next)
      expect(held(json, other, next).outcome).toBe(isSame(json, other) ? 'same' : 'different')
    }),
    { numRuns: 1000 },
  )
})

test('two values that have nothing to do with each other are the same exactly where the oracle says so', () => {
  fc.assert(
    fc.property(value, value, chance, (a, b, next) => {
      expect(held(a, b, next).outcome).toBe(isSame(a, b) ? 'same' : 'different')
    }),
    RUNS,
  )
})

test('each leaf that differs is told once, at its place, and nothing else is', () => {
  fc.assert(
    fc.property(value, chance, (json, next) => {
      const other = structuredCloneOf(json)
      const planted: string[] = []
      const plant = (at: Json, path: string) => {
        if (at === null || typeof at !== 'object' || planted.length >= 40) return
        // Within arrays another value may make it another array by likeness: those are held to the outcome alone.
        if (Array.isArray(at)) return
        for (const key of Object.keys(at)) {
          const inside = at[key]!
          if (inside !== null && typeof inside === 'object') plant(inside, `${path} ${JSON.stringify(key)}`)
          else if (next() < 0.5) {
            Object.defineProperty(at, key, { value: 'planted\u0001', enumerable: true })
            planted.push(`${path} ${JSON.stringify(key)}`)
          }
        }
      }
      plant(other, '$')
      const found = differences(held(json, other, next))
      expect(found).toHaveLength(planted.length)
      expect(new Set(found.map(({ path }) => path)).size).toBe(planted.length)
    }),
    RUNS,
  )
})

test('unordered arrays are the same exactly where their multisets are, at every depth', () => {
  const sorted = (json: Json): unknown => {
    if (Array.isArray(json)) return json.map(element => JSON.stringify(sorted(element))).sort()
    if (json !== null && typeof json === 'object')
      return {
        members: Object.keys(json)
          .sort()
          .map(key => [key, sorted(json[key]!)]),
      }
    return Object.is(json, -0) ? 0 : json
  }
  const reordered = (json: Json, next: Chance): Json => {
    if (Array.isArray(json)) return shuffled(json, next).map(element => reordered(element, next))
    if (json === null || typeof json !== 'object') return json
    return objectOf(Object.keys(json).map(key => [key, reordered(json[key]!, next)]))
  }
  fc.assert(
    fc.property(value, chance, fc.boolean(), (json, next, alter) => {
      const other = reordered(alter ? changed(json, next) : json, next)
      const excuses: Rule['excuse'][] = [
        { kind: 'unordered', path: '$' },
        { kind: 'unordered', path: '$..*' },
      ]
      const comparison = held(json, other, next, excuses)
      expect(comparison.outcome).toBe(isDeepStrictEqual(sorted(json), sorted(other)) ? 'same' : 'different')
      if (comparison.outcome === 'same') expect(comparison.excusedBy.length > 0).toBe(!isSame(json, other))
    }),
    { numRuns: 500 },
  )
})

test('ignored members count nowhere, and the rule exactly where one of them differs', () => {
  const without = (json: Json): Json => {
    if (Array.isArray(json)) return json.map(without)
    if (json === null || typeof json !== 'object') return json
    return objectOf(Object.keys(json).flatMap(key => (key === 'a' ? [] : [[key, without(json[key]!)]])))
  }
  fc.assert(
    fc.property(value, chance, fc.integer({ min: 1, max: 3 }), (json, next, times) => {
      let other = json
      for (let time = 0; time < times; time++) other = changed(other, next)
      const comparison = held(json, other, next, [{ kind: 'ignore', path: "$..['a']" }])
      expect(comparison.outcome).toBe(isSame(without(json), without(other)) ? 'same' : 'different')
      if (comparison.outcome === 'same') expect(comparison.excusedBy).toEqual(isSame(json, other) ? [] : [1])
    }),
    { numRuns: 500 },
  )
})

test('null is absent exactly where the oracle leaves null members out', () => {
  const without = (json: Json): Json => {
    if (Array.isArray(json)) return json.map(without)
    if (json === null || typeof json !== 'object') return json
    return objectOf(
      Object.keys(json).flatMap(key => (json[key] === null ? [] : [[key, without(json[key]!)]])),
    )
  }
  fc.assert(
    fc.property(value, chance, fc.boolean(), (json, next, alter) => {
      const other = without(alter ? changed(json, next) : json)
      const comparison = held(json, other, next, [{ kind: 'null_is_absent', path: '$..*' }])
      expect(comparison.outcome).toBe(isSame(without(json), without(other)) ? 'same' : 'different')
    }),
    RUNS,
  )
})

test('names in either case are the same members, whatever is in them', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 3 })
  const renamed = (json: Json, write: (words: string[]) => string): Json => {
    if (Array.isArray(json)) return json.map(element => renamed(element, write))
    if (json === null || typeof json !== 'object') return json
    return objectOf(Object.keys(json).map(key => [write(key.split('|')), renamed(json[key]!, write)]))
  }
  const { tree } = fc.letrec<{ tree: Json }>(tie => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      fc.integer(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc
        .uniqueArray(fc.tuple(words, tie('tree')), { maxLength: 4, selector: ([key]) => key.join('') })
        .map(entries => objectOf(entries.map(([key, inside]) => [key.join('|'), inside]))),
    ),
  }))
  const snake = (key: string[]) => key.join('_')
  const camel = (key: string[]) =>
    key.map((word, at) => (at === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join('')
  fc.assert(
    fc.property(tree, chance, fc.boolean(), (json, next, alter) => {
      const other = alter ? changed(json, next) : json
      const excuses: Rule['excuse'][] = [{ kind: 'key_case', path: '$' }]
      const comparison = held(renamed(json, snake), renamed(other, camel), next, excuses)
      expect(comparison.outcome).toBe(isSame(json, other) ? 'same' : 'different')
    }),
    RUNS,
  )
})

test('numbers of any length are the same exactly where they are the same decimal', () => {
  const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,24})$/)
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.option(fc.stringMatching(/^[0-9]{1,20}$/)),
      fc.option(fc.integer({ min: -30, max: 30 })),
    )
    .map(([sign, whole, fraction, exponent]) => ({
      sign,
      whole,
      fraction: fraction ?? '',
      exponent: exponent ?? 0,
    }))
  const write = ({
    sign,
    whole,
    fraction,
    exponent,
  }: {
    sign: string
    whole: string
    fraction: string
    exponent: number
  }) => `${sign}${whole}${fraction && `.${fraction}`}${exponent === 0 ? '' : `e${exponent}`}`
  const exact = ({
    sign,
    whole,
    fraction,
    exponent,
  }: {
    sign: string
    whole: string
    fraction: string
    exponent: number
  }) =>
    BigInt(`${whole}${fraction}`) * 10n ** BigInt(exponent - fraction.length + 60) * (sign === '-' ? -1n : 1n)
  fc.assert(
    fc.property(number, number, fc.constantFrom(0, 1, 2), (a, other, how) => {
      // Most pairs are to be close to each other: the same number in other words, or one digit more.
      const b =
        how === 0
          ? other
          : how === 1
            ? { ...a, fraction: `${a.fraction}0` }
            : { ...a, fraction: `${a.fraction.slice(0, 19)}1` }
      const comparison = compare(answer(`[${write(a)}]`), answer(`[ ${write(b)}]`))
      expect(comparison.outcome).toBe(exact(a) === exact(b) ? 'same' : 'different')
    }),
    { numRuns: 1000 },
  )
})

test('whatever bytes arrive under whatever type, there is an outcome, and the same bytes are the same', () => {
  const type = fc.constantFrom(
    'application/json',
    'text/html',
    'text/plain; charset=utf-8',
    'text/html; charset=x',
    '',
    'image/png',
    'application/x-ndjson',
    'text/xml; charset=utf-16',
  )
  const coding = fc.constantFrom('', 'gzip', 'br', 'deflate', 'identity', 'zstd, gzip')
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string({ maxLength: 60 }).map(text => Buffer.from(text)),
    value.map(json => Buffer.from(JSON.stringify(json))),
  )
  fc.assert(
    fc.property(bytes, bytes, type, type, coding, (a, b, typeA, typeB, encoding) => {
      const one = answer(a, { 'content-type': typeA, 'content-encoding': encoding })
      const two = answer(b, { 'content-type': typeB, 'content-encoding': encoding })
      const comparison = compare(one, two, { rules: rules({ kind: 'ignore', path: '$..a' }) })
      expect(['same', 'different', 'unscorable']).toContain(comparison.outcome)
      if (comparison.outcome === 'unscorable') expect(comparison.cause).not.toBe('judge failed')
      expect(compare(one, one).outcome).toBe('same')
    }),
    { numRuns: 1000 },
  )
})
