/** More digits than any engine holds; beyond it a number is not written out. */
const LONGEST = 20_000

const literal = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?\s*$/i

/**
 * A number by its value: no exponent, no leading or trailing zeros, no `+`, no `-0`; `NaN`, `Infinity` and
 * `-Infinity` as PostgreSQL spells them. Null where the text is no number.
 */
export function canonicalDecimal(text: string): string | null {
  const match = literal.exec(text)
  if (!match || (match[2] === '' && !match[3])) return canonicalSpecial(text)
  const fraction = match[3] ?? ''
  const exponent = Number(match[4] ?? 0)
  if (Math.abs(exponent) > LONGEST) return null
  const digits = match[2]! + fraction
  const point = match[2]!.length + exponent
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : ''
  const rest =
    point >= digits.length ? '' : digits.slice(Math.max(point, 0)).padStart(digits.length - point, '0')
  const wholePart = whole.replace(/^0+/, '') || '0'
  const restPart = rest.replace(/0+$/, '')
  const value = restPart === '' ? wholePart : `${wholePart}.${restPart}`
  return match[1] === '-' && value !== '0' ? `-${value}` : value
}

/**
 * The decimal an IEEE double stands for: its shortest text that reads back as the same double. Where the column
 * declares `scale` digits and only the noise beyond the 15 digits a double guarantees (DBL_DIG) is in the way
 * (13.860000000000001), the 15-digit decimal.
 */
export function decimalOfReal(value: number, scale: number | undefined): string {
  const shortest = canonicalDecimal(String(value))!
  if (scale === undefined || decimals(shortest) <= scale || !Number.isFinite(value)) return shortest
  const guaranteed = canonicalDecimal(value.toPrecision(15))!
  return decimals(guaranteed) <= scale ? guaranteed : shortest
}

/** Digits after the point of a canonical decimal. */
export function decimals(canonical: string): number {
  const point = canonical.indexOf('.')
  return point < 0 ? 0 : canonical.length - point - 1
}

/**
 * A canonical decimal rounded half away from zero, as the engines round theirs; a negative `scale` rounds before the
 * point. NaN and infinities are themselves.
 */
export function roundDecimal(canonical: string, scale: number): string {
  if (decimals(canonical) <= scale) return canonical
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(canonical)
  if (!match) return canonical
  const [, sign, whole, fraction = ''] = match
  const digits = BigInt(whole! + fraction)
  const unit = 10n ** BigInt(fraction.length - scale)
  const kept = (digits * 2n + unit) / (unit * 2n)
  return canonicalDecimal(`${sign}${kept}e${-scale}`)!
}

function canonicalSpecial(text: string): string | null {
  const word = text.trim().toLowerCase()
  if (word === 'nan') return 'NaN'
  if (/^\+?inf(inity)?$/.test(word)) return 'Infinity'
  return /^-inf(inity)?$/.test(word) ? '-Infinity' : null
}
