import Database from 'better-sqlite3'
import fc, { type Arbitrary } from 'fast-check'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { canonicalDecimal, decimalOfReal } from '../src/engines/values/decimal.ts'
import { formatFloat } from '../src/engines/values/float.ts'
import { timeOf } from '../src/engines/values/time.ts'
import { dateOf, formatInstant, parseInstant } from '../src/engines/values/timestamp.ts'
import { postgresDatabase } from './databases.ts'
import { attempt, oracle } from './postgres-oracle.ts'

/** Holds many values at a time against what PostgreSQL prints for them. */
async function agreesWithPostgres<T extends string | number | bigint>(
  client: pg.Client,
  values: Arbitrary<T>,
  expression: string,
  ours: (value: T) => string | null,
  examples: T[] = [],
): Promise<void> {
  const many = fc.array(values, { minLength: 1, maxLength: 500, size: 'max' })
  await fc.assert(
    fc.asyncProperty(many, async batch => {
      const texts = batch.map(value => (Object.is(value, -0) ? '-0' : String(value)))
      const theirs = await oracle(client, expression, texts)
      expect(batch.map((value, index) => [texts[index], ours(value)])).toEqual(
        batch.map((_, index) => [texts[index], theirs[index]]),
      )
    }),
    { numRuns: 6, examples: examples.length > 0 ? [[examples]] : [] },
  )
}

const two = (value: number) => String(value).padStart(2, '0')
const mostly = (usual: Arbitrary<number>, ...rare: number[]) =>
  fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: fc.constantFrom(...rare) })
const fraction = fc.stringMatching(/^[.](\d{1,9}|\d{0,5}[05]0{0,2}|9{1,9}|\d{6}5)$/)

const day = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1965, max: 2005 }),
      fc.constantFrom(1, 4, 100, 400, 1900, 2000, 9999),
    ),
    mostly(fc.integer({ min: 1, max: 12 }), 2, 2, 0, 13),
    mostly(fc.integer({ min: 1, max: 28 }), 29, 30, 31, 29, 30, 31, 0, 32),
  )
  .map(([year, month, date]) => `${String(year).padStart(4, '0')}-${two(month)}-${two(date)}`)

const timeOfDay = fc
  .tuple(
    mostly(fc.integer({ min: 0, max: 23 }), 23, 24, 25),
    mostly(fc.integer({ min: 0, max: 59 }), 0, 60),
    fc.option(mostly(fc.integer({ min: 0, max: 59 }), 59, 60, 61)),
    fc.option(fraction),
  )
  .map(
    ([hour, minute, second, rest]) =>
      `${two(hour)}:${two(minute)}${second === null ? '' : `:${two(second)}${rest ?? ''}`}`,
  )

const offset = fc.oneof(
  fc.constantFrom('', '', '', 'Z', 'z', ' Z', 'UTC', ' UTC', 'GMT'),
  fc
    .tuple(
      fc.constantFrom('+', '-'),
      mostly(fc.integer({ min: 0, max: 15 }), 16),
      mostly(fc.integer({ min: 0, max: 59 }), 60),
      fc.constantFrom(0, 1, 2, 3),
    )
    .map(
      ([sign, hours, minutes, form]) =>
        sign +
        [two(hours), two(hours) + two(minutes), `${two(hours)}:${two(minutes)}`, `${two(hours)}:30:15`][form],
    ),
)

const timestampText = fc
  .tuple(
    day,
    fc.option(fc.tuple(fc.constantFrom('T', ' ', 't'), timeOfDay, offset)),
    fc.constantFrom('', ' '),
  )
  .map(([date, time, space]) => space + date + (time === null ? '' : time.join('')) + space)

const hardTimestamps = [
  '0001-01-01 00:00:00+15:59',
  '9999-12-31 23:59:59.9999999',
  '1999-12-31 23:59:59.5',
  '1999-12-31T23:59:59.9995Z',
  '2000-01-01T00:00:00.0005Z',
  '1969-12-31T23:59:59.0005Z',
  '2024-02-29T24:00:00Z',
  '2023-02-29T00:00:00Z',
  '1900-02-29',
  '2024-06-30 23:59:60',
  '2024-06-30 23:59:60.5',
  '2024-06-30 12:00:60.5',
  '2024-06-30 24:00:00.5',
  '2024-06-30 24:00:01',
  'infinity',
  '-infinity',
  '',
  'yesterdays',
]

describe('points in time', () => {
  const format = (value: string | bigint, precision: number) => {
    const instant = parseInstant(value)
    return instant === null ? null : formatInstant(instant, precision)
  }

  test.each([0, 1, 2, 3, 4, 5, 6])(
    'a text is the instant PostgreSQL takes it for, with %i digits',
    async p => {
      const { client } = await postgresDatabase(attempt)
      const expression = `($1::timestamptz(${p}) AT TIME ZONE 'UTC')::text`
      await agreesWithPostgres(client, timestampText, expression, text => format(text, p), hardTimestamps)
    },
  )

  test('an integer is epoch milliseconds at every precision', async () => {
    const { client } = await postgresDatabase(attempt)
    const day = 86_400_000n
    const milliseconds = fc.oneof(
      fc.bigInt({ min: -62_135_596_800_000n, max: 253_402_300_799_999n }),
      fc.bigInt({ min: -5000n, max: 5000n }),
      fc.bigInt({ min: 946_684_795_000n, max: 946_684_805_000n }),
    )
    // Days and milliseconds apart, so that no product passes through a float.
    const exact = `timestamp '1970-01-01' + ($1::bigint / ${day})::int * interval '1 day' + (($1::bigint % ${day}) || ' milliseconds')::interval`
    for (const p of [0, 1, 2, 3, 6]) {
      await agreesWithPostgres(client, milliseconds, `(${exact})::timestamp(${p})::text`, value =>
        format(value, p),
      )
    }
  })

  test('a date is what PostgreSQL prints, and only where the time is midnight in UTC', async () => {
    const { client } = await postgresDatabase(attempt)
    const instant = `($1::timestamptz AT TIME ZONE 'UTC')`
    const expression = `CASE WHEN NOT isfinite(${instant}) OR ${instant} = date_trunc('day', ${instant}) THEN ${instant}::date::text END`
    const dates = fc.oneof(day, timestampText)
    // What no calendar has is a date to MySQL alone.
    const real = (text: string) => (parseInstant(text) === null ? null : dateOf(text, 'refuse'))
    await agreesWithPostgres(client, dates, expression, real, hardTimestamps)
  })

  test.each([0, 1, 3, 6])('a time of day is what PostgreSQL prints, with %i digits', async p => {
    const { client } = await postgresDatabase(attempt)
    const examples = [
      '23:59:59.9999999',
      '23:59:60',
      '23:59:60.1',
      '24:00:00',
      '24:00:00.1',
      '00:00:00.0000005',
    ]
    const times = fc.tuple(timeOfDay, fc.constantFrom('', ' ')).map(([time, space]) => space + time + space)
    await agreesWithPostgres(
      client,
      times,
      `$1::time(${p})::text`,
      text => timeOf(text, { precision: p }, 'compare'),
      examples,
    )
  })
})

describe('numbers', () => {
  const bits = new DataView(new ArrayBuffer(8))
  const anyDouble = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(value => {
    bits.setBigUint64(0, value)
    return bits.getFloat64(0)
  })
  const anyFloat = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(value => {
    bits.setUint32(0, value)
    return bits.getFloat32(0)
  })
  const shortDecimal = (exponents: { min: number; max: number }) =>
    fc
      .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer(exponents))
      .map(([digits, exponent]) => Number(`${digits}e${exponent}`))
  const powers = (least: number, most: number) =>
    Array.from({ length: most - least + 1 }, (_, index) => 2 ** (least + index))

  test('a 64-bit float is spelled as float8 spells it', async () => {
    const { client } = await postgresDatabase(attempt)
    const values = fc.oneof(
      fc.double(),
      anyDouble,
      shortDecimal({ min: -320, max: 303 }),
      fc.bigInt({ min: 2n ** 49n, max: 2n ** 53n }).map(quarters => Number(quarters) / 4),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }).map(Number),
    )
    const examples = [
      -0,
      0,
      1e15,
      1e14,
      999999999999999.9,
      1e-4,
      9.99e-5,
      1e22,
      1e23,
      9.4e-323,
      5e-324,
      0.1 + 0.2,
    ]
    const expression = `($1::float8 + 0)::text`
    await agreesWithPostgres(client, values, expression, value => formatFloat(value, 64), [
      ...examples,
      ...powers(-1074, 1023),
    ])
  })

  test('a 32-bit float is spelled as float4 spells it', async () => {
    const { client } = await postgresDatabase(attempt)
    const values = fc.oneof(
      fc.float(),
      anyFloat,
      fc.integer({ min: -8_000_000, max: 8_000_000 }).map(quarters => quarters / 4),
      shortDecimal({ min: -44, max: 33 }).map(value => Math.fround(value)),
    )
    const examples = [-0, 1e6, 999999.94, 1e5, 1e-4, 1e-5, 1.1e10, 8.5e9, 16777216, 1e-45, 0.1].map(
      Math.fround,
    )
    const expression = `($1::float8::float4 + 0::real)::text`
    await agreesWithPostgres(client, values, expression, value => formatFloat(value, 32), [
      ...examples,
      ...powers(-149, 127),
    ])
  })

  test('a decimal text is the number PostgreSQL reads, without trailing zeros', async () => {
    const { client } = await postgresDatabase(attempt)
    const digits = fc.stringMatching(/^(\d{0,4}|0{0,3}\d{0,30}0{0,3})$/)
    const text = fc
      .tuple(
        fc.constantFrom('', '', '-', '+'),
        digits,
        fc.constantFrom('', '.'),
        digits,
        fc.oneof(
          fc.constant(''),
          fc.integer({ min: -300, max: 300 }).map(e => `e${e}`),
          fc.constantFrom('E+5', 'e'),
        ),
        fc.constantFrom('', '', ' ', '\t'),
      )
      .map(
        ([sign, whole, point, rest, exponent, space]) =>
          space + sign + whole + point + rest + exponent + space,
      )
    const examples = [
      'NaN',
      'nan',
      'Infinity',
      '-inf',
      '+Infinity',
      '-0.000',
      '.5',
      '5.',
      '.',
      '-',
      '',
      ' ',
      'e5',
      '1 2',
    ]
    await agreesWithPostgres(client, text, `trim_scale($1::numeric)::text`, canonicalDecimal, examples)
  })

  test('a decimal kept as a SQLite REAL is read back as that decimal', () => {
    const read = new Database(':memory:').prepare<[string], number>('SELECT CAST(? AS REAL)').pluck()
    const decimal = fc.tuple(
      fc.bigInt({ min: -999_999_999_999_999n, max: 999_999_999_999_999n }),
      fc.integer({ min: 0, max: 10 }),
    )
    fc.assert(
      fc.property(decimal, ([digits, scale]) => {
        const text = `${digits}e-${scale}`
        expect(decimalOfReal(read.get(text)!, scale)).toBe(canonicalDecimal(text))
      }),
      { numRuns: 3000 },
    )
  })

  test('the noise of sums SQLite made is no part of a decimal with declared digits', () => {
    const add = new Database(':memory:')
      .prepare<[string, string], number>('SELECT CAST(? AS REAL) + CAST(? AS REAL)')
      .pluck()
    // Of one sign: where digits cancel, the noise of what was added weighs more.
    const cents = fc.bigInt({ min: 0n, max: 99_999_999_999n })
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        expect(decimalOfReal(add.get(`${a}e-2`, `${b}e-2`)!, 2)).toBe(canonicalDecimal(`${a + b}e-2`))
      }),
      { numRuns: 3000 },
    )
    expect(decimalOfReal(13.860000000000001, 2)).toBe('13.86')
    expect(decimalOfReal(13.860000000000001, undefined)).toBe('13.860000000000001')
  })

  test('a REAL without declared digits keeps every bit', () => {
    const read = new Database(':memory:').prepare<[string], number>('SELECT CAST(? AS REAL)').pluck()
    const finite = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      shortDecimal({ min: -20, max: 20 }),
    )
    fc.assert(
      fc.property(finite, value => {
        const text = decimalOfReal(value, undefined)
        expect(Number(text)).toBe(value === 0 ? 0 : value)
        // SQLite reads back 15 digits exactly; of more it may take the neighbouring float.
        const error = Math.abs(read.get(text)! - value)
        expect(error).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -52, Number.MIN_VALUE))
      }),
      { numRuns: 3000 },
    )
  })
})
