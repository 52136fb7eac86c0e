import type { TargetSession } from '../engines/port.ts'
import { ParitygateError } from '../model/error.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { Pair } from '../plan/pair.ts'
import type { Selection } from './selection.ts'

/** @throws {ParitygateError} plan.mapping, target.read-only or target.missing-table, before anything is written */
export async function requireWritable(
  pair: Pair<TargetSession>,
  { mappings, work }: Selection,
  createSchema: boolean,
): Promise<void> {
  if (mappings.length + work.length === 0)
    throw new ParitygateError('plan.mapping', 'the plan maps no table: name them under tables')
  const missing = mappings.filter(mapping => mapping.toBeCreated && !(createSchema || isOurs(mapping)))
  for (const schema of new Set(mappings.map(mapping => mapping.schema))) {
    const own = mappings.filter(mapping => mapping.schema === schema)
    const existing = own.filter(mapping => !mapping.toBeCreated).map(mapping => mapping.target.name)
    const creates = own.length - existing.length > own.filter(mapping => missing.includes(mapping)).length
    const obstacle = await obstacleOf(pair.targetOf({ schema }), schema, existing, creates)
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

async function obstacleOf(
  target: TargetSession,
  schema: string | null,
  tables: string[],
  creates: boolean,
): Promise<string | null> {
  const statement = schema === null || !creates ? null : target.dialect.createSchema(schema)
  if (statement === null) return target.writeObstacle(tables, creates)
  // Whether a schema can be made is best asked by making it, and taking that back.
  await target.begin()
  try {
    await target.execute(statement)
    return await target.writeObstacle(tables, creates)
  } catch (error) {
    return (error as Error).message
  } finally {
    await target.rollback()
  }
}
