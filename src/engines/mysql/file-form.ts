import { decodeField, isNullField, NEWLINE, TAB } from '../../model/row-line.ts'
import { geometryOf, isBinary, type TargetColumn, type TargetTable } from './load-columns.ts'
import { quote } from './quoting.ts'
import { vectorBytes } from './vector.ts'

const [BACKSLASH, VT, FF] = [0x5c, 0x0b, 0x0c]
const [LETTER_V, LETTER_F, LETTER_T, LETTER_N, LETTER_X] = [0x76, 0x66, 0x74, 0x6e, 0x78]

/**
 * LOAD DATA for a file of the form `fileForm` gives. Bytes can only stand in a file whose text is taken as it comes; text
 * columns with a character set of their own then need a conversion, and so does JSON in MySQL.
 */
export function loadData({ qualified, columns, mariadb }: TargetTable): string {
  const binary = columns.some(isBinary)
  const variables: string[] = []
  const assignments: string[] = []
  for (const [index, { name, form, ownCharset }] of columns.entries()) {
    const text = `CONVERT(@c${index} USING utf8mb4)`
    const converted = form === 'geometry' ? geometryOf(text, { mariadb }) : binary && ownCharset ? text : null
    variables.push(converted === null ? quote(name) : `@c${index}`)
    if (converted !== null) assignments.push(`${quote(name)} = ${converted}`)
  }
  const set = assignments.length > 0 ? ` SET ${assignments.join(', ')}` : ''
  return `LOAD DATA LOCAL INFILE 'rows' INTO TABLE ${qualified} CHARACTER SET ${binary ? 'binary' : 'utf8mb4'}
    FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' (${variables.join(', ')})${set}`
}

/**
 * Row lines as LOAD DATA reads them: its format has no `\v` and `\f`, and takes bytes, bits and booleans in another form.
 * Where nothing of that occurs, the lines themselves.
 */
export function fileForm(bytes: Buffer, columns: TargetColumn[]): Buffer {
  const plain = columns.every(({ form }) => ['text', 'geometry', 'raw', 'float'].includes(form))
  if (plain && !bytes.includes('\\v') && !bytes.includes('\\f')) return bytes
  // A year can grow from one digit to four, and a number of a vector to eight bytes, if each of its four is escaped.
  const most = columns.some(({ form }) => form === 'vector')
    ? 8
    : columns.some(({ form }) => form === 'year')
      ? 3
      : 1
  const out = Buffer.allocUnsafe(bytes.length * most)
  let at = 0
  let start = 0
  for (let column = 0; start < bytes.length; column++) {
    if (column === columns.length) column = 0
    let end = start
    while (bytes[end] !== TAB && bytes[end] !== NEWLINE) end++
    at = writeField(bytes, start, end, columns[column]!, out, at)
    out[at++] = bytes[end]!
    start = end + 1
  }
  return out.subarray(0, at)
}

function writeField(
  bytes: Buffer,
  start: number,
  end: number,
  { form }: TargetColumn,
  out: Buffer,
  at: number,
): number {
  if (isNullField(bytes, start, end)) return copy(bytes, start, end, out, at)
  switch (form) {
    case 'boolean':
      out[at] = bytes[start] === LETTER_T ? 0x31 : 0x30
      return at + 1
    case 'year':
      return at + out.write(bytes.toString('latin1', start, end).padStart(4, '0'), at, 'latin1')
    case 'bits':
      return escapeBytes(bytesOfBits(bytes.toString('latin1', start, end)), out, at)
    case 'bytes':
      return escapeBytes(bytesOfField(bytes, start, end), out, at)
    case 'vector':
      return escapeBytes(vectorBytes(decodeField(bytes.toString('latin1', start, end))!)!, out, at)
    default:
      return copy(bytes, start, end, out, at)
  }
}

/** A field as it is, but for the escapes LOAD DATA does not know. */
function copy(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let to = at
  for (let from = start; from < end; from++) {
    const byte = bytes[from]!
    if (byte !== BACKSLASH) {
      out[to++] = byte
      continue
    }
    const letter = bytes[++from]!
    if (letter === LETTER_V) out[to++] = VT
    else if (letter === LETTER_F) out[to++] = FF
    else {
      out[to++] = BACKSLASH
      out[to++] = letter
    }
  }
  return to
}

function escapeBytes(value: Buffer, out: Buffer, at: number): number {
  let to = at
  for (let from = 0; from < value.length; from++) {
    const byte = value[from]!
    const letter = byte === TAB ? LETTER_T : byte === NEWLINE ? LETTER_N : byte === BACKSLASH ? BACKSLASH : 0
    if (letter === 0) out[to++] = byte
    else {
      out[to++] = BACKSLASH
      out[to++] = letter
    }
  }
  return to
}

/** `\\x6162` */
function bytesOfField(bytes: Buffer, start: number, end: number): Buffer {
  if (bytes[start + 2] !== LETTER_X) throw new Error('a field of bytes does not begin with \\x')
  return Buffer.from(bytes.toString('latin1', start + 3, end), 'hex')
}

/** The number the bits are, as bytes; a boolean is one bit. */
function bytesOfBits(bits: string): Buffer {
  const digits = bits.replace('t', '1').replace('f', '0')
  const length = Math.ceil(digits.length / 8)
  return Buffer.from(
    BigInt(`0b${digits}`)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  )
}
