export function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return day <= lengths[month - 1]!
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (https://howardhinnant.github.io/date_algorithms.html). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export function civilFromDays(days: number): { year: number; month: number; day: number } {
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

/** 24:00:00 and a 60th second are the beginning of what follows; nothing is later than midnight. */
export function isTimeOfDay(hour: number, minute: number, second: number, micros: number): boolean {
  const total = (hour * 3600 + minute * 60 + second) * 1_000_000 + micros
  return hour <= 24 && minute < 60 && second <= 60 && total <= 86_400_000_000
}

/** `HH:MM:SS[.ffffff]`, without trailing zeros. */
export function formatTime(seconds: number, micros: number): string {
  const fraction = micros === 0 ? '' : `.${pad(micros, 6).replace(/0+$/, '')}`
  const hour = Math.floor(seconds / 3600)
  const minute = Math.floor(seconds / 60) % 60
  return `${pad(hour, 2)}:${pad(minute, 2)}:${pad(seconds % 60, 2)}${fraction}`
}

/** More than six digits round half to even, as PostgreSQL's `rint` of the fraction does. */
export function fractionMicros(digits: string | undefined): number {
  if (digits === undefined) return 0
  if (digits.length <= 6) return Number(digits.padEnd(6, '0'))
  const scaled = Number(`0.${digits}`) * 1e6
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  if (rest > 0.5) return floor + 1
  return rest === 0.5 && floor % 2 === 1 ? floor + 1 : floor
}

export function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
