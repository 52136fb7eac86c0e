import { pairOf } from '../compare/mapping-pair.ts'
import { fieldsOf, pairingFields, type RelationPair } from '../compare/relation-pair.ts'
import type { Field } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import { decodeLine, splitLines } from '../model/row-line.ts'
import type { Mapping } from '../plan/mapping.ts'
import { fieldsIn } from './field-text.ts'

/** The text that identifies a row in the lines of a pair. */
export function keyIn(pair: RelationPair, line: string): string {
  return fieldsIn(line).slice(0, pairingFields(pair)).join('\t')
}

/**
 * What the values made here in the keys of some rows were made of: the source is read once, until all are found.
 *
 * @param keys as `keyIn` gives them
 * @returns by key, the inputs of all these columns, one after the other, as canonical text
 */
export async function oldKeys(
  source: Session,
  mapping: Mapping,
  keys: Iterable<string>,
  signal?: AbortSignal,
): Promise<Map<string, (string | null)[]>> {
  const pair = pairOf(mapping)
  const keyFields = fieldsOf(pair, 'source').slice(0, pairingFields(pair))
  const inputs = keyFields.flatMap(({ derived }): Field[] => derived?.inputs ?? [])
  const wanted = new Set(keys)
  const found = new Map<string, (string | null)[]>()
  if (wanted.size === 0 || inputs.length === 0) return found
  const options = signal ? { signal } : {}
  for await (const piece of source.digestLines(mapping.sourceRelation, [...keyFields, ...inputs], options)) {
    for (const line of splitLines(piece)) {
      const key = fieldsIn(line.toString('latin1')).slice(0, keyFields.length).join('\t')
      if (!wanted.delete(key)) continue
      found.set(key, decodeLine(line).slice(keyFields.length))
      if (wanted.size === 0) return found
    }
  }
  return found
}
