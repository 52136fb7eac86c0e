import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RejectedLine } from '../engines/port.ts'
import { redactRow } from '../model/ledger.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { Store } from '../store/store.ts'

/**
 * Writes a run's quarantined rows as JSON lines beside the state, one object per row: `{ table, key, column, reason,
 * row }`. Secrets are left out here; the state itself holds the whole row.
 *
 * @returns the path of the file
 */
export function writeQuarantineFile(store: Store, run: number): string {
  const path = join(dirname(store.file), `quarantine-${run}.jsonl`)
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'w', 0o600)
  try {
    for (const row of store.quarantined(run)) {
      const { redacted: _, ...shown } = redactRow(row)
      writeSync(file, `${JSON.stringify(shown)}\n`)
    }
  } finally {
    closeSync(file)
  }
  return path
}

/** Keeps a row the target refused, and why; a reason that shows a secret is withheld. */
export function quarantineRow(
  { store, run }: { store: Store; run: number },
  mapping: Mapping,
  { row, column, reason }: RejectedLine,
): void {
  const key = Object.fromEntries(mapping.key.map(name => [name, row[name] ?? null]))
  const redacted = mapping.columns.filter(one => one.redacted).map(one => one.name)
  const shown = withoutSecrets(reason, column, redacted, row)
  store.quarantine(run, { table: mapping.table, key, column, reason: shown, row, redacted })
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
