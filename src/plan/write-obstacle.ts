import type { TargetSession } from '../engines/port/target-session.ts'
import type { Mapping } from './mapping.ts'

/**
 * Why tables of one schema of the target cannot be written, or made where they are missing; null where they can.
 *
 * @param target sees that schema
 */
export async function writeObstacle(target: TargetSession, mappings: Mapping[]): Promise<string | null> {
  const copied = mappings.filter(mapping => mapping.copied)
  const existing = copied.filter(mapping => !mapping.toBeCreated).map(mapping => mapping.target.name)
  const creates = existing.length < copied.length
  const schema = copied[0]?.schema ?? null
  const statement = schema === null || !creates ? null : target.dialect.createSchema(schema)
  if (statement === null) return target.writeObstacle(existing, creates)
  // Whether a schema can be made is best asked by making it, and taking that back.
  await target.begin()
  try {
    await target.execute(statement)
    return await target.writeObstacle(existing, creates)
  } catch (error) {
    return (error as Error).message
  } finally {
    await target.rollback()
  }
}
