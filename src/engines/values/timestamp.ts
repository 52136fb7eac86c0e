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
  /^\s*(\d{4,6})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?)?\s*$/i

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
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const [hour, minute, second] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)]
  const micros = fractionMicros(match[7])
  if (!isDate(year, month, day) || !isTimeOfDay(hour, minute, second, micros)) return null
  const offset = offsetSeconds(match[8])
  if (offset === null) return null
  const seconds = daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
  return normalise(seconds, micros)
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC as PostgreSQL prints a `timestamp`, rounded to `precision` digits. */
export function formatInstant(instant: Instant, precision: number): string {
  if (typeof instant === 'string') return instant
  const { seconds, micros } = round(instant, precision)
  const days = Math.floor(seconds / 86_400)
  const { year, month, day } = civilFromDays(days)
  const time = formatTime(seconds - days * 86_400, micros)
  const date = `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
  return `${date} ${time}${year > 0 ? '' : ' BC'}`
}

/** `YYYY-MM-DD` where the value is a date, or an instant at midnight UTC; null otherwise. */
export function canonicalDate(value: string | bigint | number): string | null {
  const instant = parseInstant(value)
  if (instant === null) return null
  const text = formatInstant(instant, 6)
  if (!text.includes(' ')) return text
  return text.includes(' 00:00:00') && !text.includes('.') ? text.replace(' 00:00:00', '') : null
}

/** `HH:MM:SS[.ffffff]`, rounded to `precision` digits; null where the text is no time of day. */
export function canonicalTime(value: string, precision: number): string | null {
  const match = /^\s*(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*$/.exec(value)
  if (!match) return null
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
  const fraction = fractionMicros(match[4])
  if (!isTimeOfDay(hour, minute, second, fraction)) return null
  const whole = normalise(hour * 3600 + minute * 60 + second, fraction)
  // A time of day counts from midnight and so always rounds half up.
  const { seconds, micros } = round({ ...whole, seconds: whole.seconds + POSTGRES_EPOCH }, precision)
  return formatTime(seconds - POSTGRES_EPOCH, micros)
}

function formatTime(secondOfDay: number, micros: number): string {
  const fraction = micros === 0 ? '' : `.${pad(micros, 6).replace(/0+$/, '')}`
  const hour = Math.floor(secondOfDay / 3600)
  const minute = Math.floor(secondOfDay / 60) % 60
  return `${pad(hour, 2)}:${pad(minute, 2)}:${pad(secondOfDay % 60, 2)}${fraction}`
}

/** 24:00:00 and a 60th second are the beginning of what follows; nothing is later than midnight. */
function isTimeOfDay(hour: number, minute: number, second: number, micros: number): boolean {
  const total = (hour * 3600 + minute * 60 + second) * 1_000_000 + micros
  return hour <= 24 && minute < 60 && second <= 60 && total <= 86_400_000_000
}

function isDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return day <= lengths[month - 1]!
}

function offsetSeconds(zone: string | undefined): number | null {
  if (zone === undefined || /^[a-z]/i.test(zone)) return 0
  const digits = zone.slice(1).replaceAll(':', '')
  const [hours, minutes, seconds] = [0, 2, 4].map(start => Number(digits.slice(start, start + 2) || 0))
  if (hours! > 15 || minutes! > 59 || seconds! > 59) return null
  return (zone[0] === '-' ? -1 : 1) * (hours! * 3600 + minutes! * 60 + seconds!)
}

/** More than six digits round half to even, as PostgreSQL's `rint` of the fraction does. */
function fractionMicros(digits: string | undefined): number {
  if (digits === undefined) return 0
  if (digits.length <= 6) return Number(digits.padEnd(6, '0'))
  const scaled = Number(`0.${digits}`) * 1e6
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  if (rest > 0.5) return floor + 1
  return rest === 0.5 && floor % 2 === 1 ? floor + 1 : floor
}

/** PostgreSQL rounds half away from its epoch, 2000-01-01 (`AdjustTimestampForTypmod`, timestamp.c). */
function round(instant: { seconds: number; micros: number }, precision: number) {
  if (precision >= 6) return instant
  const step = 10 ** (6 - precision)
  const rest = instant.micros % step
  if (rest === 0) return instant
  const up = instant.seconds < POSTGRES_EPOCH ? rest > step / 2 : rest >= step / 2
  return normalise(instant.seconds, instant.micros - rest + (up ? step : 0))
}

function normalise(seconds: number, micros: number): { seconds: number; micros: number } {
  if (micros < 0) return { seconds: seconds - 1, micros: micros + 1_000_000 }
  if (micros >= 1_000_000) return { seconds: seconds + 1, micros: micros - 1_000_000 }
  return { seconds, micros }
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (https://howardhinnant.github.io/date_algorithms.html). */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  }
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
