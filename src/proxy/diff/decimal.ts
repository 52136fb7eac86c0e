/** An exact decimal: digits × 10^exponent. */
export interface Decimal {
  digits: bigint
  exponent: number
}

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** Longer numbers are compared by their text: arithmetic on them could take for ever. */
const MAX_LENGTH = 1000

/**
 * One text for all ways to write a number: `1.0`, `1`, `10e-1` are `1e0`, `-0` is `0`.
 *
 * @returns null where the text is no JSON number
 */
export function canonicalNumber(text: string): string | null {
  const match = NUMBER.exec(text)
  if (match === null) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return '0'
  const short = withoutTrailingZeros(digits)
  // Beyond, making a number of it could take for ever; nobody writes those in two ways.
  if (exponent.length > 20) return `${sign}${short}e${fraction.length}/${exponent}`
  const zeros = digits.length - short.length - fraction.length
  // Most numbers have no exponent, or one that a double counts exactly.
  const scale = exponent.length < 15 ? Number(exponent) + zeros : BigInt(exponent) + BigInt(zeros)
  return `${sign}${short}e${scale}`
}

/** Zeros that are written out for people. */
const MOST_ZEROS = 40

/** A canonical number as people write it, `12345678901234567890` for `1234567890123456789e1`; huge ones stay as they are. */
export function plainNumber(canonical: string): string {
  const [, sign = '', digits = '', exponent = ''] = /^(-?)(\d+)e(-?\d{1,3})$/.exec(canonical) ?? []
  const scale = Number(exponent)
  if (digits === '' || scale > MOST_ZEROS || scale < -digits.length - MOST_ZEROS) return canonical
  if (scale >= 0) return sign + digits + '0'.repeat(scale)
  const whole = digits.padStart(1 - scale, '0')
  return `${sign}${whole.slice(0, scale)}.${whole.slice(scale)}`
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end--
  return digits.slice(0, end)
}

/** @returns null where the text is no number, or one too long to calculate with */
export function decimalOf(text: string): Decimal | null {
  if (text.length > MAX_LENGTH) return null
  const canonical = canonicalNumber(text)
  if (canonical === null) return null
  if (canonical === '0') return { digits: 0n, exponent: 0 }
  const [digits, exponent] = canonical.split('e')
  const scale = Number(exponent)
  return !(Math.abs(scale) <= MAX_LENGTH) ? null : { digits: BigInt(digits!), exponent: scale }
}

/** Both as whole multiples of the same power of ten. */
export function aligned(a: Decimal, b: Decimal): { a: bigint; b: bigint; exponent: number } {
  const exponent = Math.min(a.exponent, b.exponent)
  return {
    a: a.digits * 10n ** BigInt(a.exponent - exponent),
    b: b.digits * 10n ** BigInt(b.exponent - exponent),
    exponent,
  }
}

/** Whether |a − b| ≤ absolute, or ≤ relative × max(|a|, |b|); exact but for what the limits themselves are as doubles. */
export function isWithin(
  a: Decimal,
  b: Decimal,
  limits: { absolute: number | null; relative: number | null },
): boolean {
  const { a: left, b: right, exponent } = aligned(a, b)
  const distance = { digits: magnitude(left - right), exponent }
  const larger = { digits: magnitude(left) > magnitude(right) ? magnitude(left) : magnitude(right), exponent }
  return (
    (limits.absolute !== null && isAtMost(distance, limitOf(limits.absolute))) ||
    (limits.relative !== null && isAtMost(distance, product(larger, limitOf(limits.relative))))
  )
}

/** Shortest decimal of a double: `0.01` is a hundredth, as whoever wrote the plan meant it. */
function limitOf(limit: number): Decimal {
  return decimalOf(String(limit)) ?? { digits: 0n, exponent: 0 }
}

function product(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent }
}

function isAtMost(a: Decimal, b: Decimal): boolean {
  const both = aligned(a, b)
  return both.a <= both.b
}

export function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}
