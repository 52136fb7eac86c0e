import { type Form, shortestFloat } from './form.ts'
import { canonical, type Kind, plainDecimal } from './kinds.ts'

export interface Mutating {
  kind: Kind
  target: Form
  /** What of a value both sides compare. */
  compared(value: string): string
  /** Digits of a second at which both sides are compared. */
  digits: number
  /** Values of the same corpus that arrive. */
  neighbours: string[]
}

/** What a mutation makes of a value; null is NULL. */
export type Mutated = string | null

/**
 * One small change of a value that its column can hold, other from row to row.
 *
 * @param turn which of the possible changes
 */
export function mutate(value: string | null, turn: number, how: Mutating): Mutated {
  if (value === null) return ofNull(turn, how)
  if (turn % 9 === 8) return null
  for (const candidates of [changes(value, how), how.neighbours]) {
    for (let offset = 0; offset < candidates.length; offset++) {
      const candidate = candidates[(turn + offset) % candidates.length]!
      if (differs(value, candidate, how)) return candidate
    }
  }
  return null
}

function differs(value: string, candidate: string, { kind, target, compared }: Mutating): boolean {
  return (
    target.holds(candidate, kind) &&
    !target.alters?.(candidate) &&
    canonical(kind, compared(candidate)) !== canonical(kind, compared(value))
  )
}

function ofNull(turn: number, { kind, target, compared, neighbours }: Mutating): string {
  const texts = kind === 'text' ? ['', '<null>', 'NULL', '\\N', 'null', '\\\\N', ' '] : []
  const values = [...texts.filter(text => target.holds(text, kind) && compared(text) === text), ...neighbours]
  return values[turn % values.length]!
}

function changes(value: string, how: Mutating): string[] {
  switch (how.kind) {
    case 'integer':
      return ofInteger(BigInt(plainDecimal(value)))
    case 'decimal':
      return ofDecimal(plainDecimal(value), how.target.scale)
    case 'float64':
    case 'float32':
      return ofFloat(Number(value), how.kind === 'float32' ? 32 : 64, how.target)
    case 'boolean':
      return [value === 't' ? 'f' : 't']
    case 'text':
      return ofText(value)
    case 'bytes':
    case 'uuid':
      return ofDigits(value, '0123456789abcdef')
    case 'bits':
      return ofDigits(value, '01')
    case 'timestamp':
    case 'time':
      return ofTime(value, how.digits)
    case 'date':
      return ofDate(value)
    case 'json':
      return ofJson(value)
    default:
      return []
  }
}

function ofInteger(value: bigint): string[] {
  return [value + 1n, value - 1n, -value, value ^ 1n, value ^ (1n << 31n), value * 10n, value / 10n].map(
    String,
  )
}

/** Up or down by one in the last place the column has. */
function ofDecimal(plain: string, scale: number | undefined): string[] {
  if (!/\d/.test(plain)) return ['0', plain === 'NaN' ? 'Infinity' : 'NaN']
  const places = Math.max(plain.split('.')[1]?.length ?? 0, scale ?? 0)
  const step = (digits: number, by: bigint) => {
    const [whole, fraction = ''] = plain.replace('-', '').split('.')
    const scaled =
      BigInt(`${plain.startsWith('-') ? '-' : ''}${whole}${fraction.padEnd(digits, '0').slice(0, digits)}`) +
      by
    const text = scaled
      .toString()
      .replace('-', '')
      .padStart(digits + 1, '0')
    return `${scaled < 0n ? '-' : ''}${text.slice(0, text.length - digits)}.${text.slice(text.length - digits)}`.replace(
      /\.$/,
      '',
    )
  }
  const whole = scale !== undefined && scale < 0 ? 10n ** BigInt(-scale) : 1n
  const finer = scale === undefined ? [step(places + 1, 1n)] : []
  return [
    step(places, 1n),
    step(places, -1n),
    plain.startsWith('-') ? plain.slice(1) : `-${plain}`,
    ...finer,
    step(0, whole),
  ]
}

/** The next float up or down, in the digits the column can show. */
function ofFloat(value: number, bits: 32 | 64, target: Form): string[] {
  const near = [nextFloat(value, bits, 1n), nextFloat(value, bits, -1n), -value]
  if (target.kind !== 'decimal') return near.map(String)
  const coarser = [1e-6, 1e-4, 1e-2, 1].map(step => Number((value + step).toPrecision(bits === 32 ? 6 : 14)))
  return [...near, ...coarser].map(one => plainDecimal(shortestFloat(one, bits)))
}

function nextFloat(value: number, bits: 32 | 64, by: bigint): number {
  if (Number.isNaN(value)) return 0
  if (!Number.isFinite(value)) return -value
  const view = new DataView(new ArrayBuffer(8))
  if (bits === 32) {
    view.setFloat32(0, value)
    if (value === 0) return by > 0n ? 1.401298464324817e-45 : -1.401298464324817e-45
    view.setUint32(0, Number(BigInt(view.getUint32(0)) + by))
    return view.getFloat32(0)
  }
  if (value === 0) return by > 0n ? Number.MIN_VALUE : -Number.MIN_VALUE
  view.setFloat64(0, value)
  view.setBigUint64(0, view.getBigUint64(0) + by)
  return view.getFloat64(0)
}

function ofText(value: string): string[] {
  const characters = [...value]
  const middle = characters.length >> 1
  const replaced = (to: string) =>
    [...characters.slice(0, middle), to, ...characters.slice(middle + 1)].join('')
  const other = characters[middle]
  const swapped = other === other?.toUpperCase() ? other?.toLowerCase() : other?.toUpperCase()
  return [
    `${value} `,
    replaced(swapped ?? 'x'),
    characters.slice(0, -1).join(''),
    ` ${value}`,
    value.normalize('NFD'),
    value.normalize('NFC'),
    replaced('?'),
    `${value}\\`,
    value.replaceAll('\\', '\\\\'),
    value.replaceAll('\n', '\\n'),
    `${value}\n`,
    replaced('\u0001'),
    `${value}\u200b`,
    `?unfit:${value}`,
    `${value}x`,
  ]
}

/** One digit exchanged for its neighbour, at the front, in the middle and at the end. */
function ofDigits(value: string, alphabet: string): string[] {
  const places = [value.length - 1, 0, value.length >> 1].filter(
    at => at >= 0 && alphabet.includes(value[at] ?? '-'),
  )
  return places.map(at => {
    const next = alphabet[alphabet.indexOf(value[at]!) ^ 1]!
    return value.slice(0, at) + next + value.slice(at + 1)
  })
}

/** One step of the last digit both sides compare, and a second, and what lies a zone away. */
function ofTime(value: string, digits: number): string[] {
  const match = /^(.*:)(\d\d)(?:\.(\d+))?( BC)?$/.exec(value)
  if (!match) return []
  const [, before, second, fraction = '', era = ''] = match
  const scaled = Number(second) * 10 ** digits + Number(fraction.padEnd(digits, '0').slice(0, digits))
  const written = (units: number) => {
    const text = String(units).padStart(digits + 2, '0')
    return `${before}${text.slice(0, 2)}${digits > 0 ? `.${text.slice(2)}` : ''}${era}`
  }
  const units = [scaled + 1, scaled - 1, scaled + 10 ** digits].filter(
    one => one >= 0 && one < 60 * 10 ** digits,
  )
  const hour = value.replace(
    /(\d\d):(\d\d):/,
    (_, hours, minutes) => `${String((Number(hours) + 1) % 24).padStart(2, '0')}:${minutes}:`,
  )
  return [...units.map(written), hour]
}

function ofDate(value: string): string[] {
  const match = /^(\d+)-(\d\d)-(\d\d)( BC)?$/.exec(value)
  if (!match) return []
  const [, year, month, day, era = ''] = match
  return [
    `${year}-${month}-${day === '01' ? '02' : '01'}${era}`,
    `${year}-${month === '05' ? '06' : '05'}-${day === '31' ? '30' : day}${era}`,
  ]
}

/** JSON that is not the same by value, by as little as it can be. */
function ofJson(value: string): string[] {
  const candidates = [
    value.replace(/(?<=[[:,\s]|^)(-?\d+)(?=[\],}\s]|$)/, '$1.0000000000000000001'),
    value.replace(/"([^"\\]+)"/, '"$1 "'),
    value.replace(/true/, 'false'),
    value.replace(/(\d)(?=[\],}\s]|$)/, digit => String((Number(digit) + 1) % 10)),
    value.replace(/null/, '"null"'),
    `[${value}]`,
  ]
  return candidates.filter(one => one !== value && isJson(one))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
