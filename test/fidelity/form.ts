import type { EngineName } from '../../src/model/catalog.ts'
import type { Kind } from './kinds.ts'

/** One declared type of one engine, and how values stand in a column of it. */
export interface Form {
  engine: EngineName
  /** As written in CREATE TABLE. */
  declared: string
  /** Tells forms of one declared type apart. */
  name: string
  kind: Kind
  /** Digits after the point that a decimal column declares. */
  scale?: number
  /** Digits of a second. */
  digits?: number
  /** Trailing spaces are no part of the value. */
  padded?: boolean
  /** Bits of a column of a fixed number of them. */
  bits?: number
  /** SQL of a value, written for this column. */
  literal(value: string, kind: Kind): string
  /** Whether the column can hold exactly this value. */
  holds(value: string, kind: Kind): boolean
  /** Whether the column takes the value and keeps another, which verify must say. */
  alters?(value: string): boolean
  /** SQL that gives the stored value as text; null for NULL. */
  show(column: string): string
  /** The value that `show` shows. */
  read(shown: string): string
  /** Other ways to write the same value, as SQL; only where its meaning and not its text counts. */
  spellings?(value: string, kind: Kind): string[]
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export function integerBetween(least: bigint, greatest: bigint): (value: string) => boolean {
  return value => /^-?\d+$/.test(value) && BigInt(value) >= least && BigInt(value) <= greatest
}

/** The range of an integer of so many bits. */
export function integerOf(bits: number, unsigned = false): (value: string) => boolean {
  const size = 2n ** BigInt(bits)
  return unsigned ? integerBetween(0n, size - 1n) : integerBetween(-size / 2n, size / 2n - 1n)
}

/** Digits of a fraction of a second that are not zero at the end. */
export function secondDigits(value: string): number {
  return (/\.(\d*?)0*(?: BC)?$/.exec(value)?.[1] ?? '').length
}

/** Whether a plain decimal has no more than `precision - scale` digits before the point and `scale` after it. */
export function fitsDecimal(plain: string, precision: number, scale: number): boolean {
  const parts = /^-?0*(\d*)(?:\.(\d+))?$/.exec(plain)
  if (!parts) return false
  const zeros = /0*$/.exec(parts[1]!)![0].length
  if (scale < 0 && plain !== '0' && zeros < -scale) return false
  return (parts[2] ?? '').length <= Math.max(scale, 0) && parts[1]!.length <= precision - scale
}

/** The fewest digits that read back as the same float of `bits`. */
export function shortestFloat(value: number, bits: 32 | 64): string {
  if (bits === 64 || !Number.isFinite(value)) return String(value)
  for (let digits = 1; digits < 9; digits++) {
    if (Math.fround(Number(value.toPrecision(digits))) === Math.fround(value))
      return value.toPrecision(digits)
  }
  return value.toPrecision(9)
}

/** Whether a number neither passes the greatest float of a kind nor becomes zero in it. */
export function fitsFloat(value: string, kind: Kind): boolean {
  const number = Number(value)
  const float = kind === 'float32' ? Math.fround(number) : number
  return !/\d/.test(value) || (Number.isFinite(float) && (float !== 0) === (number !== 0))
}
