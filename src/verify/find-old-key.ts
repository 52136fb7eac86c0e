import { openReader } from '../engines/open.ts'
import type { Field } from '../engines/port/rows.ts'
import { decodeLine, splitLines } from '../model/row-line.ts'
import type { Plan } from '../plan/load-plan.ts'
import { withPair } from '../plan/pair.ts'
import { requireNoProblems } from '../plan/resolve.ts'

/**
 * The old key a new id was made of: the keys of the source are read until one of them gives it.
 *
 * @param id a UUID in its usual form
 * @returns its parts as canonical text; null where no row of the source gives the id
 * @throws {ParitygateError} where a database cannot be reached, or the plan does not fit them
 */
export async function findOldKey(
  plan: Plan,
  table: string,
  id: string,
  signal?: AbortSignal,
): Promise<(string | null)[] | null> {
  return withPair(
    plan,
    openReader,
    async ({ source, resolved, problems }) => {
      requireNoProblems(problems)
      const mapping = resolved.mappings.find(one => one.table === table)!
      const { expression, made } = mapping.columns.find(({ name }) => name === mapping.ownId!.column)!
      const derived = made.derived!
      const fields: Field[] = [{ expression, type: { kind: 'uuid' }, derived }, ...derived.inputs]
      const wanted = `${id}\t`
      for await (const piece of source.digestLines(
        mapping.sourceRelation,
        fields,
        signal ? { signal } : {},
      )) {
        for (const line of splitLines(piece))
          if (line.toString('latin1', 0, wanted.length) === wanted) return decodeLine(line).slice(1)
      }
      return null
    },
    signal,
  )
}
