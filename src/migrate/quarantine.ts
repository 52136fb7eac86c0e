import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { redactRow } from '../model/ledger.ts'
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
