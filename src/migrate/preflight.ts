import type { TargetSession } from '../engines/port.ts'
import { ParitygateError } from '../model/error.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { Pair } from '../plan/pair.ts'
import { writeObstacle } from '../plan/write-obstacle.ts'
import type { Selection } from './selection.ts'

/** @throws {ParitygateError} target.read-only or target.missing-table, before anything is written */
export async function requireWritable(
  pair: Pair<TargetSession>,
  { mappings }: Selection,
  createSchema: boolean,
): Promise<void> {
  const missing = mappings.filter(mapping => mapping.toBeCreated && !(createSchema || isOurs(mapping)))
  for (const schema of new Set(mappings.map(mapping => mapping.schema))) {
    const own = mappings.filter(mapping => mapping.schema === schema)
    const obstacle = await writeObstacle(
      pair.targetOf({ schema }),
      own.filter(mapping => !missing.includes(mapping)),
    )
    if (obstacle) throw new ParitygateError('target.read-only', `${pair.target.describe}: ${obstacle}`)
  }
  if (missing.length === 0) return
  throw new ParitygateError(
    'target.missing-table',
    `the target lacks ${missing.map(mapping => `"${mapping.table}"`).join(', ')}`,
  )
}

/** Tables that are no application's are made wherever they are missing. */
function isOurs({ kind }: Mapping): boolean {
  return kind !== 'mapped'
}
