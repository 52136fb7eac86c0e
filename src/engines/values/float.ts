import { canonicalDecimal, roundDecimal } from './decimal.ts'
import type { Fit } from './fit.ts'

/**
 * The shortest text that reads back as the same float of its own width, spelled as PostgreSQL spells it
 * (`float8out`, `float4out`): an exponent below 1e-4 and from 1e15 (1e6 for 32 bits), `-0` as `0`.
 */
export function formatFloat(value: number, bits: 32 | 64): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  const narrowed = bits === 32 ? Math.fround(value) : value
  if (narrowed === 0) return '0'
  if (!Number.isFinite(narrowed)) return narrowed > 0 ? 'Infinity' : '-Infinity'
  const scientific = shortest(narrowed, bits)
  const [mantissa, exponentText] = scientific.split('e') as [string, string]
  const exponent = Number(exponentText)
  if (exponent >= -4 && exponent < (bits === 32 ? 6 : 15)) return canonicalDecimal(scientific)!
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

interface FloatType {
  bits: 32 | 64
  scale?: number
}

/**
 * The float of a number's text; null where it is no number, or has digits a load would lose without a word. Up to
 * FLT_DIG and DBL_DIG digits are read back from every float, whatever its own shortest text.
 */
export function floatOf(text: string, { bits, scale }: FloatType, fit: Fit): string | null {
  const written = canonicalDecimal(text)
  if (written === null) return null
  const number = scale === undefined || fit === 'compare' ? written : roundDecimal(written, scale)
  if (fit === 'refuse' && number !== written) return null
  const float = formatFloat(Number(number), bits)
  // A number beyond the greatest float is not an infinity.
  if (float.endsWith('Infinity') && !number.endsWith('Infinity')) return null
  const double = Number(number)
  // Subnormal floats have fewer digits, and the least of them is far from zero.
  const normal = Math.abs(double) >= (bits === 32 ? 2 ** -126 : 2 ** -1022)
  if (fit !== 'refuse' || (normal && significant(number) <= (bits === 32 ? 6 : 15))) return float
  const exact = canonicalDecimal(String(double)) === number && (bits === 64 || Math.fround(double) === double)
  return exact || canonicalDecimal(float) === number ? float : null
}

/** Digits of a canonical decimal without the zeros at either end. */
function significant(canonical: string): number {
  return canonical.replace(/[-.]/g, '').replace(/^0+|0+$/g, '').length
}

/**
 * The fewest digits strictly between the midpoints to the neighbouring floats. A text that is a midpoint itself, and
 * read back by rounding to even, is enough for JavaScript (1e23) and too little for PostgreSQL (`acceptBounds`,
 * d2s.c).
 */
function shortest(value: number, bits: 32 | 64): string {
  let digits = 0
  if (bits === 64) {
    const own = value.toExponential()
    // Below 2^53 no midpoint has as few digits.
    if (Math.abs(value) < 2 ** 53) return own
    digits = own.replace(/^-?\d\.?|e.*$/g, '').length
  } else if (!Number.isInteger(Math.log2(Math.abs(value)))) {
    while (Math.fround(Number(value.toExponential(digits))) !== value) digits++
  }
  for (;;) {
    const text = nearestInside(value, bits, digits++)
    if (text !== null) return text
  }
}

/** The nearest decimal of so many digits after the point, or null where it is not read back; a tie goes to the even. */
function nearestInside(value: number, bits: 32 | 64, digits: number): string | null {
  const { significand, exponent, lowest } = partsOf(value, bits)
  const [mantissa, power] = Math.abs(value).toExponential(digits).split('e') as [string, string]
  const ten = Number(power) - digits
  // In quarters of the distance between two floats, as whole numbers; below a power of two the floats lie closer.
  const two = exponent - 2
  const scaled = (decimal: bigint) => decimal * 10n ** positive(ten) * 2n ** positive(-two)
  const float = (quarters: bigint) => quarters * 2n ** positive(two) * 10n ** positive(-ten)
  const centre = float(4n * significand)
  const distance = (decimal: bigint) => {
    const away = scaled(decimal) - centre
    return away < 0n ? -away : away
  }
  const near = BigInt(mantissa.replace('.', ''))
  const inside = [near - 1n, near, near + 1n].filter(
    decimal =>
      scaled(decimal) > float(4n * significand - (lowest ? 1n : 2n)) &&
      scaled(decimal) < float(4n * significand + 2n),
  )
  const [best] = inside.sort((a, b) =>
    distance(a) < distance(b) ? -1 : distance(a) > distance(b) ? 1 : Number((a % 2n) - (b % 2n)),
  )
  if (best === undefined) return null
  const text = best.toString().replace(/^(\d)(\d+)$/, '$1.$2')
  return `${value < 0 ? '-' : ''}${text}e${ten + best.toString().length - 1}`
}

/** `significand * 2^exponent`; `lowest` where the next float towards zero is only half as far as the one away. */
function partsOf(value: number, bits: 32 | 64) {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const biased = Number((view.getBigUint64(0) >> 52n) & 0x7ffn)
  const fraction = view.getBigUint64(0) & (2n ** 52n - 1n)
  const full = {
    significand: biased === 0 ? fraction : fraction + 2n ** 52n,
    exponent: Math.max(biased, 1) - 1075,
  }
  const exponent = bits === 64 ? full.exponent : Math.max(full.exponent + 29, -149)
  const significand = full.significand >> BigInt(exponent - full.exponent)
  const least = bits === 64 ? -1074 : -149
  return {
    significand,
    exponent,
    lowest: significand === 2n ** (bits === 64 ? 52n : 23n) && exponent > least,
  }
}

function positive(exponent: number): bigint {
  return BigInt(Math.max(exponent, 0))
}
