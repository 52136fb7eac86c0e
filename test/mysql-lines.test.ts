import { expect, test } from 'vitest'
import { LineWriter } from '../src/engines/mysql/line-writer.ts'
import { type WireField, wireField } from '../src/engines/mysql/values.ts'
import type { Lines } from '../src/model/row-line.ts'

/** A row of the text protocol. */
function packet(values: (string | Buffer | null)[]): Buffer {
  return Buffer.concat(
    values.map(value => {
      if (value === null) return Buffer.from([0xfb])
      const bytes = Buffer.from(value as string)
      const { length } = bytes
      if (length < 0xfb) return Buffer.concat([Buffer.from([length]), bytes])
      const head = Buffer.alloc(length < 0x10000 ? 3 : length < 0x1000000 ? 4 : 9)
      head[0] = length < 0x10000 ? 0xfc : length < 0x1000000 ? 0xfd : 0xfe
      if (head.length === 9) head.writeBigUInt64LE(BigInt(length), 1)
      else head.writeUIntLE(length, 1, head.length - 1)
      return Buffer.concat([head, bytes])
    }),
  )
}

function written(fields: WireField[], rows: (string | Buffer | null)[][]): { text: string; pieces: Lines[] } {
  const pieces: Lines[] = []
  const writer = new LineWriter(fields, lines => pieces.push(lines))
  for (const row of rows) {
    // In the middle of a larger chunk, as it comes from the socket.
    const payload = packet(row)
    const chunk = Buffer.concat([Buffer.from('before'), payload, Buffer.from('after')])
    writer.row(chunk, 6, 6 + payload.length)
  }
  writer.finish()
  return { text: Buffer.concat(pieces.map(({ bytes }) => bytes)).toString('latin1'), pieces }
}

const plain = (form: WireField['form']): WireField => ({ sql: 'x', form })

test('each form turns the bytes of the wire into a field', () => {
  const cases: [WireField['form'], string | Buffer | null, string][] = [
    ['plain', '2026-01-02', '2026-01-02'],
    ['plain', null, '\\N'],
    ['integer', '00042', '42'],
    ['integer', '0000', '0'],
    ['integer', '-7', '-7'],
    ['integer', '18446744073709551615', '18446744073709551615'],
    ['decimal', '13.90', '13.9'],
    ['decimal', '-13.00', '-13'],
    ['decimal', '-0.00', '0'],
    ['decimal', '0.00', '0'],
    ['decimal', '100', '100'],
    ['decimal', '00100.50', '100.5'],
    ['decimal', `${'9'.repeat(60)}.10000`, `${'9'.repeat(60)}.1`],
    ['time', '2026-01-02 03:04:05.120000', '2026-01-02 03:04:05.12'],
    ['time', '-838:59:59.000000', '-838:59:59'],
    ['text', 'a\tb\\c\nd\u0001', 'a\\tb\\\\c\\nd\u0001'],
    ['text', '', ''],
    ['text', '\\N', '\\\\N'],
    ['bytes', Buffer.from([0x00, 0xff, 0x0a]), '\\\\x00ff0a'],
  ]
  for (const [form, value, expected] of cases)
    expect(written([plain(form)], [[value]]).text).toBe(`${expected}\n`)
})

test('fields of every length are found again, also those longer than 16 MB', () => {
  const lengths = [0, 1, 47, 48, 49, 250, 251, 65_535, 65_536, 17 * 1024 * 1024]
  for (const length of lengths) {
    const value = 'x'.repeat(length)
    const { text } = written([plain('plain'), plain('integer')], [[value, '7']])
    expect(text.length).toBe(length + 3)
    expect(text.endsWith('\t7\n')).toBe(true)
  }
})

test('pieces end where a row ends, count their rows, and lose none', () => {
  const rows = Array.from({ length: 50_000 }, (_, index) => [String(index), 'é'.repeat(index % 90)])
  const { text, pieces } = written([plain('integer'), plain('text')], rows)
  expect(pieces.length).toBeGreaterThan(2)
  expect(pieces.reduce((sum, { rows: count }) => sum + count, 0)).toBe(rows.length)
  expect(pieces.every(({ bytes }) => bytes.at(-1) === 0x0a)).toBe(true)
  expect(Buffer.from(text, 'latin1').toString()).toBe(rows.map(([id, word]) => `${id}\t${word}\n`).join(''))
})

test('a converted value may be longer than the bytes it comes from', () => {
  const longer: WireField = { sql: 'x', form: 'converted', convert: value => `${value}\t`.repeat(3_000_000) }
  const { text } = written([longer, plain('integer')], [['ab', '5']])
  expect(text.length).toBe(3_000_000 * 4 + 3)
  expect(text.endsWith('\\t\t5\n')).toBe(true)
})

test('what a type has no room for is refused by a load, rounded where that is accepted, and kept when compared', () => {
  const convert = (field: Parameters<typeof wireField>[0], purpose: 'load' | 'compare', text: string) => {
    const wire = wireField(field, purpose)
    return written([wire], [[text]]).text.slice(0, -1)
  }
  const decimal = {
    expression: 'x',
    type: { kind: 'decimal', precision: 10, scale: 2, fixedScale: true } as const,
    own: { kind: 'decimal', precision: 12, scale: 4 } as const,
  }
  expect(convert(decimal, 'load', '1.2300')).toBe('1.23')
  expect(convert(decimal, 'load', '1.2350')).toBe('?unfit:1.2350')
  expect(convert(decimal, 'compare', '1.2350')).toBe('1.235')
  expect(convert({ ...decimal, rounded: true }, 'load', '1.2350')).toBe('1.24')
  expect(convert({ ...decimal, rounded: true }, 'compare', '-1.2350')).toBe('-1.24')
  const time = {
    expression: 'x',
    type: { kind: 'timestamp', precision: 3, zone: false, rounding: 'truncate' } as const,
    own: { kind: 'timestamp', precision: 6, zone: false } as const,
  }
  expect(convert(time, 'load', '2026-01-01 00:00:00.123000')).toBe('2026-01-01 00:00:00.123')
  expect(convert(time, 'load', '2026-01-01 00:00:00.123900')).toBe('?unfit:2026-01-01 00:00:00.123900')
  expect(convert(time, 'compare', '2026-01-01 00:00:00.123900')).toBe('2026-01-01 00:00:00.123')
  expect(convert({ ...time, rounded: true }, 'load', '2026-01-01 00:00:00.123900')).toBe(
    '2026-01-01 00:00:00.123',
  )
})
