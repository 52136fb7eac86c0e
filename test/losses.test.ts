import { describe, expect, it } from 'vitest'
import type { LogicalType } from '../src/model/logical-type.ts'
import { lossFindings } from '../src/plan/doctor.ts'
import { acceptedLosses, lossesBetween } from '../src/plan/fidelity.ts'
import type { ResolvedPlan } from '../src/plan/mapping.ts'

const integer = (bits: 8 | 16 | 24 | 32 | 64, unsigned = false): LogicalType => ({
  kind: 'integer',
  bits,
  ...(unsigned ? { unsigned } : {}),
})
const decimal = (precision?: number, scale?: number): LogicalType => ({
  kind: 'decimal',
  ...(precision === undefined ? {} : { precision, scale: scale ?? 0 }),
})
const text = (length?: number, more: { padded?: boolean; folded?: boolean } = {}): LogicalType => ({
  kind: 'text',
  ...(length === undefined ? {} : { length }),
  ...more,
})
const timestamp = (precision: number, zone = false): LogicalType => ({ kind: 'timestamp', precision, zone })
const float = (bits: 32 | 64): LogicalType => ({ kind: 'float', bits })
const date: LogicalType = { kind: 'date' }
const uuid: LogicalType = { kind: 'uuid' }
const boolean: LogicalType = { kind: 'boolean' }
const json: LogicalType = { kind: 'json', binary: true }
const colours = (...labels: string[]): LogicalType => ({ kind: 'enum', name: 'colour', labels })

/** `rounding more than 2 digits after the point` for each loss; the types it names beside are left out. */
function losses(
  own: LogicalType,
  target: LogicalType,
  typeEnforced: { own?: boolean; target?: boolean } = {},
): string[] {
  return lossesBetween(
    { type: own, typeEnforced: typeEnforced.own ?? true },
    { type: target, typeEnforced: typeEnforced.target ?? true },
  ).map(({ kind, note }) => `${kind} ${note.replace(/ \(\S.*→.*\)$/, '')}`)
}

describe('between engines that hold columns to their types', () => {
  it.each<[string, LogicalType, LogicalType]>([
    ['the same type', decimal(10, 2), decimal(10, 2)],
    ['more room', decimal(10, 2), decimal(12, 3)],
    ['no limit at all', decimal(), decimal()],
    ['a larger integer', integer(32), integer(64)],
    ['an unsigned integer in the next larger', integer(32, true), integer(64)],
    ['an unsigned integer in enough digits', integer(64, true), decimal(20)],
    ['an integer a float holds', integer(32), float(64)],
    ['a decimal a float holds', decimal(15, 4), float(64)],
    ['a float without limit', float(64), decimal()],
    ['more digits of a second', timestamp(3), timestamp(6)],
    ['a longer text', text(10), text(20)],
    ['padding that is dropped', text(10, { padded: true }), text(10)],
    ['more labels', colours('red'), colours('red', 'blue')],
    ['16 bytes', { kind: 'bytes', length: 16, padded: true }, uuid],
    ['one bit', { kind: 'bits', length: 1 }, boolean],
  ])('nothing is lost: %s', (_, own, target) => {
    expect(losses(own, target)).toEqual([])
  })

  it.each<[LogicalType, LogicalType, string[]]>([
    [decimal(10, 4), decimal(10, 2), ['rounding more than 2 digits after the point']],
    [decimal(12, 2), decimal(10, 2), ['refusal numbers of more than 8 digits before the point']],
    [
      decimal(),
      decimal(65, 30),
      [
        'rounding more than 30 digits after the point',
        'refusal numbers of more than 35 digits before the point',
      ],
    ],
    [decimal(20, 2), float(64), ['rounding digits beyond 15']],
    [decimal(5), integer(16), ['refusal numbers outside -32768…32767']],
    [decimal(4, 1), integer(16), ['refusal what is no whole number']],
    [integer(64), integer(32), ['refusal numbers outside -2147483648…2147483647']],
    [integer(8), integer(8, true), ['refusal numbers outside 0…255']],
    [integer(64), float(64), ['rounding integers beyond 2^53']],
    [integer(32), float(32), ['rounding integers beyond 2^24']],
    [integer(64, true), decimal(19), ['refusal numbers of more than 19 digits']],
    [integer(8), boolean, ['refusal what is neither 0 nor 1']],
    [boolean, integer(8), ['form kept as 0 and 1']],
    [float(64), float(32), ['rounding digits beyond those of 32 bits']],
    [float(64), { kind: 'float', bits: 64, scale: 2 }, ['rounding more than 2 digits after the point']],
    [{ kind: 'float', bits: 64, scale: 2 }, { kind: 'float', bits: 64, scale: 3 }, []],
    [decimal(5, 3), { kind: 'float', bits: 32, scale: 2 }, ['rounding more than 2 digits after the point']],
    [
      float(64),
      decimal(10, 2),
      [
        'rounding more than 2 digits after the point',
        'refusal infinities, and numbers of more than 8 digits before the point',
      ],
    ],
    [
      timestamp(6, true),
      timestamp(3),
      ['rounding digits of a second beyond 3', 'form the time zone: kept in UTC'],
    ],
    [timestamp(0), timestamp(0, true), ['form taken to be in UTC']],
    [timestamp(6), date, ['rounding the time of day']],
    [
      { kind: 'time', precision: 6, span: true },
      { kind: 'time', precision: 0 },
      ['rounding digits of a second beyond 0', 'refusal what is negative or passes 24 hours'],
    ],
    [text(), text(20), ['refusal what is longer than 20 characters']],
    [text(undefined, { folded: true }), text(), ["form 'A' is no longer the same as 'a'"]],
    [text(), text(undefined, { folded: true }), ["form 'A' becomes the same as 'a'"]],
    [text(), uuid, ['refusal what is no uuid']],
    [text(), json, ['refusal what is no JSON']],
    [json, text(), ['form kept as text']],
    [
      { kind: 'json', binary: false },
      json,
      ['form spaces, the order of keys, and all but the last of equal keys'],
    ],
    [
      json,
      { kind: 'json', binary: true, doubles: true },
      ['refusal numbers that are no 64-bit integer and no double'],
    ],
    [colours('red', 'green'), colours('red'), ['refusal labels the target does not have: green']],
    [colours('red'), text(), ['form the labels are no longer enforced']],
    [{ kind: 'set', labels: ['a'] }, text(), ['form the members are no longer enforced']],
    [{ kind: 'array', element: 'text' }, json, ['form kept as json']],
    [
      { kind: 'bytes', length: 4 },
      { kind: 'bytes', length: 4, padded: true },
      ['form shorter values are filled up with zero bytes'],
    ],
    [{ kind: 'bits', length: 8 }, { kind: 'bits', length: 4 }, ['refusal what is longer than 4 bits']],
    [{ kind: 'bits', length: 8, varying: true }, { kind: 'bits', length: 8 }, ['refusal what is not 8 bits']],
    [
      { kind: 'bits', length: 83_886_080, varying: true },
      integer(32),
      ['rounding zeros at the beginning', 'refusal numbers outside -2147483648…2147483647'],
    ],
  ])('%o → %o', (own, target, expected) => {
    expect(losses(own, target)).toEqual(expected)
  })
})

describe('from an engine that does not', () => {
  const from = (own: LogicalType, target: LogicalType) => losses(own, target, { own: false })

  it('nothing follows from what it gives every column', () => {
    expect(from(timestamp(6), timestamp(3))).toEqual([])
    expect(from(timestamp(6), timestamp(3, true))).toEqual([])
    expect(from(integer(64), integer(32))).toEqual([])
    expect(from(integer(64), boolean)).toEqual([])
    expect(from(decimal(), decimal(10, 2))).toEqual([])
    expect(from(text(), text(20))).toEqual([])
    expect(from(text(), json)).toEqual([])
  })

  it('what its declaration says does count', () => {
    expect(from(decimal(10, 4), decimal(10, 2))).toEqual(['rounding more than 2 digits after the point'])
    expect(from(text(50), text(20))).toEqual(['refusal what is longer than 20 characters'])
    expect(from(timestamp(6), date)).toEqual(['rounding the time of day'])
    expect(from(float(64), float(32))).toEqual(['rounding digits beyond those of 32 bits'])
    expect(from(float(64), decimal(10, 2))).toEqual(['rounding more than 2 digits after the point'])
    expect(from({ kind: 'any' }, text())).toEqual(['form numbers and blobs keep their text form'])
  })
})

it('to an engine that does not, no length counts, and many digits do', () => {
  const to = (own: LogicalType, target: LogicalType) => losses(own, target, { target: false })
  expect(to(text(), text(20))).toEqual([])
  expect(to(decimal(10, 2), decimal(10, 2))).toEqual([])
  expect(to(decimal(30, 2), decimal(30, 2))).toEqual([
    'form digits beyond 15 where the target keeps it as an inexact float',
  ])
})

it('doctor warns of each loss, unless the plan accepts it, and says what accepting it means', () => {
  const columns = {
    total: { accept_loss: 'cents are enough' },
    note: { accept_loss: 'nothing to see' },
    city: 'town',
  }
  const loss = (column: string, kind: 'rounding' | 'refusal' | 'form', note: string) => ({
    table: 'orders',
    column,
    kind,
    note,
  })
  const fidelity = [
    loss('total', 'rounding', 'more than 2 digits'),
    loss('total', 'refusal', 'more than 8 digits'),
    loss('placed', 'rounding', 'digits of a second'),
    loss('data', 'form', 'kept as text'),
  ]
  expect(acceptedLosses({ columns })).toEqual([
    { column: 'total', reason: 'cents are enough' },
    { column: 'note', reason: 'nothing to see' },
  ])
  const resolved = { mappings: [{ table: 'orders', document: { columns }, fidelity }] }
  expect(
    lossFindings(resolved as unknown as ResolvedPlan).map(
      ({ level, subject, message }) => `${level} ${subject}: ${message}`,
    ),
  ).toEqual([
    'warning orders.total: would refuse more than 8 digits: such rows go into quarantine',
    'warning orders.placed: would lose digits of a second: rows whose value would change are refused; say accept_loss with a reason to round them',
    'note orders.data: kept as text',
    'note orders.total: loss accepted: more than 2 digits: cents are enough',
    'note orders.note: loss accepted: what the target has no room for: nothing to see',
  ])
})
