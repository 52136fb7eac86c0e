import type { TargetSession } from '../engines/port.ts'
import { ParitygateError } from '../model/error.ts'
import type { Mapping } from '../plan/mapping.ts'

/** @throws {ParitygateError} plan.mapping, target.read-only or target.missing-table, before anything is written */
export async function requireWritable(
  target: TargetSession,
  mappings: Mapping[],
  createSchema: boolean,
): Promise<void> {
  if (mappings.length === 0)
    throw new ParitygateError('plan.mapping', 'the plan maps no table: name them under tables')
  const existing = mappings.filter(mapping => !mapping.toBeCreated).map(mapping => mapping.table)
  const obstacle = await target.writeObstacle(existing, createSchema && existing.length < mappings.length)
  if (obstacle) throw new ParitygateError('target.read-only', `${target.describe}: ${obstacle}`)
  const missing = mappings.filter(mapping => mapping.toBeCreated).map(mapping => `"${mapping.table}"`)
  if (missing.length === 0 || createSchema) return
  throw new ParitygateError('target.missing-table', `the target lacks ${missing.join(', ')}`)
}
