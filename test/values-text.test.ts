import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arrayLiteral } from '../src/engines/values/array.ts'
import { canonicalBoolean } from '../src/engines/values/boolean.ts'
import { canonicalDecimal } from '../src/engines/values/decimal.ts'
import { floatOf } from '../src/engines/values/float.ts'
import { canonicalJson } from '../src/engines/values/json.ts'
import { canonicalSet } from '../src/engines/values/set.ts'
import { canonicalUuid } from '../src/engines/values/uuid.ts'
import { mysqlDatabase, postgresDatabase } from './databases.ts'
import { noMysql } from './no-mysql.ts'
import { attempt, oracle } from './postgres-oracle.ts'

const many = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.array(arbitrary, { minLength: 1, maxLength: 300, size: 'max' })

test('a text is the boolean PostgreSQL takes it for', async () => {
  const { client } = await postgresDatabase(attempt)
  const word = fc
    .tuple(
      fc.constantFrom('', '', ' ', '\n'),
      fc.constantFrom('true', 'false', 'yes', 'no', 'on', 'off', '1', '0', 'null', '2', '-1', '1.0', '01'),
      fc.integer({ min: 0, max: 6 }),
      fc.boolean(),
    )
    .map(([space, text, length, upper]) => {
      const cut = length < 6 ? text.slice(0, length) : text
      return space + (upper ? cut.toUpperCase() : cut) + space
    })
  await fc.assert(
    fc.asyncProperty(many(word), async words => {
      const theirs = await oracle(client, '$1::boolean', words)
      const spelled = theirs.map(one => (one === null ? null : one === 'true' ? 't' : 'f'))
      expect(words.map(text => [text, canonicalBoolean(text)])).toEqual(
        words.map((text, index) => [text, spelled[index]]),
      )
    }),
    { numRuns: 5 },
  )
})

test('what PostgreSQL takes for a UUID is the same UUID', async () => {
  const { client } = await postgresDatabase(attempt)
  const form = fc
    .tuple(fc.uuid(), fc.constantFrom('plain', 'bare', 'braces', 'upper', 'short', 'fours'))
    .map(([uuid, how]) => {
      const bare = uuid.replaceAll('-', '')
      if (how === 'bare') return bare
      if (how === 'braces') return `{${uuid}}`
      if (how === 'upper') return uuid.toUpperCase()
      if (how === 'short') return uuid.slice(1)
      return how === 'fours' ? bare.match(/.{4}/g)!.join('-') : uuid
    })
  await fc.assert(
    fc.asyncProperty(many(form), async texts => {
      const theirs = await oracle(client, '$1::uuid', texts)
      expect(texts.map(canonicalUuid)).toEqual(theirs)
      const bytes = theirs
        .flatMap(uuid => uuid ?? [])
        .map(uuid => Buffer.from(uuid.replaceAll('-', ''), 'hex'))
      expect(bytes.map(canonicalUuid)).toEqual(theirs.filter(uuid => uuid !== null))
    }),
    { numRuns: 5 },
  )
  expect(canonicalUuid(Buffer.from('a0eebc999c0b4ef8bb6d6bb9bd380a11'))).toBeNull()
})

test('a JSON array becomes the array PostgreSQL gives the same JSON of', async () => {
  const { client } = await postgresDatabase(attempt)
  const text = fc.oneof(
    fc.string({ maxLength: 5 }).filter(one => !one.includes('\0')),
    fc.constantFrom('', 'NULL', 'null', '{', '}', ',', '"', '\\', ' a ', 'é😀', '\n'),
  )
  const item = fc.oneof({ weight: 5, arbitrary: text }, { weight: 1, arbitrary: fc.constant(null) })
  const table = fc
    .tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.array(item, { minLength: 9, maxLength: 9 }),
    )
    .map(([rows, width, items]) =>
      Array.from({ length: rows }, (_, row) => items.slice(row * width, row * width + width)),
    )
  const arrays = fc.oneof(fc.array(item, { maxLength: 5 }), table).map(value => JSON.stringify(value))
  await fc.assert(
    fc.asyncProperty(many(arrays), async documents => {
      const literals = documents.map(document => arrayLiteral(document)!)
      const theirs = await oracle(client, 'to_jsonb($1::text[])', literals)
      expect(theirs.map(one => canonicalJson(one!))).toEqual(documents.map(canonicalJson))
    }),
    { numRuns: 8 },
  )
  expect(
    await oracle(client, '$1::numeric[]', [arrayLiteral('[1, 12345678901234567890.10, null]')!]),
  ).toEqual(['{1,12345678901234567890.1,NULL}'])
  expect(await oracle(client, 'to_jsonb($1::jsonb[])', [arrayLiteral('[{"a": [1, "}"]}, 2]')!])).toEqual([
    '[{"a": [1, "}"]}, 2]',
  ])
  expect([arrayLiteral('{"a":1}'), arrayLiteral('[1'), arrayLiteral('1')]).toEqual([null, null, null])
})

test('a number is a float without loss only where the float gives its digits back', async () => {
  const { client } = await postgresDatabase(attempt)
  const number = fc
    .tuple(
      fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }),
      fc.integer({ min: 0, max: 19 }),
      fc.integer({ min: -50, max: 40 }),
    )
    .map(([digits, cut, exponent]) => `${digits / 10n ** BigInt(cut)}e${exponent}`)
  for (const bits of [32, 64] as const) {
    const type = bits === 32 ? 'real' : 'float8'
    await fc.assert(
      fc.asyncProperty(many(number), async texts => {
        const theirs = await oracle(client, `$1::numeric::text::${type} + 0::${type}`, texts)
        const written = texts.map(text => floatOf(text, { bits }, 'compare'))
        // A number too small for any float is zero here, and an error there.
        expect(written.map(one => (one === '0' ? null : one))).toEqual(
          theirs.map(one => (one === '0' ? null : one)),
        )
        for (const [index, text] of texts.entries()) {
          const kept = floatOf(text, { bits }, 'refuse')
          if (kept === null) continue
          expect(kept).toBe(written[index])
          // As many digits as any float of the width keeps.
          const digits = Number(kept).toPrecision(bits === 32 ? 6 : 15)
          const exact = [canonicalDecimal(kept), canonicalDecimal(String(Number(text)))]
          expect([canonicalDecimal(digits), ...exact]).toContain(canonicalDecimal(text))
        }
      }),
      { numRuns: 8 },
    )
  }
  expect(floatOf('0.1', { bits: 32 }, 'refuse')).toBe('0.1')
  expect(floatOf('0.10000000149011612', { bits: 32 }, 'refuse')).toBe('0.1')
  expect(floatOf('0.123456789', { bits: 32 }, 'refuse')).toBeNull()
  expect(floatOf('9007199254740993', { bits: 64 }, 'refuse')).toBeNull()
  expect(floatOf('1e300', { bits: 32 }, 'round')).toBeNull()
})

describe.skipIf(noMysql)('sets', () => {
  test('two texts are the same set where MySQL stores the same', async () => {
    const members = ['a', 'b', 'B', 'é', 'long one', '_']
    const { client } = await mysqlDatabase(
      `CREATE TABLE t (v SET(${members.map(member => `'${member}'`).join(', ')}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)`,
    )
    const given = fc.array(fc.constantFrom(...members), { maxLength: 8 }).map(some => some.join(','))
    await fc.assert(
      fc.asyncProperty(many(given), async texts => {
        const [rows] = await client.query(
          `SELECT CAST(v AS CHAR) AS v FROM t WHERE FALSE; DELETE FROM t; ${texts.map(text => `INSERT INTO t VALUES ('${text}')`).join(';')}; SELECT CAST(v AS CHAR) AS v FROM t`,
        )
        const stored = (rows as { v: string }[][]).at(-1)!.map(row => row.v)
        expect(texts.map(canonicalSet)).toEqual(stored.map(canonicalSet))
      }),
      { numRuns: 3 },
    )
    expect(canonicalSet('b,B,a,b')).toBe('B,a,b')
    expect(canonicalSet('')).toBe('')
  })
})
