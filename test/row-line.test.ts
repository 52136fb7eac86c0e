import fc from 'fast-check'
import { to as copyTo } from 'pg-copy-streams'
import { describe, expect, test } from 'vitest'
import {
  decodeField,
  decodeLine,
  encodeBytes,
  encodeField,
  encodeLine,
  withoutLines,
} from '../src/model/row-line.ts'
import { postgresDatabase } from './databases.ts'

describe('row lines', () => {
  const character = fc.oneof(
    fc.constantFrom(
      '\t',
      '\n',
      '\r',
      '\\',
      'N',
      'n',
      't',
      '?',
      '\b',
      '\f',
      '\v',
      '\u0001',
      '\u007f',
      '.',
      '',
    ),
    fc.constantFrom('é', 'e\u0301', '\u2028', '😀', '\u00a0', '\ufffd'),
    fc.string({ unit: 'binary', maxLength: 2 }).filter(text => !/[\0\p{Surrogate}]/u.test(text)),
  )
  const value = fc.array(character, { maxLength: 6 }).map(parts => parts.join(''))
  const row = fc.array(fc.option(value), { minLength: 1, maxLength: 4 })

  test('lines taken out of a piece leave all others as they were', () => {
    const lines = fc.array(fc.tuple(fc.string({ unit: 'grapheme-ascii' }), fc.boolean()), { maxLength: 9 })
    fc.assert(
      fc.property(lines, given => {
        const written = given.map(([text]) => `${encodeField(text)}\n`)
        const places = written.map((line, index) => {
          const start = written.slice(0, index).join('').length
          return { start, end: start + line.length - 1 }
        })
        const left = withoutLines(
          Buffer.from(written.join('')),
          places.filter((_, index) => given[index]![1]),
        )
        expect(left.toString()).toBe(written.filter((_, index) => !given[index]![1]).join(''))
      }),
    )
  })

  test('a row is read back from its line as it was', () => {
    fc.assert(
      fc.property(row, values => {
        const line = Buffer.from(encodeLine(values))
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(decodeLine(line.subarray(0, -1))).toEqual(values)
      }),
      { numRuns: 2000 },
    )
  })

  test('different rows have different lines', () => {
    const few = fc.constantFrom(
      null,
      '',
      'N',
      '\\N',
      '\\',
      '\t',
      '\\t',
      't',
      'x',
      'x\t',
      '\ty',
      '\n',
      '\\\\N',
    )
    const short = fc.array(few, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(short, short, (a, b) => {
        expect(encodeLine(a) === encodeLine(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
      { numRuns: 5000 },
    )
  })

  test('bytes that are no text keep their bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        const back = decodeField(encodeBytes(bytes).toString('latin1'))
        expect(Buffer.from(back!, 'latin1')).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test('a field is written as COPY writes it', async () => {
    const { client } = await postgresDatabase('CREATE TABLE t (i serial, x text)')
    const many = fc.array(fc.option(value), { minLength: 1, maxLength: 500, size: 'max' })
    await fc.assert(
      fc.asyncProperty(many, async values => {
        await client.query('TRUNCATE t RESTART IDENTITY')
        await client.query(
          'INSERT INTO t (x) SELECT x FROM unnest($1::text[]) WITH ORDINALITY u(x, i) ORDER BY i',
          [values],
        )
        const pieces: Buffer[] = []
        for await (const piece of client.query(copyTo('COPY (SELECT x FROM t ORDER BY i) TO STDOUT'))) {
          pieces.push(piece as Buffer)
        }
        expect(values.map(one => `${encodeField(one)}\n`).join('')).toBe(Buffer.concat(pieces).toString())
      }),
      { numRuns: 5 },
    )
  })
})
