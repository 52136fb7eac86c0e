import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isSecretName, REDACTED, redactKey } from '../model/redact.ts'
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
      writeSync(
        file,
        `${JSON.stringify({ ...row, key: withoutSecrets(row.key, redactKey), row: withoutSecrets(row.row, hide) })}\n`,
      )
    }
  } finally {
    closeSync(file)
  }
  return path
}

/** Values of secret columns replaced, NULL kept. */
export function withoutSecrets(
  row: Record<string, string | null>,
  replace: (value: string | null) => string | null = hide,
): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, isSecretName(name) ? replace(value) : value]),
  )
}

function hide(value: string | null): string | null {
  return value === null ? null : REDACTED
}
