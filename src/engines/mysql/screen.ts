import { isUtf8 } from 'node:buffer'
import {
  decodeField,
  encodeBytes,
  isNullField,
  isTyped,
  type LinePlace,
  NEWLINE,
  REFUSED,
  TAB,
  withoutLines,
} from '../../model/row-line.ts'
import { changedNumber } from './json-numbers.ts'
import { isBinary, type TargetColumn } from './load-columns.ts'
import { vectorBytes } from './vector.ts'

/** Why a row cannot be loaded, and the column at fault. */
export interface Fault {
  column: string | null
  reason: string
}

/** Why a field, not NULL, cannot be loaded. */
type Check = (bytes: Buffer, start: number, end: number) => string | null

/**
 * Finds the rows the server would take and change: it reads `?` and a date as that date, a label's number or another
 * spelling as the label, two digits as a year, NULL as something of its own, and a number in JSON as a double.
 *
 * @returns for a piece of row lines, the lines that may be sent; `reject` gets the others, without their LF
 */
export function screening(
  columns: TargetColumn[],
  reject: (line: Buffer, fault: Fault) => void,
): (bytes: Buffer) => Buffer {
  const checks = columns.map(checkOf)
  const always = checks.some(check => check !== null)
  const refusesNull = columns.some(column => column.nullBecomes !== null)
  return bytes => {
    const marked = bytes.includes(REFUSED)
    const garbled = !isUtf8(bytes)
    if (!always && !marked && !garbled && !(refusesNull && bytes.includes('\\N'))) return bytes
    const faulty: LinePlace[] = []
    forEachLine(bytes, (start, end) => {
      const fault =
        faultIn(columns, checks, bytes, start, end, marked) ??
        (garbled ? garbledField(columns, bytes, start, end) : null)
      if (fault === null) return
      faulty.push({ start, end })
      reject(bytes.subarray(start, end), fault)
    })
    return withoutLines(bytes, faulty)
  }
}

function faultIn(
  columns: TargetColumn[],
  checks: (Check | null)[],
  bytes: Buffer,
  lineStart: number,
  lineEnd: number,
  marked: boolean,
): Fault | null {
  let start = lineStart
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!
    let end = start
    while (end < lineEnd && bytes[end] !== TAB) end++
    const reason = isNullField(bytes, start, end)
      ? column.nullBecomes && `NULL, in place of which the server would put ${column.nullBecomes}`
      : ((marked ? refusal(column, bytes, start, end) : null) ?? checks[index]?.(bytes, start, end) ?? null)
    if (reason !== null) return { column: column.name, reason }
    start = end + 1
  }
  return null
}

/** A value the source has found no form for. */
function refusal({ type }: TargetColumn, bytes: Buffer, start: number, end: number): string | null {
  if (!isTyped(type) && type.kind !== 'json') return null
  if (!bytes.subarray(start, end).toString('latin1').startsWith(REFUSED)) return null
  return `no value of its type: "${bytes.toString('utf8', start + REFUSED.length, end)}"`
}

function checkOf({ form, type, parsesJson }: TargetColumn): Check | null {
  if (parsesJson) return exactJson
  switch (form) {
    case 'bits':
      return pattern(type.kind === 'boolean' ? /^[tf01]$/ : /^[01]+$/, 'no bits')
    case 'boolean':
      return pattern(/^[tf]$/, 'no boolean')
    case 'year':
      return pattern(/^(0+|0*(190[1-9]|19[1-9]\d|20\d\d|21[0-4]\d|215[0-5]))$/, 'no year from 1901 to 2155')
    case 'vector':
      return (bytes, start, end) => {
        const text = decodeField(bytes.toString('utf8', start, end))!
        return vectorBytes(text) === null ? `no vector: "${text}"` : null
      }
    case 'bytes':
      return (bytes, start) =>
        bytes.toString('latin1', start, start + 3) === '\\\\x' ? null : 'text where bytes must be'
  }
  if (type.kind === 'text' && type.padded && type.length !== undefined) return fitting(type.length)
  if (type.kind === 'enum') return oneOf(type.labels)
  return type.kind === 'set' ? eachOf(type.labels) : null
}

const exactJson: Check = (bytes, start, end) => {
  // What is escaped in a row line stands in no number.
  const number = changedNumber(decodeField(bytes.toString('latin1', start, end))!)
  if (number === null) return null
  return `JSON with a number that is no double: ${number.length > 60 ? `${number.slice(0, 60)}…` : number}`
}

/** Of white space beyond a CHAR's length the server only keeps quiet where it is spaces, and cuts it all. */
function fitting(length: number): Check {
  return (bytes, start, end) => {
    // A character has at least one byte.
    if (end - start <= length) return null
    const value = decodeField(bytes.toString('utf8', start, end)) ?? ''
    return [...value.replace(/ +$/, '')].length <= length
      ? null
      : `longer than ${length} characters: "${value}"`
  }
}

function pattern(expected: RegExp, reason: string): Check {
  return (bytes, start, end) => {
    const text = bytes.toString('latin1', start, end)
    return expected.test(text) ? null : `${reason}: "${text}"`
  }
}

function oneOf(labels: string[]): Check {
  const known = encoded(labels)
  return (bytes, start, end) =>
    known.has(bytes.toString('latin1', start, end))
      ? null
      : `no label: "${bytes.toString('utf8', start, end)}"`
}

function eachOf(labels: string[]): Check {
  const known = encoded(labels)
  return (bytes, start, end) => {
    if (start === end) return null
    const members = bytes.toString('latin1', start, end).split(',')
    return members.every(member => known.has(member))
      ? null
      : `no set of its labels: "${bytes.toString('utf8', start, end)}"`
  }
}

/** As they stand in row lines, one character a byte. */
function encoded(labels: string[]): Set<string> {
  return new Set(labels.map(label => encodeBytes(Buffer.from(label)).toString('latin1')))
}

function garbledField(columns: TargetColumn[], bytes: Buffer, start: number, end: number): Fault | null {
  const line = bytes.subarray(start, end)
  if (isUtf8(line)) return null
  let at = 0
  for (const column of columns) {
    const tab = line.indexOf(TAB, at)
    const field = line.subarray(at, tab < 0 ? line.length : tab)
    if (!isBinary(column) && !isUtf8(field))
      return { column: column.name, reason: 'text that is no valid UTF-8' }
    at = tab + 1
  }
  return null
}

function forEachLine(bytes: Buffer, visit: (start: number, end: number) => void): void {
  for (let start = 0, end = bytes.indexOf(NEWLINE); end >= 0; ) {
    visit(start, end)
    start = end + 1
    end = bytes.indexOf(NEWLINE, start)
  }
}
