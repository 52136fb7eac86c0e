import { isNullField, type LinePlace, NEWLINE, TAB } from '../../model/row-line.ts'
import { isDate } from '../values/calendar.ts'
import type { TargetColumn } from './load-columns.ts'

/** Whether the server may well refuse a field, which is not NULL. */
type Doubt = (bytes: Buffer, start: number, end: number) => boolean

/**
 * Finds lines the server will most likely refuse, so that those sent with them need not be taken back: each is tried alone,
 * and what becomes of it is the server's to say.
 *
 * @returns for a piece of row lines, where they stand, in their order
 */
export function doubting(columns: TargetColumn[]): (bytes: Buffer) => LinePlace[] {
  const required = columns.map(column => column.required && column.nullBecomes === null)
  const doubts = columns.map(doubtOf)
  if (!required.includes(true) && doubts.every(doubt => doubt === null)) return () => []
  return bytes => {
    const places: LinePlace[] = []
    for (let start = 0; start < bytes.length; ) {
      let doubtful = false
      let from = start
      for (let index = 0; index < columns.length; index++) {
        let end = from
        while (bytes[end] !== TAB && bytes[end] !== NEWLINE) end++
        if (isNullField(bytes, from, end)) doubtful ||= required[index]!
        else doubtful ||= doubts[index]?.(bytes, from, end) ?? false
        from = end + 1
      }
      if (doubtful) places.push({ start, end: from - 1 })
      start = from
    }
    return places
  }
}

function doubtOf({ type, form }: TargetColumn): Doubt | null {
  if (form !== 'text') return null
  if (type.kind === 'integer') return beyond(type.bits, type.unsigned ?? false)
  if (type.kind === 'date' || type.kind === 'timestamp') return noDay
  return type.kind === 'text' && type.length !== undefined ? longerThan(type.length) : null
}

function beyond(bits: number, unsigned: boolean): Doubt {
  const least = unsigned ? 0 : -(2 ** (bits - 1))
  const most = 2 ** (unsigned ? bits : bits - 1) - 1
  // So few digits are always in range, and so many of a double are exact.
  const few = Math.floor(Math.log10(most))
  return (bytes, start, end) => {
    if (end - start <= few) return bytes[start] === 0x2d && unsigned
    const value = Number(bytes.toString('latin1', start, end))
    return value < least || value > most
  }
}

/** A zero for the month or the day is a value of this server. */
const noDay: Doubt = (bytes, start, end) => {
  if (end - start < 10) return false
  const part = (at: number, length: number) => {
    let value = 0
    for (let index = start + at; index < start + at + length; index++)
      value = value * 10 + bytes[index]! - 0x30
    return value
  }
  const [year, month, day] = [part(0, 4), part(5, 2), part(8, 2)]
  return month > 0 && day > 0 && day > 28 ? !isDate(year, month, day) : month > 12
}

function longerThan(length: number): Doubt {
  return (bytes, start, end) => {
    if (end - start <= length) return false
    // An escape takes two bytes for a character; what goes on with a character begins with the bits 10.
    let characters = 0
    for (let at = start; at < end; at++) {
      if (bytes[at] === 0x5c) at++
      if ((bytes[at]! & 0xc0) !== 0x80) characters++
    }
    return characters > length
  }
}
