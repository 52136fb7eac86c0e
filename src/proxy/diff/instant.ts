/** A moment some text or number stands for. */
export interface Instant {
  /** Nanoseconds since 1970, UTC. */
  ns: bigint
  /** Nanoseconds to which it is written: a second where there are no fractions, a day where there is no time. */
  precision: bigint
}

const MS = 1_000_000n
const SECOND = 1_000_000_000n
const MINUTE = 60n * SECOND
const DAY = 86_400n * SECOND

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/
const RFC_9110 =
  /^(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? )?(\d{1,2})[ -](Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ -](\d{4}) (\d{2}):(\d{2}):(\d{2}) (GMT|UTC|[+-]\d{4})$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** ISO 8601 (without an offset: UTC) and the dates of RFC 9110 §5.6.7. @returns null for any other text */
export function instantOfText(text: string): Instant | null {
  if (text.length < 10 || text.length > 40) return null
  const iso = ISO.exec(text)
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, fraction, zone] = iso
    const ns = nsOf([year, month, day, hour, minute, second], zone, fraction)
    if (ns === null) return null
    return { ns, precision: precisionOf(hour, second, fraction) }
  }
  const http = RFC_9110.exec(text)
  if (http === null) return null
  const [, day, month, year, hour, minute, second, zone] = http
  const ns = nsOf([year, String(MONTHS.indexOf(month!) + 1), day, hour, minute, second], zone, undefined)
  return ns === null ? null : { ns, precision: SECOND }
}

/** Seconds or milliseconds since 1970, where they fall between 1985 and 2100. */
export function instantOfNumber(text: string): Instant | null {
  const match = /^(\d{9,13})(?:\.(\d{1,9}))?$/.exec(text)
  if (match === null) return null
  const whole = BigInt(match[1]!)
  const fraction = BigInt((match[2] ?? '').padEnd(9, '0'))
  if (whole >= 473_385_600n && whole < 4_102_444_800n)
    return { ns: whole * SECOND + fraction, precision: 10n ** BigInt(9 - (match[2]?.length ?? 0)) }
  if (whole >= 473_385_600_000n && whole < 4_102_444_800_000n)
    return { ns: whole * MS + fraction / 1000n, precision: MS }
  return null
}

function nsOf(
  parts: (string | undefined)[],
  zone: string | undefined,
  fraction: string | undefined,
): bigint | null {
  const [year, month, day, hour, minute, second] = parts.map(part => Number(part ?? 0))
  if (hour! > 24 || minute! > 59 || second! > 60) return null
  const date = new Date(0)
  // Date.UTC takes years up to 99 for those of the last century.
  date.setUTCFullYear(year!, month! - 1, day!)
  if (date.getUTCMonth() !== month! - 1 || date.getUTCDate() !== day) return null
  const seconds = BigInt(date.getTime() / 1000 + hour! * 3600 + minute! * 60 + second!) - offsetOf(zone)
  return seconds * SECOND + BigInt((fraction ?? '').padEnd(9, '0'))
}

function offsetOf(zone: string | undefined): bigint {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone ?? '')
  if (match === null) return 0n
  const seconds = BigInt(match[2]!) * 3600n + BigInt(match[3] ?? 0) * 60n
  return match[1] === '-' ? -seconds : seconds
}

function precisionOf(
  hour: string | undefined,
  second: string | undefined,
  fraction: string | undefined,
): bigint {
  if (hour === undefined) return DAY
  if (second === undefined) return MINUTE
  return 10n ** BigInt(9 - (fraction?.length ?? 0))
}

const QUARTER = 900n * SECOND
/** Zones of the earth are at most 26 hours apart. */
const FARTHEST = 26n * 3600n * SECOND

/**
 * How two moments differ. Amounts are named only where they are those of time zones: any other changes from value to
 * value, and would make every exchange a kind of its own.
 */
export function timeKind(primary: Instant, shadow: Instant): string {
  const off = shadow.ns - primary.ns
  if (off === 0n) return 'same time, written differently'
  const coarser = primary.precision > shadow.precision ? primary.precision : shadow.precision
  if (primary.precision !== shadow.precision && off < coarser && off > -coarser)
    return 'time rounded differently'
  const quarters = (off + (off < 0n ? -QUARTER : QUARTER) / 2n) / QUARTER
  const rest = off - quarters * QUARTER
  if (quarters === 0n || off > FARTHEST || off < -FARTHEST) return 'different time'
  const seconds = (quarters * QUARTER) / SECOND
  if (rest === 0n) return `off by exactly ${seconds} s`
  return rest <= 2n * SECOND && rest >= -2n * SECOND ? `off by about ${seconds} s` : 'different time'
}
