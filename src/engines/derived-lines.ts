import {
  decodeField,
  encodeField,
  type Lines,
  NEWLINE,
  REFUSED,
  type RefusedLine,
  TAB,
} from '../model/row-line.ts'
import { computed } from './computed.ts'
import { copyBytes } from './copy-bytes.ts'
import { KeyUuids } from './key-uuids.ts'
import type { Derived, Field } from './port/rows.ts'
import type { Purpose } from './values/fit.ts'

/** Fields that follow each other: so many that stay as they are, or the inputs of one that is made of them. */
type Step =
  | { kind: 'plain'; fields: number }
  | { kind: 'uuid'; fields: number; place: number; marked: boolean; uuids: KeyUuids }
  | {
      kind: 'function'
      fields: number
      place: number
      marked: false
      field: Field
      derived: Derived & { kind: 'function' }
    }

const [BACKSLASH, LETTER_N] = [0x5c, 0x4e]
/** What a derived field takes in a line beyond what its inputs took, but for texts of a function. */
const FIELD_BYTES = 40

/** The fields a session is asked for: the inputs in the place of what is made of them. */
export function inputFields(fields: Field[]): Field[] {
  return fields.flatMap((field): Field[] =>
    field.derived ? field.derived.inputs.map(input => ({ ...input, canonical: true })) : [field],
  )
}

/** What belongs to each of `inputFields(fields)`, by field again. */
export function byField<T>(fields: Field[], ofInputs: T[]): T[][] {
  const left = [...ofInputs]
  return fields.map(({ derived }) => left.splice(0, derived?.inputs.length ?? 1))
}

/** Makes lines of the fields out of lines of their inputs. */
export class DerivedLines {
  private readonly steps: Step[]
  private readonly purpose: Purpose
  private readonly most: number
  /** How much longer lines have become. */
  private growth = 1
  private out = Buffer.alloc(0)
  private view = new DataView(this.out.buffer)
  private to = 0
  /** What of the current row has been refused first. */
  private fault: { field: number; reason: string } | null = null

  constructor(fields: Field[], purpose: Purpose) {
    this.steps = stepsOf(fields)
    this.purpose = purpose
    this.most = FIELD_BYTES * this.steps.length
  }

  /** A row that cannot be made is taken out of a load, and marked in a comparison. */
  rewrite(lines: Buffer): Lines {
    const { steps } = this
    const { length } = lines
    if (length === 0) return { bytes: lines, rows: 0 }
    if (lines[length - 1] !== NEWLINE) throw new Error('a piece ends within a line')
    const bytes = new Uint8Array(lines.buffer, lines.byteOffset, length)
    const given = new DataView(lines.buffer, lines.byteOffset, length)
    const refused: RefusedLine[] = []
    let rows = 0
    this.allocate(Math.ceil(length * this.growth) + this.most)
    this.to = 0
    let at = 0
    // What is behind this place and before `at` is still to be copied as it is.
    let kept = 0
    while (at < length) {
      if (this.to + (length - kept) + this.most > this.out.length) this.reserve(length - kept)
      const row = this.to + (at - kept)
      for (let index = 0; index < steps.length; index++) {
        const step = steps[index]!
        const start = at
        if (step.kind === 'plain' && index === steps.length - 1) {
          at = lines.indexOf(NEWLINE, at) + 1
          continue
        }
        let isNull = false
        for (let field = 0; field < step.fields; field++) {
          isNull ||= bytes[at] === BACKSLASH && bytes[at + 1] === LETTER_N
          let byte = bytes[at++]!
          while (byte > NEWLINE || (byte < NEWLINE && byte !== TAB)) byte = bytes[at++]!
        }
        if (step.kind === 'plain') continue
        this.copy(given, kept, start)
        kept = at - 1
        if (step.marked && isMarked(bytes, start)) kept = this.passMarked(bytes, given, start, kept)
        else if (step.kind === 'function') this.compute(step, lines.subarray(start, kept), length - kept)
        else if (isNull) this.writeNull()
        else this.writeUuid(step, lines, start, kept)
      }
      rows++
      if (this.fault === null) continue
      this.copy(given, kept, at)
      kept = at
      if (this.purpose === 'load') {
        rows--
        refused.push({ line: Buffer.from(this.out.subarray(row, this.to - 1)), ...this.fault })
        this.to = row
      }
      this.fault = null
    }
    this.copy(given, kept, at)
    this.growth = (1.02 * this.to) / length
    const made = { bytes: this.out.subarray(0, this.to), rows }
    return refused.length > 0 ? { ...made, refused } : made
  }

  private allocate(bytes: number): void {
    this.out = Buffer.allocUnsafeSlow(bytes)
    this.view = new DataView(this.out.buffer, this.out.byteOffset, bytes)
  }

  /** Makes room for so many bytes and what a row adds to them. */
  private reserve(bytes: number): void {
    const needed = this.to + bytes + this.most
    if (needed <= this.out.length) return
    const full = this.out
    this.allocate(Math.ceil(needed * 1.25))
    full.copy(this.out, 0, 0, this.to)
  }

  private copy(given: DataView, from: number, end: number): void {
    this.to = copyBytes(given, from, end, this.view, this.to)
  }

  /** An input that is refused already stands for what would have been made of it, mark and all; its first one, of several. */
  private passMarked(bytes: Uint8Array, given: DataView, start: number, end: number): number {
    let first = start
    while (first < end && bytes[first] !== TAB) first++
    this.copy(given, start, first)
    return end
  }

  private writeNull(): void {
    this.view.setUint16(this.to, (BACKSLASH << 8) | LETTER_N)
    this.to += 2
  }

  private writeUuid(step: Step & { kind: 'uuid' }, lines: Buffer, start: number, end: number): void {
    if (step.uuids.write(lines, start, end, this.view, this.to)) {
      this.to += step.uuids.bytes
      return
    }
    const key = lines.toString('utf8', start, end).split('\t').map(plainText).join(':')
    this.refuse(step.place, step.uuids.refusal, key, lines.length - end)
  }

  /** @param rest how many bytes of the piece come after these inputs */
  private compute(step: Step & { kind: 'function' }, inputs: Buffer, rest: number): void {
    const result = computed(step.field, step.derived, inputs, this.purpose)
    if ('reason' in result) this.refuse(step.place, result.reason, result.text, rest)
    else this.write(encodeField(result.value), rest)
  }

  /** @param text what would have been the value, as far as there is one */
  private refuse(field: number, reason: string, text: string | null, rest: number): void {
    this.fault ??= { field, reason }
    const mark = this.purpose === 'compare' ? REFUSED + encodeField(text ?? reason) : encodeField(text)
    this.write(mark, rest)
  }

  private write(text: string, rest: number): void {
    this.reserve(text.length * 3 + rest)
    this.to += this.out.write(text, this.to)
  }
}

function stepsOf(fields: Field[]): Step[] {
  const steps: Step[] = []
  for (const [place, field] of fields.entries()) {
    const { derived } = field
    const last = steps.at(-1)
    if (derived?.kind === 'uuid') {
      const uuids = new KeyUuids(derived, field.type.kind === 'bytes' ? 'hex' : 'text')
      const marked = derived.marked ?? false
      steps.push({ kind: 'uuid', fields: derived.inputs.length, place, marked, uuids })
    } else if (derived) {
      steps.push({ kind: 'function', fields: derived.inputs.length, place, marked: false, field, derived })
    } else if (last?.kind === 'plain') last.fields++
    else steps.push({ kind: 'plain', fields: 1 })
  }
  return steps
}

const MARK = Buffer.from(REFUSED)

function isMarked(bytes: Uint8Array, start: number): boolean {
  if (bytes[start] !== MARK[0]) return false
  return MARK.every((byte, index) => bytes[start + index] === byte)
}

/** Of a field that may have been refused. */
function plainText(field: string): string {
  return decodeField(field.startsWith(REFUSED) ? field.slice(REFUSED.length) : field)!
}
