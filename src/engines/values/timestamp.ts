import type { Rounding } from '../../model/logical-type.ts'
import {
  civilFromDays,
  daysFromCivil,
  formatTime,
  fractionMicros,
  isDate,
  isTimeOfDay,
  pad,
} from './calendar.ts'
import type { Fit } from './fit.ts'

/** An instant in UTC as whole seconds since 1970 and microseconds 0…999,999; or an infinity. */
export type Instant = { seconds: number; micros: number } | 'infinity' | '-infinity'

/** 2000-01-01T00:00:00Z, the epoch from which PostgreSQL rounds. */
const POSTGRES_EPOCH = 946_684_800
/** SQLite's julian days of the years 0001 to 9999. */
const JULIAN_DAYS = { first: 1_721_425.5, last: 5_373_484.5 }
const JULIAN_UNIX_EPOCH = 2_440_587.5
/** A whole REAL from here on is epoch milliseconds (after 1973-03-03, or as long before 1970). */
const LEAST_MILLISECONDS = 100_000_000_000

const form =
  /^\s*(\d{4,7})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?)?(\s*BC)?\s*$/i

/**
 * The instant a stored value stands for, or null where it stands for none.
 *
 * Integers are epoch milliseconds, as Prisma's SQLite connector writes `DateTime`
 * (https://www.prisma.io/docs/orm/overview/databases/sqlite). Text is ISO 8601 with `T` or a space; without
 * an offset it is UTC, as in SQLite's own functions (https://www.sqlite.org/lang_datefunc.html). Reals are julian
 * day numbers there.
 */
export function parseInstant(value: string | bigint | number): Instant | null {
  if (typeof value === 'bigint') {
    const seconds = Number(value / 1000n)
    return normalise(seconds, Number(value % 1000n) * 1000)
  }
  if (typeof value === 'number') {
    const julian = value >= JULIAN_DAYS.first && value < JULIAN_DAYS.last
    // A fraction of anything else would be of seconds or milliseconds, and nothing says of which.
    if (!julian && !(Number.isSafeInteger(value) && Math.abs(value) >= LEAST_MILLISECONDS)) return null
    const milliseconds = julian ? Math.round((value - JULIAN_UNIX_EPOCH) * 86_400_000) : value
    return normalise(Math.floor(milliseconds / 1000), (((milliseconds % 1000) + 1000) % 1000) * 1000)
  }
  const match = form.exec(value)
  if (!match) {
    const word = value.trim().toLowerCase()
    return word === 'infinity' || word === '-infinity' ? word : null
  }
  const [written, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const year = match[9] === undefined ? written : 1 - written
  const [hour, minute, second] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)]
  const micros = fractionMicros(match[7])
  if (written < 1 || !isDate(year, month, day) || !isTimeOfDay(hour, minute, second, micros)) return null
  const offset = offsetSeconds(match[8])
  if (offset === null) return null
  const seconds = daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
  return normalise(seconds, micros)
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC as PostgreSQL prints a `timestamp`, rounded to `precision` digits. */
export function formatInstant(instant: Instant, precision: number, rounding: Rounding = 'from_2000'): string {
  if (typeof instant === 'string') return instant
  const { seconds, micros } = round(instant, precision, rounding)
  const days = Math.floor(seconds / 86_400)
  const { year, month, day } = civilFromDays(days)
  const time = formatTime(seconds - days * 86_400, micros)
  const date = `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
  return `${date} ${time}${year > 0 ? '' : ' BC'}`
}

/**
 * The canonical text of a stored value at microseconds; null where it is no point in time. Dates that no calendar has and
 * MySQL can hold (`0000-00-00`, `2010-00-00`, `2023-02-31`) are values as it prints them.
 */
function canonicalTimestamp(value: string | bigint | number): string | null {
  const instant = parseInstant(value)
  return instant === null ? unrealTimestamp(value) : formatInstant(instant, 6)
}

/** A stored value in a column of `type`; null where it is no point in time, or has digits a load would lose. */
export function timestampOf(
  value: string | bigint | number,
  { precision, rounding = 'from_2000' }: { precision: number; rounding?: Rounding },
  fit: Fit,
): string | null {
  const text = canonicalTimestamp(value)
  if (text === null) return null
  const rounded = roundTimestamp(text, precision, rounding)
  return fit === 'refuse' && (rounded !== text || isFiner(value)) ? null : rounded
}

/** Whether a text has digits of a second beyond microseconds. */
export function isFiner(value: string | bigint | number): boolean {
  return typeof value === 'string' && /[.,]\d{6}\d*[1-9]/.test(value)
}

/** The day of a stored value; null where it is no point in time, or has a time of day that is not to be dropped. */
export function dateOf(value: string | bigint | number, fit: Fit): string | null {
  const text = canonicalTimestamp(value)
  if (text === null || !text.includes(' ')) return text
  const [date, time, era] = text.split(' ')
  if (fit !== 'round' && time !== '00:00:00') return null
  return era === undefined ? date! : `${date} ${era}`
}

function unrealTimestamp(value: string | bigint | number): string | null {
  const match =
    typeof value === 'string' &&
    /^(\d{4}-(\d\d)-(\d\d))(?:[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?)?$/.exec(value.trim())
  if (!match || Number(match[2]) > 12 || Number(match[3]) > 31) return null
  const [hour, minute, second] = (match[4] ?? '00:00:00').split(':').map(Number) as [number, number, number]
  if (hour > 23 || minute > 59 || second > 59) return null
  return `${match[1]} ${formatTime(hour * 3600 + minute * 60 + second, fractionMicros(match[5]))}`
}

/**
 * Canonical text of a timestamp (infinities, ` BC` and MySQL's zero dates too), rounded to `precision` digits. Null where
 * the next day would be none that can be said: MySQL and MariaDB refuse the end of the year 9999, and that of `2010-02-00`.
 */
export function roundTimestamp(text: string, precision: number, rounding: Rounding): string | null {
  // In so few characters there is no room for more digits.
  if (text.length <= (precision > 0 ? 20 + precision : 19)) return text
  const date = text.indexOf(' ')
  const era = text.endsWith(' BC') ? ' BC' : ''
  const clock = text.slice(date + 1, text.length - era.length)
  const early = era !== '' || (date === 10 && text < '2000')
  const rounded = roundClock(clock, precision, rounding === 'from_2000' && early ? 'half_down' : rounding)
  if (rounded !== '24:00:00') return `${text.slice(0, date)} ${rounded}${era}`
  const instant = parseInstant(text)
  if (instant === null) return null
  const next = formatInstant(instant, precision, rounding)
  return rounding === 'half_up' && next.length > 19 ? null : next
}

/** Canonical text of a time, which may be negative or pass 24 hours; halves are rounded away from zero. */
export function roundTime(text: string, precision: number, rounding: Rounding): string {
  // As above.
  if (text.length <= (precision > 0 ? 9 + precision : 8)) return text
  const sign = text.startsWith('-') ? '-' : ''
  const rounded = roundClock(text.slice(sign.length), precision, rounding)
  return rounded === '00:00:00' ? rounded : sign + rounded
}

/** Rounds the digits of a time without a sign; `half_down` puts a half towards zero. */
function roundClock(clock: string, precision: number, rounding: Rounding | 'half_down'): string {
  const point = clock.indexOf('.')
  if (point < 0 || clock.length - point - 1 <= precision) return clock
  const kept = clock.slice(point + 1, point + 1 + precision)
  const rest = clock.slice(point + 1 + precision)
  const half = rest[0] === '5' && (rounding !== 'half_down' || /[1-9]/.test(rest.slice(1)))
  const up = rounding !== 'truncate' && (half || rest[0]! > '5')
  const fraction = Number(kept) + (up ? 1 : 0)
  if (fraction < 10 ** precision) {
    const digits = pad(fraction, precision).replace(/0+$/, '')
    return digits === '' ? clock.slice(0, point) : `${clock.slice(0, point)}.${digits}`
  }
  const [hour, minute, second] = clock.slice(0, point).split(':').map(Number) as [number, number, number]
  return formatTime(hour * 3600 + minute * 60 + second + 1, 0)
}

function offsetSeconds(zone: string | undefined): number | null {
  if (zone === undefined || /^[a-z]/i.test(zone)) return 0
  const digits = zone.slice(1).replaceAll(':', '')
  const [hours, minutes, seconds] = [0, 2, 4].map(start => Number(digits.slice(start, start + 2) || 0))
  if (hours! > 15 || minutes! > 59 || seconds! > 59) return null
  return (zone[0] === '-' ? -1 : 1) * (hours! * 3600 + minutes! * 60 + seconds!)
}

/** PostgreSQL rounds half away from its epoch, 2000-01-01 (`AdjustTimestampForTypmod`, timestamp.c). */
function round(instant: { seconds: number; micros: number }, precision: number, rounding: Rounding) {
  if (precision >= 6) return instant
  const step = 10 ** (6 - precision)
  const rest = instant.micros % step
  if (rest === 0) return instant
  const down = rounding === 'from_2000' && instant.seconds < POSTGRES_EPOCH
  const up = rounding !== 'truncate' && (down ? rest > step / 2 : rest >= step / 2)
  return normalise(instant.seconds, instant.micros - rest + (up ? step : 0))
}

function normalise(seconds: number, micros: number): { seconds: number; micros: number } {
  if (micros < 0) return { seconds: seconds - 1, micros: micros + 1_000_000 }
  if (micros >= 1_000_000) return { seconds: seconds + 1, micros: micros - 1_000_000 }
  return { seconds, micros }
}
