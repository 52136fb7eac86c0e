import fc, { type Arbitrary } from 'fast-check'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { canonicalJson, duplicateKey } from '../src/engines/values/json.ts'
import { postgresDatabase } from './databases.ts'

/** Two texts that may or may not be the same JSON: the arbitrary does not know, PostgreSQL says. */
type Pair = readonly [string, string]

const space = fc.constantFrom('', '', '', ' ', '\n', '\t \r\n')

/** One number in two of its forms, and sometimes one that is only nearly the same. */
const number: Arbitrary<Pair> = fc
  .tuple(
    fc.oneof(
      fc.bigInt({ min: -999n, max: 999n }),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 53n + 9n }),
      fc.bigInt({ min: 10n ** 29n, max: 10n ** 30n }),
    ),
    fc.integer({ min: 0, max: 30 }),
    fc.constantFrom(0, 1, 2, 3, 4),
    fc.constantFrom(0, 1, 2, 3, 4),
    fc.constantFrom(0n, 0n, 0n, 0n, 1n),
  )
  .map(([digits, zeros, a, b, step]) => [numberForm(digits, zeros, a), numberForm(digits + step, zeros, b)])

function numberForm(digits: bigint, zeros: number, form: number): string {
  const whole = `${digits}${digits === 0n ? '' : '0'.repeat(zeros)}`
  if (form === 0) return whole
  if (form === 1) return `${digits}e${zeros}`
  if (form === 2) return `${whole}.${'0'.repeat(1 + (zeros % 4))}`
  if (form === 3) return digits === 0n ? '0E-2' : `${whole}00E-2`
  const sign = digits < 0n ? '-' : ''
  const plain = `${digits < 0n ? -digits : digits}`
  return `${sign}0.${plain}e+${plain.length + zeros}`
}

const shortEscapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\n': '\\n',
  '\b': '\\b',
  '\t': '\\t',
}

const character: Arbitrary<Pair> = fc
  .tuple(
    fc.constantFrom(
      'a',
      'A',
      'b',
      '"',
      '\\',
      '/',
      '\n',
      '\b',
      '\t',
      '\u0001',
      '\u007f',
      'é',
      '\u2028',
      '😀',
      ' ',
    ),
    fc.constantFrom(0, 1, 2),
    fc.constantFrom(0, 1, 2),
  )
  .map(([one, a, b]) => [characterForm(one, a), characterForm(one, b)])

function characterForm(one: string, form: number): string {
  const units = one.split('').map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  if (form === 2) return units.join('').replace('\\u00e9', '\\u00E9')
  if (form === 1 && shortEscapes[one]) return shortEscapes[one]
  return one < ' ' || one === '"' || one === '\\' ? (shortEscapes[one] ?? units.join('')) : one
}

const string: Arbitrary<Pair> = fc
  .tuple(fc.array(character, { maxLength: 3 }), fc.constantFrom('', '', '', '', 'x'))
  .map(([parts, rest]) => [
    `"${parts.map(([a]) => a).join('')}"`,
    `"${parts.map(([, b]) => b).join('')}${rest}"`,
  ])

const word: Arbitrary<Pair> = fc.constantFrom<Pair>(
  ['null', 'null'],
  ['true', 'true'],
  ['false', 'false'],
  ['0', '-0'],
  ['0', '-0.0e5'],
  ['null', '"null"'],
  ['1', '"1"'],
  ['[]', '{}'],
  ['12345678901234567890', '12345678901234567891'],
  ['1.10', '1.1'],
  ['0.1', '0.10000000000000000555'],
)

type Members = (member: Arbitrary<readonly [Pair, Pair]>) => Arbitrary<(readonly [Pair, Pair])[]>

const anyMembers: Members = member => fc.array(member, { maxLength: 4 })
const distinctMembers: Members = member =>
  fc.uniqueArray(member, { maxLength: 4, selector: ([[key]]) => JSON.parse(key) })

const document = (members: Members): Arbitrary<Pair> =>
  fc.tuple(valueIn(members), space, space).map(([[a, b], left, right]): Pair => [left + a, b + right])

const valueIn = (members: Members) =>
  fc.letrec<{ value: Pair; array: Pair; object: Pair }>(tie => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      number,
      string,
      word,
      tie('array'),
      tie('object'),
    ),
    array: fc
      .tuple(fc.array(tie('value'), { maxLength: 4 }), space, space)
      .map(
        ([items, left, right]): Pair => [
          `[${left}${items.map(([a]) => a).join(`${right},`)}]`,
          `[${items.map(([, b]) => b).join(`,${left}`)}${right}]`,
        ],
      ),
    object: fc
      .tuple(
        // Few names, so that some occur twice where they may.
        members(
          fc.tuple(
            fc.constantFrom<Pair>(
              ['"a"', '"\\u0061"'],
              ['"A"', '"\\u0041"'],
              ['"bb"', '"bb"'],
              ['""', '""'],
              ['"é"', '"\\u00e9"'],
            ),
            tie('value'),
          ),
        ),
        fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }),
        space,
      )
      .map(([drawn, order, gap]): Pair => {
        const shuffled = drawn
          .map((member, index) => ({ member, at: order[index]! }))
          .sort((a, b) => a.at - b.at)
        const first = drawn.map(([[key], [text]]) => `${key}${gap}:${text}`)
        const second = shuffled.map(({ member: [[, key], [, text]] }) => `${gap}${key}:${gap}${text}`)
        return [`{${first.join(',')}${gap}}`, `{${second.join(',')}}`]
      }),
  })).value

/** Per pair, whether `jsonb` finds them equal. */
async function equalInPostgres(client: pg.Client, pairs: Pair[]): Promise<boolean[]> {
  const { rows } = await client.query<{ equal: boolean }>(
    `SELECT a::jsonb = b::jsonb AS equal FROM unnest($1::text[], $2::text[]) WITH ORDINALITY u(a, b, i) ORDER BY i`,
    [pairs.map(([a]) => a), pairs.map(([, b]) => b)],
  )
  return rows.map(row => row.equal)
}

const valid = `
  CREATE FUNCTION valid(x text) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    RETURN x::jsonb IS NOT NULL;
  EXCEPTION WHEN OTHERS THEN
    RETURN false;
  END $$`

describe('JSON', () => {
  test('without duplicate keys, two texts are canonically equal exactly where jsonb finds them equal', async () => {
    const pair = document(distinctMembers)
    const { client } = await postgresDatabase()
    const tally = { equal: 0, different: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 1, maxLength: 400, size: 'max' }), async pairs => {
        const theirs = await equalInPostgres(client, pairs)
        const ours = pairs.map(([a, b]) => {
          const [left, right] = [canonicalJson(a), canonicalJson(b)]
          expect([a, left === null]).toEqual([a, false])
          return left === right
        })
        for (const equal of theirs) tally[equal ? 'equal' : 'different']++
        expect(pairs.map((one, index) => [one, ours[index]])).toEqual(
          pairs.map((one, index) => [one, theirs[index]]),
        )
      }),
      { numRuns: 15 },
    )
    // Otherwise the pairs would test nothing.
    expect(Math.min(tally.equal, tally.different)).toBeGreaterThan(200)
  })

  test('a canonical text is JSON that means the same, and is canonical itself', async () => {
    const pair = document(anyMembers)
    const { client } = await postgresDatabase()
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 1, maxLength: 400, size: 'max' }), async pairs => {
        const made = pairs.map(([a]): Pair => [a, canonicalJson(a)!])
        expect(made.filter(([, canonical]) => canonicalJson(canonical) !== canonical)).toEqual([])
        const equal = await equalInPostgres(client, made)
        expect(made.filter((_, index) => !equal[index])).toEqual([])
      }),
      { numRuns: 5 },
    )
  })

  test('of equal keys all members stay, sorted by key and then in their order', () => {
    expect(canonicalJson('{"b": 1, "a": 2, "b": 0, "a": 2}')).toBe('{"a":2,"a":2,"b":1,"b":0}')
    expect(canonicalJson('{"b": 0, "a": 2, "b": 1, "a": 2}')).toBe('{"a":2,"a":2,"b":0,"b":1}')
  })

  test('a document with duplicate keys is another one without them', async () => {
    const { client } = await postgresDatabase()
    const tally = { duplicate: 0, none: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.array(document(anyMembers), { minLength: 1, maxLength: 400, size: 'max' }),
        async pairs => {
          const texts = pairs.map(([text]) => text)
          // jsonb keeps the last of equal keys, and nothing else changes.
          const { rows } = await client.query<{ text: string }>(
            'SELECT x::jsonb::text AS text FROM unnest($1::text[]) WITH ORDINALITY u(x, i) ORDER BY i',
            [texts],
          )
          for (const [index, text] of texts.entries()) {
            const duplicate = duplicateKey(text)
            tally[duplicate === null ? 'none' : 'duplicate']++
            expect([text, canonicalJson(text) === canonicalJson(rows[index]!.text)]).toEqual([
              text,
              duplicate === null,
            ])
          }
        },
      ),
      { numRuns: 10 },
    )
    expect(Math.min(tally.duplicate, tally.none)).toBeGreaterThan(50)
  })

  test('the duplicate key is named as it reads', () => {
    expect(duplicateKey('{"b":1,"a":{"x\\u0041":1,"xA":2},"b":0}')).toBe('xA')
    expect(duplicateKey('{"":1,"":2}')).toBe('')
    expect(duplicateKey('[{"a":1},{"a":1}]')).toBeNull()
    expect(duplicateKey('{"a":1,"a":2')).toBeNull()
  })

  test('a text is refused exactly where jsonb refuses it', async () => {
    const pair = document(anyMembers)
    const { client } = await postgresDatabase(valid)
    const spoiled = fc
      .tuple(
        pair,
        fc.nat(60),
        fc.constantFrom(
          '',
          '0',
          '1',
          '.',
          'e',
          '-',
          '+',
          '"',
          '\\',
          ',',
          ':',
          '{',
          ']',
          ' ',
          '\u0001',
          't',
          '/',
          '\u00a0',
        ),
        fc.nat(2),
      )
      .map(([[text], at, insert, drop]) => text.slice(0, at) + insert + text.slice(at + drop))
      // jsonb has no form for U+0000 and lone surrogates, which JSON allows.
      .filter(text => !/\p{Surrogate}/u.test(text) && !/\\u(0000|d[89a-f])/i.test(text))
      // Beyond what any number type holds.
      .filter(text => !/e[+-]?\d{4}/i.test(text))
    await fc.assert(
      fc.asyncProperty(fc.array(spoiled, { minLength: 1, maxLength: 400, size: 'max' }), async texts => {
        const { rows } = await client.query<{ valid: boolean }>(
          'SELECT valid(x) FROM unnest($1::text[]) WITH ORDINALITY u(x, i) ORDER BY i',
          [texts],
        )
        expect(texts.map(text => [text, canonicalJson(text) !== null])).toEqual(
          texts.map((text, index) => [text, rows[index]!.valid]),
        )
      }),
      { numRuns: 15 },
    )
  })
})
