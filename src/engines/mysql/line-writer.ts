import { encodeField, type Lines } from '../../model/row-line.ts'
import type { WireField } from './values.ts'

const PIECE_BYTES = 1024 * 1024
/** Longer lists of bytes are copied faster by the engine than by a loop. */
const SHORT = 48

const [TAB, LF, SPACE, BACKSLASH] = [0x09, 0x0a, 0x20, 0x5c]
const [ZERO, ONE, POINT, MINUS] = [0x30, 0x31, 0x2e, 0x2d]
/** The letters of `\b \t \n \v \f \r`, by control character from 0x08. */
const ESCAPES = Buffer.from('btnvfr')
const HEX = Buffer.from('0123456789abcdef')

/**
 * Writes row lines from the rows of the text protocol: each field is a length-encoded string, or 0xfb for NULL
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_dt_strings.html). Integers, decimals, times and
 * texts go from bytes to bytes; only what needs a conversion becomes a JavaScript string.
 */
export class LineWriter {
  private readonly fields: WireField[]
  private readonly emit: (lines: Lines) => void
  private out = Buffer.allocUnsafe(PIECE_BYTES)
  private at = 0
  private rows = 0

  constructor(fields: WireField[], emit: (lines: Lines) => void) {
    this.fields = fields
    this.emit = emit
  }

  /** Adds the row whose payload is `bytes[start, end)`. */
  row(bytes: Buffer, start: number, end: number): void {
    // No byte becomes more than two; `\x`, a sign or NULL and the separator take four more for each field.
    const most = (end - start) * 2 + this.fields.length * 4 + 1
    if (this.at + most > this.out.length) {
      this.flush()
      if (most > this.out.length) this.out = Buffer.allocUnsafe(most)
    }
    let from = start
    for (let index = 0; index < this.fields.length; index++) {
      if (index > 0) this.out[this.at++] = TAB
      let length = bytes[from++]!
      if (length === 0xfb) {
        this.out[this.at++] = BACKSLASH
        this.out[this.at++] = 0x4e
        continue
      }
      if (length === 0xfc) {
        length = bytes.readUInt16LE(from)
        from += 2
      } else if (length === 0xfd) {
        length = bytes.readUIntLE(from, 3)
        from += 3
      } else if (length === 0xfe) {
        length = Number(bytes.readBigUInt64LE(from))
        from += 8
      }
      this.field(this.fields[index]!, bytes, from, from + length, end)
      from += length
    }
    this.out[this.at++] = LF
    this.rows++
  }

  /** Hands over what is left. */
  finish(): void {
    this.flush()
  }

  private flush(): void {
    if (this.rows > 0) {
      this.emit({ bytes: this.out.subarray(0, this.at), rows: this.rows })
      this.out = Buffer.allocUnsafe(PIECE_BYTES)
    }
    this.at = 0
    this.rows = 0
  }

  private field(field: WireField, bytes: Buffer, start: number, end: number, rowEnd: number): void {
    switch (field.form) {
      case 'plain':
        this.copy(bytes, start, end)
        break
      case 'text':
        this.text(bytes, start, end)
        break
      case 'padded':
        this.text(bytes, start, withoutPadding(bytes, start, end))
        break
      case 'integer':
        this.copy(bytes, withoutLeadingZeros(bytes, start, end), end)
        break
      case 'decimal':
        this.decimal(bytes, start, end)
        break
      case 'time':
        this.copy(bytes, start, withoutFractionZeros(bytes, start, end))
        break
      case 'bytes':
        this.hex(bytes, start, end)
        break
      default:
        if (
          field.form === 'boolean' &&
          end - start === 1 &&
          (bytes[start] === ZERO || bytes[start] === ONE)
        ) {
          this.out[this.at++] = bytes[start] === ONE ? 0x74 : 0x66
        } else this.converted(field.convert!(bytes.subarray(start, end)), rowEnd - end)
    }
  }

  private copy(bytes: Buffer, start: number, end: number): void {
    if (end - start > SHORT) {
      bytes.copy(this.out, this.at, start, end)
      this.at += end - start
      return
    }
    const { out } = this
    let at = this.at
    for (let from = start; from < end; from++) out[at++] = bytes[from]!
    this.at = at
  }

  private text(bytes: Buffer, start: number, end: number): void {
    const { out } = this
    let at = this.at
    for (let from = start; from < end; from++) {
      const byte = bytes[from]!
      if (byte === BACKSLASH || (byte < 0x0e && byte > 0x07)) {
        out[at++] = BACKSLASH
        out[at++] = byte === BACKSLASH ? BACKSLASH : ESCAPES[byte - 0x08]!
      } else out[at++] = byte
    }
    this.at = at
  }

  private decimal(bytes: Buffer, start: number, end: number): void {
    const negative = bytes[start] === MINUS
    const first = withoutLeadingZeros(bytes, negative ? start + 1 : start, end)
    const last = withoutFractionZeros(bytes, first, end)
    const zero = last - first === 1 && bytes[first] === ZERO
    if (negative && !zero) this.out[this.at++] = MINUS
    this.copy(bytes, first, last)
  }

  /** `\x` and hexadecimal digits; the backslash is escaped as in every field. */
  private hex(bytes: Buffer, start: number, end: number): void {
    const { out } = this
    let at = this.at
    out[at++] = BACKSLASH
    out[at++] = BACKSLASH
    out[at++] = 0x78
    for (let from = start; from < end; from++) {
      out[at++] = HEX[bytes[from]! >> 4]!
      out[at++] = HEX[bytes[from]! & 0x0f]!
    }
    this.at = at
  }

  /** @param left bytes of the row that are still to come, and need their room after this */
  private converted(value: string, left: number): void {
    const field = encodeField(value)
    const room = field.length * 3 + left * 2 + this.fields.length * 4 + 1
    if (this.at + room > this.out.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.out.length * 2, this.at + room))
      this.out.copy(larger, 0, 0, this.at)
      this.out = larger
    }
    this.at += this.out.write(field, this.at)
  }
}

function withoutPadding(bytes: Buffer, start: number, end: number): number {
  let last = end
  while (last > start && bytes[last - 1] === SPACE) last--
  return last
}

/** ZEROFILL and YEAR columns write them. */
function withoutLeadingZeros(bytes: Buffer, start: number, end: number): number {
  let from = start
  while (from < end - 1 && bytes[from] === ZERO && bytes[from + 1] !== POINT) from++
  return from
}

function withoutFractionZeros(bytes: Buffer, start: number, end: number): number {
  const point =
    end - start > SHORT ? bytes.subarray(start, end).indexOf(POINT) + start : pointIn(bytes, start, end)
  if (point < start) return end
  let last = end
  while (bytes[last - 1] === ZERO) last--
  return bytes[last - 1] === POINT ? last - 1 : last
}

function pointIn(bytes: Buffer, start: number, end: number): number {
  // Most values end with one to six digits after the point.
  for (let at = end - 1; at >= start; at--) if (bytes[at] === POINT) return at
  return -1
}
