import { type Backups, backups } from './backups.ts'
import { type DiscoveredIds, discoveredIds } from './discovered-ids.ts'
import { type Finished, finished } from './finished.ts'
import { type PilotEvidence, pilotEvidence } from './pilot.ts'
import { type Quarantine, quarantine } from './quarantine.ts'
import { type Runs, runs } from './runs.ts'
import { openStateFile } from './state-file.ts'

/** The evidence of every run with one pair of databases. */
export interface Store extends Runs, Finished, Quarantine, DiscoveredIds, Backups, PilotEvidence {
  file: string
  close(): void
}

/**
 * Opens the state, creating it where there is none.
 *
 * @param pair see `pairFingerprint`: evidence of other pairs in the same file is left alone
 * @throws {ParitygateError} state.unusable
 */
export function openStore(file: string, pair: string): Store {
  const database = openStateFile(file)
  return {
    file,
    ...runs(database, pair),
    ...finished(database, pair),
    ...quarantine(database, pair),
    ...discoveredIds(database, pair),
    ...backups(database, pair),
    ...pilotEvidence(database, pair),
    close: () => database.close(),
  }
}
