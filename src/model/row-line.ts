import type { LogicalType } from './logical-type.ts'

/**
 * The row as one line of bytes: the form in which rows travel between engines and in which they are hashed.
 *
 * Fields are separated by TAB and the line ends with LF. NULL is `\N`, which no value can produce because a
 * backslash inside a value is always escaped; TAB, LF, CR, BS, FF, VT and backslash are written as
 * `\t \n \r \b \f \v \\`. The line is therefore injective: different rows never give the same bytes. It is the
 * text format of PostgreSQL's COPY (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"), so
 * that PostgreSQL writes and reads it by itself.
 *
 * A value that has no form in its column's type is written as `?unfit:` and its text. No typed value begins so, and
 * no engine takes it for one (a mere `?` PostgreSQL skips before a date): it is refused when loaded, and compares equal
 * to nothing but itself.
 */
export type RowLine = Uint8Array

export const NEWLINE = 0x0a
export const TAB = 0x09
const NULL_FIELD = '\\N'
const [BACKSLASH, LETTER_N] = [0x5c, 0x4e]
export const REFUSED = '?unfit:'
const REFUSED_BYTES = Buffer.from(REFUSED)

/** Whether a type has values that other text is not one of; a text is always fit for the others. */
export function isTyped({ kind }: LogicalType): boolean {
  return !['text', 'enum', 'other', 'any', 'json'].includes(kind)
}

/** The text itself, of a value that may have been refused. */
export function withoutRefusal(value: string, type: LogicalType): string {
  return (isTyped(type) || type.kind === 'json') && value.startsWith(REFUSED)
    ? value.slice(REFUSED.length)
    : value
}

/** Consecutive row lines in one piece, each ended by LF. */
export interface Lines {
  bytes: Buffer
  rows: number
  /** Rows read with these that cannot be loaded; they are not in `bytes`. */
  refused?: RefusedLine[]
}

export interface RefusedLine {
  /** Without its LF. */
  line: Buffer
  /** The place of the field at fault. */
  field: number
  reason: string
}

/** Each line of a piece, without its LF; no bytes are copied. */
export function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (
    let start = 0, end = bytes.indexOf(NEWLINE);
    end >= 0;
    start = end + 1, end = bytes.indexOf(NEWLINE, start)
  ) {
    lines.push(bytes.subarray(start, end))
  }
  return lines
}

/** Where a line begins, and where its LF stands. */
export interface LinePlace {
  start: number
  end: number
}

/** A piece without some of its lines, given in their order. */
export function withoutLines(bytes: Buffer, left: LinePlace[]): Buffer {
  if (left.length === 0) return bytes
  const kept = left.map(({ start }, index) =>
    bytes.subarray(index === 0 ? 0 : left[index - 1]!.end + 1, start),
  )
  return Buffer.concat([...kept, bytes.subarray(left.at(-1)!.end + 1)])
}

export function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++
  return lines
}

/** Whether the field between two places begins with the mark of a value that has no form in its type. */
export function isUnfitField(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < REFUSED_BYTES.length) return false
  for (let index = 0; index < REFUSED_BYTES.length; index++)
    if (bytes[start + index] !== REFUSED_BYTES[index]) return false
  return true
}

/** Whether the field between two places is NULL. */
export function isNullField(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 2 && bytes[start] === BACKSLASH && bytes[start + 1] === LETTER_N
}

const escapes: Record<string, string> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
}

const unescapes: Record<string, string> = Object.fromEntries(
  Object.entries(escapes).map(([plain, escaped]) => [escaped.slice(1), plain]),
)

const plainBytes = Uint8Array.from({ length: 256 }, (_, letter) => letter)
for (const [letter, plain] of Object.entries(unescapes))
  plainBytes[letter.charCodeAt(0)] = plain.charCodeAt(0)

/** The byte that a backslash and this letter stand for. */
export function plainByte(letter: number): number {
  return plainBytes[letter]!
}

export function encodeField(value: string | null): string {
  if (value === null) return NULL_FIELD
  return value.replace(/[\b-\r\\]/g, character => escapes[character]!)
}

/** The same escapes on bytes, so that text that is no valid UTF-8 keeps its bytes. */
export function encodeBytes(value: Uint8Array): Buffer {
  return Buffer.from(encodeField(Buffer.from(value).toString('latin1')), 'latin1')
}

export function decodeField(field: string): string | null {
  if (field === NULL_FIELD) return null
  if (!field.includes('\\')) return field
  return field.replace(/\\(.)/gs, (_, letter: string) => unescapes[letter] ?? letter)
}

/** Fields of one line, without its LF. `latin1` keeps bytes that are no valid UTF-8 apart. */
export function decodeLine(line: RowLine, encoding: 'utf8' | 'latin1' = 'utf8'): (string | null)[] {
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength)
    .toString(encoding)
    .split('\t')
    .map(decodeField)
}

export function encodeLine(values: readonly (string | null)[]): string {
  return `${values.map(encodeField).join('\t')}\n`
}
