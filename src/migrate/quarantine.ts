import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RejectedLine } from '../engines/port/rows.ts'
import { ParitygateError } from '../model/error.ts'
import { redactRow } from '../model/ledger.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { Store } from '../store/store.ts'

/**
 * Writes the quarantined rows of tables as JSON lines beside the state, one object per row: `{ table, key, column, reason,
 * row }`, without secrets.
 *
 * @returns the path of the file
 */
export function writeQuarantineFile(store: Store, run: number, tables: string[]): string {
  const path = join(dirname(store.file), `quarantine-${run}.jsonl`)
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'w', 0o600)
  try {
    for (const table of tables) {
      for (const row of store.quarantined(table)) writeSync(file, `${JSON.stringify(row)}\n`)
    }
  } finally {
    closeSync(file)
  }
  return path
}

/** Keeps a row the target refused, and why, without its secrets; a reason that shows one is withheld. */
function quarantineRow(
  store: Store,
  mapping: Mapping,
  chunk: number,
  { row, column, reason }: RejectedLine,
): void {
  const key = Object.fromEntries(mapping.key.map(name => [name, row[name] ?? null]))
  const redacted = mapping.columns.filter(one => one.redacted).map(one => one.name)
  store.quarantine(chunk, {
    table: mapping.table,
    column,
    reason: withoutSecrets(reason, column, redacted, row),
    ...redactRow(key, row, redacted),
  })
}

/** The rows a run has refused so far, held against the most that are allowed. */
export class Quarantine {
  readonly #store: Store
  readonly #most: number
  /** By table and chunk. */
  readonly #added = new Map<string, Map<number, number>>()
  #all = 0

  /** @param most 0 for any number */
  constructor(store: Store, most: number) {
    this.#store = store
    this.#most = most
  }

  /** @throws {ParitygateError} target.refused, where these are more rows than are allowed */
  add(mapping: Mapping, chunk: number, rejected: RejectedLine): void {
    quarantineRow(this.#store, mapping, chunk, rejected)
    const parts = this.#added.get(mapping.table) ?? new Map<number, number>()
    this.#added.set(mapping.table, parts)
    parts.set(chunk, (parts.get(chunk) ?? 0) + 1)
    this.#all++
    if (this.#most === 0 || this.#all <= this.#most) return
    throw new ParitygateError(
      'target.refused',
      `more than ${this.#most} rows were refused; the last: ${rejected.reason}`,
      {
        where: `table "${mapping.table}"`,
        hint: 'Mend the rows or the mapping, or raise --max-rejects (0 finishes every table and fails then).',
      },
    )
  }

  /** Forgets what a part of a table left that is to be copied again; null for all its parts. */
  clear(table: string, chunk: number | null): void {
    const parts = this.#added.get(table)
    for (const [number, rows] of parts ?? []) {
      if (chunk !== null && number !== chunk) continue
      this.#all -= rows
      parts!.delete(number)
    }
    this.#store.clearQuarantine(table, chunk ?? undefined)
  }
}

/** A target's message can repeat a value, or a part of it. */
function withoutSecrets(
  reason: string,
  column: string | null,
  redacted: string[],
  row: RejectedLine['row'],
): string {
  const about = column?.split(', ').some(name => redacted.includes(name))
  if (about) return `refused by the target; its message is withheld, because "${column}" is never shown`
  const secrets = redacted.flatMap(name => (row[name] ? [row[name]] : []))
  return secrets.some(secret => reason.toLowerCase().includes(secret.toLowerCase()))
    ? 'refused by the target; its message is withheld, because it repeats a value that is never shown'
    : reason
}
