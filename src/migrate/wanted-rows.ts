import { createHash } from 'node:crypto'
import type { LoadColumn } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import { refusedLine, withoutMark } from '../engines/refused-line.ts'
import type { QuarantinedRow } from '../model/ledger.ts'
import { REDACTED, redactKey } from '../model/redact.ts'
import { type Lines, NEWLINE, splitLines, TAB } from '../model/row-line.ts'
import type { Mapping } from '../plan/mapping.ts'
import { loadColumns } from './load-columns.ts'

/** Rows that look the same, as far as they are shown. */
interface Alike {
  /** How many of them are in quarantine, in the source, and in the target. */
  wanted: number
  found: number
  held: number
}

/** Rows of one key; all rows of a table that has none. */
interface SameKey extends Alike {
  /** By a hash of what is shown of the whole row. */
  contents: Map<string, SameContent>
  /** Every row of the source that has the key is one of those in quarantine. */
  all: boolean
  /** All of these are to be loaded. */
  load: boolean
  stays: Staying
}

interface SameContent extends Alike {
  /** A hash of the first line found, and whether all others are the very same. */
  line: string | null
  identical: boolean
  /** How many of those found are still to be loaded. */
  take: number
  /** How many were not found, though they may only have been changed. */
  unsure: number
  stays: Staying
}

/** Rows that stay in quarantine without a look at them by the target, and why. */
interface Staying {
  rows: number
  reason: string
}

const reasons = {
  unsure:
    'the source has no row any more that is this one: it was changed or deleted, and nothing says which; copy the table again',
  hidden:
    'the source has several rows like this one, which only columns that are never shown tell apart; copy the table again',
  held: 'the target has this row by now, and no unique key that would tell it from another one',
  key: 'the plan has another key for the table now, by which this row is not to be found; copy the table again',
}

export interface WantedOptions {
  /** The keys are still those by which rows were put into quarantine: one that is not found belongs to no row any more. */
  isKeyKept: boolean
}

/**
 * The quarantined rows of a table, by what is shown of them, and where they are now. Takes memory for them alone, however many
 * rows the table has.
 */
export class WantedRows {
  /** Rows whose key no row of the source has any more. */
  gone = 0
  /** Rows that are not found, and may be gone or only have been changed. */
  unsure = 0
  readonly #keys = new Map<string, SameKey>()
  readonly #target: Pick<Session, 'engine'>
  readonly #columns: LoadColumn[]
  readonly #key: string[]
  readonly #redacted: Set<string>
  /** How many fields of a line it takes to know its key. */
  readonly #keyFields: number

  constructor(target: Pick<Session, 'engine'>, mapping: Mapping, rows: Iterable<QuarantinedRow>) {
    this.#target = target
    this.#columns = loadColumns(mapping)
    this.#key = mapping.key
    this.#redacted = new Set(mapping.columns.filter(one => one.redacted).map(({ name }) => name))
    this.#keyFields =
      1 + Math.max(-1, ...mapping.key.map(name => this.#columns.findIndex(one => one.name === name)))
    for (const row of rows) this.#want(row)
  }

  /** Counts the rows of a piece that are in quarantine, as those of the source or of the target. */
  see({ bytes, refused = [] }: Lines, side: 'found' | 'held'): void {
    for (const line of [...splitLines(bytes), ...refused.map(one => one.line)]) {
      const same = this.#sameKey(line)
      if (!same) continue
      same[side]++
      const content = same.contents.get(this.#contentOf(line))
      if (!content) continue
      content[side]++
      if (side === 'held') continue
      const hash = hashOf(line)
      content.line ??= hash
      content.identical &&= content.line === hash
    }
  }

  /** Says, once all of the source and of the target has been seen, what is to be loaded. */
  decide({ isKeyKept }: WantedOptions): void {
    const hasKey = this.#key.length > 0
    for (const same of this.#keys.values()) {
      same.all = hasKey && (same.found === same.wanted || (isKeyKept && same.found < same.wanted))
      if (!same.all) for (const content of same.contents.values()) this.#decideContent(content)
      else if (same.held > 0) same.stays = { rows: same.wanted, reason: reasons.held }
      else {
        same.load = true
        this.gone += same.wanted - same.found
      }
    }
  }

  #decideContent(content: SameContent): void {
    const { wanted, found, held, identical } = content
    if (found > wanted && !identical) {
      content.stays = { rows: wanted, reason: reasons.hidden }
      return
    }
    const there = Math.min(wanted, found)
    content.take = Math.min(there, Math.max(0, found - held))
    content.stays = { rows: there - content.take, reason: reasons.held }
    content.unsure = wanted - there
    this.unsure += content.unsure
  }

  /**
   * Those of the quarantined rows that stay without a look at them by the target, with the reason; to be asked once.
   *
   * @param areGone those that were `unsure`
   */
  *stayingOf(rows: Iterable<QuarantinedRow>, areGone: boolean): Generator<QuarantinedRow> {
    for (const row of rows) {
      const key = this.#keyOfQuarantined(row)
      const reason = key === null ? reasons.key : this.#reasonOf(row, key, areGone)
      if (reason !== null) yield { ...row, column: null, reason }
    }
  }

  #reasonOf(row: QuarantinedRow, key: string, areGone: boolean): string | null {
    const same = this.#keys.get(key)!
    const content = same.contents.get(this.#contentOfQuarantined(row))!
    const { stays } = same.all ? same : content
    if (stays.rows > 0) {
      stays.rows--
      return stays.reason
    }
    if (same.all || areGone || content.unsure === 0) return null
    content.unsure--
    return reasons.unsure
  }

  /** The lines of a piece that are to be loaded; null where there are none. */
  pick({ bytes, refused = [] }: Lines): Lines | null {
    const lines: Buffer[] = []
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      if (this.#take(bytes.subarray(start, end))) lines.push(bytes.subarray(start, end + 1))
      start = end + 1
    }
    const left = refused.filter(({ line }) => this.#take(line))
    if (lines.length + left.length === 0) return null
    return { bytes: Buffer.concat(lines), rows: lines.length, ...(left.length > 0 ? { refused: left } : {}) }
  }

  #take(line: Buffer): boolean {
    const same = this.#sameKey(line)
    if (!same) return false
    if (same.all) return same.load
    const content = same.contents.get(this.#contentOf(line))
    if (!content || content.take === 0) return false
    content.take--
    return true
  }

  #want(row: QuarantinedRow): void {
    const key = this.#keyOfQuarantined(row)
    if (key === null) return
    const none = () => ({ rows: 0, reason: '' })
    const same = this.#keys.get(key) ?? {
      wanted: 0,
      found: 0,
      held: 0,
      contents: new Map(),
      all: false,
      load: false,
      stays: none(),
    }
    this.#keys.set(key, same)
    same.wanted++
    const hash = this.#contentOfQuarantined(row)
    const counts = { wanted: 0, found: 0, held: 0, take: 0, unsure: 0 }
    const content = same.contents.get(hash) ?? { ...counts, line: null, identical: true, stays: none() }
    same.contents.set(hash, content)
    content.wanted++
  }

  #sameKey(line: Buffer): SameKey | undefined {
    const fields = this.#keyFields
    if (this.#key.length === 0) return this.#keys.get('[]')
    const row = refusedLine(this.#target, this.#columns.slice(0, fields), firstFields(line, fields))
    const parts = this.#key.map(name => {
      const value = row[name] ?? null
      return this.#redacted.has(name) ? redactKey(value) : value
    })
    return this.#keys.get(JSON.stringify(parts))
  }

  /** Null where the key has other columns, or is shown in another way, than the plan says now. */
  #keyOfQuarantined({ key }: QuarantinedRow): string | null {
    const names = Object.keys(key)
    if (names.length !== this.#key.length) return null
    const parts: (string | null)[] = []
    for (const name of this.#key) {
      const value = key[name]
      if (value === undefined || isFingerprint(value) !== (this.#redacted.has(name) && value !== null))
        return null
      parts.push(value === null ? null : withoutMark(value))
    }
    return JSON.stringify(parts)
  }

  #contentOf(line: Buffer): string {
    return this.#content(refusedLine(this.#target, this.#columns, line))
  }

  #contentOfQuarantined({ row }: QuarantinedRow): string {
    return this.#content(
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value && withoutMark(value)])),
    )
  }

  #content(row: Record<string, string | null>): string {
    const shown = this.#columns.map(({ name }) => {
      const value = row[name] ?? null
      return value !== null && this.#redacted.has(name) ? REDACTED : value
    })
    return hashOf(JSON.stringify(shown))
  }
}

function isFingerprint(value: string | null): boolean {
  return value !== null && /^\[redacted [0-9a-f]{8}\]$/.test(value)
}

/** As much of a line as its first fields. */
function firstFields(line: Buffer, fields: number): Buffer {
  let end = -1
  for (let field = 0; field < fields; field++) {
    end = line.indexOf(TAB, end + 1)
    if (end < 0) return line
  }
  return line.subarray(0, end)
}

function hashOf(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('base64')
}
