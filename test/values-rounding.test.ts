import fc, { type Arbitrary } from 'fast-check'
import type { Connection } from 'mysql2/promise'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { canonicalDecimal, roundDecimal } from '../src/engines/values/decimal.ts'
import { timeOf } from '../src/engines/values/time.ts'
import { roundTime, roundTimestamp } from '../src/engines/values/timestamp.ts'
import type { Rounding } from '../src/model/logical-type.ts'
import { mysqlDatabase, postgresDatabase } from './databases.ts'
import { noMysql } from './no-mysql.ts'

const two = (value: number) => String(value).padStart(2, '0')
const year = fc.oneof(fc.integer({ min: 1, max: 9999 }), fc.constantFrom(1, 1969, 1999, 2000, 9999))
const date = fc
  .tuple(year, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .map(([y, month, day]) => `${String(y).padStart(4, '0')}-${two(month)}-${two(day)}`)
const lastDay = year.map(y => `${String(y).padStart(4, '0')}-12-31`)
/** Halves, nearly halves and runs of nines beside any digits; no zero at the end. */
const fraction = fc.stringMatching(/^(|[.](\d{0,5}[1-9]|9{1,6}|\d{0,3}5|\d{0,2}49{1,3}|\d{0,2}50{0,2}1))$/)
const clock = (hours: Arbitrary<number>) =>
  fc
    .tuple(hours, fc.constantFrom(0, 30, 59), fc.constantFrom(0, 1, 58, 59), fraction)
    .map(([hour, minute, second, rest]) => `${two(hour)}:${two(minute)}:${two(second)}${rest}`)
const timeOfDay = clock(fc.constantFrom(0, 1, 12, 23))

const many = <T>(arbitrary: Arbitrary<T>) =>
  fc.array(arbitrary, { minLength: 1, maxLength: 300, size: 'max' })

async function inPostgres(client: pg.Client, expression: string, texts: string[]): Promise<string[]> {
  const { rows } = await client.query<{ result: string }>(
    `SELECT (${expression})::text AS result FROM unnest($1::text[]) WITH ORDINALITY u(x, i) ORDER BY i`,
    [texts],
  )
  return rows.map(row => row.result)
}

async function inMysql(client: Connection, expression: string, texts: string[]): Promise<(string | null)[]> {
  const values = texts.map((text, index) => `SELECT ${index} AS i, '${text}' AS x`).join(' UNION ALL ')
  const [rows] = await client.query(
    `SELECT CAST(${expression} AS CHAR) AS result FROM (${values}) AS u ORDER BY i`,
  )
  return (rows as { result: string | null }[]).map(row => row.result)
}

function paired(texts: string[], results: (string | null)[]): [string, string | null][] {
  return texts.map((text, index) => [text, results[index]!])
}

const precisions = [0, 1, 2, 3, 4, 5, 6]

describe('PostgreSQL rounds', () => {
  test.each(precisions)('points in time to %i digits', async p => {
    const { client } = await postgresDatabase(`SET DateStyle = 'ISO'`)
    const era = fc.constantFrom('', '', '', ' BC')
    const later = fc.constantFrom(
      '12024-02-29 23:59:59.9999',
      '294275-12-31 23:59:59.5',
      'infinity',
      '-infinity',
    )
    const instant = fc
      .tuple(fc.oneof(date, lastDay), timeOfDay, era)
      // PostgreSQL's first year is 4713 BC.
      .filter(([day, , before]) => before === '' || day < '4713')
      .map(([day, time, before]) => `${day} ${time}${before}`)
    const texts = fc.oneof({ weight: 20, arbitrary: instant }, later)
    await fc.assert(
      fc.asyncProperty(many(texts), async batch => {
        const theirs = await inPostgres(client, `x::timestamp(6)::timestamp(${p})`, batch)
        expect(
          paired(
            batch,
            batch.map(text => roundTimestamp(text, p, 'from_2000')),
          ),
        ).toEqual(paired(batch, theirs))
      }),
      { numRuns: 8 },
    )
  })

  test.each(precisions)('times of day and intervals to %i digits', async p => {
    const { client } = await postgresDatabase(`SET IntervalStyle = 'postgres'`)
    const amount = (unit: string) =>
      fc.constantFrom('', `1 ${unit}`, `-1 ${unit}`, `5 ${unit}s`, `-5 ${unit}s`)
    const interval = fc
      .tuple(
        fc.tuple(amount('year'), amount('mon'), amount('day')),
        fc.constantFrom('', '-'),
        clock(fc.constantFrom(0, 1, 23, 25, 838, 100_000)),
      )
      .map(([words, sign, time]) => `${words.join(' ')} ${sign}${time}`)
    await fc.assert(
      fc.asyncProperty(many(timeOfDay), many(interval), async (times, words) => {
        expect(
          paired(
            times,
            times.map(text => roundTime(text, p, 'from_2000')),
          ),
        ).toEqual(paired(times, await inPostgres(client, `x::time(6)::time(${p})`, times)))
        const intervals = await inPostgres(client, 'x::interval', words)
        const ours = intervals.map(text => timeOf(text, { precision: p, span: true }, 'compare'))
        expect(paired(intervals, ours)).toEqual(
          paired(intervals, await inPostgres(client, `x::interval(${p})`, intervals)),
        )
      }),
      { numRuns: 5 },
    )
  })
})

/** What the server at hand calls its two ways. */
async function modes(client: Connection): Promise<Record<'truncate' | 'half_up', string>> {
  const [rows] = await client.query('SELECT VERSION() AS version')
  return (rows as { version: string }[])[0]!.version.includes('MariaDB')
    ? { truncate: '', half_up: 'TIME_ROUND_FRACTIONAL' }
    : { truncate: 'TIME_TRUNCATE_FRACTIONAL', half_up: '' }
}

const withoutZeros = (text: string | null) => text?.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '') ?? null

const isUnreal = (instant: string) => /^\d{4}-(00|\d\d-00)/.test(instant)

describe.skipIf(noMysql)('MySQL and MariaDB round', () => {
  test.each<Exclude<Rounding, 'from_2000'>>(['truncate', 'half_up'])('as %s says', async rounding => {
    const { client } = await mysqlDatabase()
    await client.query(`SET SESSION sql_mode = '${(await modes(client))[rounding]}'`)
    const zero = fc.constantFrom('0000-00-00', '2010-00-00', '2010-00-17', '2010-02-00')
    const instant = fc.tuple(fc.oneof(date, lastDay, zero), timeOfDay).map(parts => parts.join(' '))
    const time = fc
      .tuple(fc.constantFrom('', '-'), clock(fc.constantFrom(0, 1, 23, 24, 99, 837)))
      .map(([sign, text]) => (text === '00:00:00' ? text : sign + text))
    for (const p of precisions) {
      await fc.assert(
        fc.asyncProperty(many(instant), many(time), async (instants, times) => {
          const narrow = `CAST(CAST(x AS DATETIME(6)) AS DATETIME(${p}))`
          const theirs = await inMysql(client, narrow, instants)
          const ours = instants.map(text => roundTimestamp(text, p, rounding))
          // At the end of the last year MySQL gives NULL, and MariaDB drops the digits in a CAST, and in no column. Of a
          // day that is none MySQL rounds nothing up.
          const expected = theirs.map((one, i) => {
            const last = ours[i] === null && instants[i]!.startsWith('9999-12-31')
            return last ? null : (withoutZeros(one) ?? (isUnreal(instants[i]!) ? ours[i]! : null))
          })
          expect(paired(instants, ours)).toEqual(paired(instants, expected))
          const rounded = await inMysql(client, `CAST(CAST(x AS TIME(6)) AS TIME(${p}))`, times)
          expect(
            paired(
              times,
              times.map(text => roundTime(text, p, rounding)),
            ),
          ).toEqual(paired(times, rounded.map(withoutZeros)))
        }),
        { numRuns: 2 },
      )
    }
  })

  test('decimals half away from zero', async () => {
    const { client } = await mysqlDatabase()
    await fc.assert(
      fc.asyncProperty(many(decimal), fc.integer({ min: 0, max: 12 }), async (texts, scale) => {
        const theirs = await inMysql(
          client,
          `CAST(CAST(x AS DECIMAL(40, 14)) AS DECIMAL(40, ${scale}))`,
          texts,
        )
        expect(
          paired(
            texts,
            texts.map(text => roundDecimal(canonicalDecimal(text)!, scale)),
          ),
        ).toEqual(
          paired(
            texts,
            theirs.map(text => canonicalDecimal(text!)),
          ),
        )
      }),
      { numRuns: 20 },
    )
  })
})

const decimal = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.stringMatching(/^\d{1,20}$/),
    fc.stringMatching(/^(|\d{1,14}|\d{0,5}5|9{1,14})$/),
  )
  .map(([sign, whole, rest]) => `${sign}${whole}${rest === '' ? '' : `.${rest}`}`)

test('PostgreSQL rounds decimals half away from zero, before the point too', async () => {
  const { client } = await postgresDatabase()
  await fc.assert(
    fc.asyncProperty(many(decimal), fc.integer({ min: -22, max: 16 }), async (texts, scale) => {
      const theirs = await inPostgres(client, `trim_scale(round(x::numeric, ${scale}))`, texts)
      expect(
        paired(
          texts,
          texts.map(text => roundDecimal(canonicalDecimal(text)!, scale)),
        ),
      ).toEqual(paired(texts, theirs))
    }),
    { numRuns: 30 },
  )
  for (const special of ['NaN', 'Infinity', '-Infinity']) expect(roundDecimal(special, -1)).toBe(special)
})
