const [ZERO, MINUS] = [0x30, 0x2d]
/** Days from 0000-03-01 to 2000-01-01. */
const EPOCH_DAYS = 730_425

/** Of `2026-01-02`. */
export const DATE_LENGTH = 10

/** Where the digits that begin at `from` end. */
export function digitsEnd(lines: Uint8Array, from: number): number {
  let at = from
  while (lines[at]! >= ZERO && lines[at]! < ZERO + 10) at++
  return at
}

/** Two digits as a number; NaN where they are none. */
export function pairOf(lines: Uint8Array, at: number): number {
  const tens = lines[at]! - ZERO
  const ones = lines[at + 1]! - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

/**
 * Days from 2000-01-01, from where PostgreSQL counts them, to a date of the years 1 to 9999; NaN where there is no such day.
 * A year that begins with March has its leap day at the end
 * (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", https://howardhinnant.github.io/date_algorithms.html).
 */
export function daysOf(lines: Uint8Array, from: number): number {
  if (lines[from + 4] !== MINUS || lines[from + 7] !== MINUS) return Number.NaN
  const year = pairOf(lines, from) * 100 + pairOf(lines, from + 2)
  const month = pairOf(lines, from + 5)
  const day = pairOf(lines, from + 8)
  if (!(year > 0 && month > 0 && month < 13 && day > 0 && day <= daysIn(month, year))) return Number.NaN
  const years = month > 2 ? year : year - 1
  const centuries = Math.floor(years / 100)
  const leapDays = (years >> 2) - centuries + (centuries >> 2)
  const dayOfYear = Math.floor((((month + 9) % 12) * 153 + 2) / 5) + day - 1
  return years * 365 + leapDays + dayOfYear - EPOCH_DAYS
}

function daysIn(month: number, year: number): number {
  if (month !== 2) return 30 + ((month + (month >> 3)) & 1)
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}
