import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError } from '../model/error.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { Pair } from '../plan/pair.ts'
import { requireNoProblems } from '../plan/resolve.ts'
import { triggerNotices, triggerProblems } from '../plan/triggers.ts'
import { writeObstacle } from '../plan/write-obstacle.ts'
import type { Selection } from './selection.ts'

/** @throws {ParitygateError} target.read-only, target.missing-table or plan.mapping, before anything is written */
export async function requireWritable(
  pair: Pair<TargetSession>,
  { mappings }: Selection,
  createSchema: boolean,
): Promise<void> {
  const missing = mappings.filter(mapping => mapping.toBeCreated && !(createSchema || isOurs(mapping)))
  for (const schema of new Set(mappings.map(mapping => mapping.schema))) {
    const own = mappings.filter(mapping => mapping.schema === schema)
    const target = pair.targetOf({ schema })
    const obstacle = await writeObstacle(
      target,
      own.filter(mapping => !missing.includes(mapping)),
    ).catch(error => {
      throw target.failure(error, target.describe)
    })
    if (obstacle) throw new ParitygateError('target.read-only', `${pair.target.describe}: ${obstacle}`)
  }
  if (missing.length > 0)
    throw new ParitygateError(
      'target.missing-table',
      `the target lacks ${missing.map(mapping => `"${mapping.table}"`).join(', ')}`,
    )
  requireNoProblems(await triggerProblems(pair.targetOf, pair.resolved, mappings))
  for (const mapping of mappings) {
    const target = pair.targetOf(mapping)
    for (const { message } of await triggerNotices(target, mapping))
      target.notices.push(`table "${mapping.table}" ${message}`)
  }
}

/** Tables that are no application's are made wherever they are missing. */
function isOurs({ kind }: Mapping): boolean {
  return kind !== 'mapped'
}
