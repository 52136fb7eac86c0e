import { copyBytes } from '../copy-bytes.ts'
import type { Field } from '../port/rows.ts'
import { UUID_BYTES } from '../values/uuid5.ts'
import type { BinaryPiece } from './binary-copy.ts'
import { BinaryKeys, hasBinaryKey } from './binary-keys.ts'
import { untilWritten } from './copy-in.ts'

/** Makes rows of the fields, in COPY's binary form, out of rows that have the keys in the place of UUIDs. */
export class MadeRows {
  /** A number of fields that stay as they are, or the key of one that is made. */
  private readonly steps: (number | BinaryKeys)[] = []
  private readonly fields: number
  private readonly uuids: number
  private made: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(0)
  private out = new DataView(this.made.buffer)

  constructor(fields: Field[]) {
    const { steps } = this
    for (const field of fields) {
      const last = steps.at(-1)
      if (hasBinaryKey(field)) steps.push(new BinaryKeys(field.derived))
      else if (typeof last === 'number') steps[steps.length - 1] = last + 1
      else steps.push(1)
    }
    this.fields = fields.length
    this.uuids = steps.filter(step => typeof step !== 'number').length
  }

  /** Rows without header and trailer. The next call uses the memory again: they must be written by then. */
  rewrite({ bytes, rows }: BinaryPiece): Buffer {
    const { length } = bytes
    const given = new DataView(bytes.buffer, bytes.byteOffset, length)
    // The length of a UUID stands where the length of its key stood.
    const most = length + rows * this.uuids * UUID_BYTES
    if (most > this.made.length) {
      this.made = Buffer.allocUnsafeSlow(most)
      this.out = new DataView(this.made.buffer)
    }
    const { out } = this
    let to = 0
    for (let at = 0; at < length; ) {
      out.setInt16(to, this.fields)
      to += 2
      at += 2
      for (const step of this.steps) {
        if (typeof step === 'number') {
          const from = at
          for (let field = 0; field < step; field++) at += 4 + Math.max(0, given.getInt32(at))
          to = copyBytes(given, from, at, out, to)
          continue
        }
        const isNull = !step.write(given, at, out, to + 4)
        out.setInt32(to, isNull ? -1 : UUID_BYTES)
        to += isNull ? 4 : 4 + UUID_BYTES
        at = step.end
      }
    }
    return untilWritten(this.made, to)
  }
}
