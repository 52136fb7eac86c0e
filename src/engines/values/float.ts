import { canonicalDecimal } from './decimal.ts'

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
  const scientific = bits === 32 ? shortestFloat32(narrowed) : narrowed.toExponential()
  const [mantissa, exponentText] = scientific.split('e') as [string, string]
  const exponent = Number(exponentText)
  if (exponent >= -4 && exponent < (bits === 32 ? 6 : 15)) return canonicalDecimal(scientific)!
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** The number a text stands for; null where it stands for none. */
export function parseFloatText(text: string): number | null {
  const canonical = canonicalDecimal(text)
  return canonical === null ? null : Number(canonical)
}

/** Nine significant digits always identify a 32-bit float. */
function shortestFloat32(value: number): string {
  for (let digits = 0; digits < 8; digits++) {
    const text = value.toExponential(digits)
    if (Math.fround(Number(text)) === value) return text.replace(/\.?0+e/, 'e')
  }
  return value.toExponential(8)
}
