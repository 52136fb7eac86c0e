import type { Rounding } from '../../model/logical-type.ts'
import { formatTime, fractionMicros, isTimeOfDay } from './calendar.ts'
import type { Fit } from './fit.ts'
import { isFiner, roundTime } from './timestamp.ts'

/** A PostgreSQL interval in its own words (IntervalStyle postgres), and at its end a time of which the hours are any. */
const interval = /^((?:[+-]?\d+ (?:years?|mons?|days?)(?: |$))*)(?:([+-]?)(\d{2,}:\d\d:\d\d(?:\.\d{1,6})?))?$/

interface TimeType {
  precision: number
  span?: boolean
  rounding?: Rounding
}

/**
 * `[-]HH:MM:SS[.ffffff]` in a column of `type`; null where the text is no time of day, or for a `span` no amount of time, or
 * has digits a load would lose. A span may also be a PostgreSQL interval as PostgreSQL prints it.
 */
export function timeOf(value: string, type: TimeType, fit: Fit): string | null {
  const { precision, rounding = 'from_2000' } = type
  const exact = canonicalTime(value, type.span === true)
  if (exact === null) return null
  const rounded = roundAfterWords(exact, precision, rounding)
  return fit === 'refuse' && (rounded !== exact || isFiner(value)) ? null : rounded
}

/** At microseconds. */
function canonicalTime(value: string, span: boolean): string | null {
  const match = /^\s*(-?)(\d{2,}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*$/.exec(value)
  if (!match) return span ? canonicalInterval(value.trim()) : null
  const [hour, minute, second] = [Number(match[2]), Number(match[3]), Number(match[4] ?? 0)]
  const micros = fractionMicros(match[5])
  const fits = span
    ? minute < 60 && second < 60
    : match[1] === '' && isTimeOfDay(hour, minute, second, micros)
  if (!fits) return null
  const [whole, rest] = [hour * 3600 + minute * 60 + second + Math.floor(micros / 1e6), micros % 1e6]
  const sign = whole === 0 && rest === 0 ? '' : match[1]
  return sign + formatTime(whole, rest)
}

function canonicalInterval(value: string): string | null {
  return value !== '' && interval.test(value) ? value : null
}

/** The time of an interval stands after its years, months and days, and is left out where it is zero. */
function roundAfterWords(text: string, precision: number, rounding: Rounding): string {
  const [, words, sign, clock] = interval.exec(text)!
  if (clock === undefined) return text
  const rounded = roundTime(clock, precision, rounding)
  if (rounded !== '00:00:00') return words! + sign! + rounded
  return words === '' ? rounded : words!.trimEnd()
}
