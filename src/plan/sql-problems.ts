import type { Session } from '../engines/port.ts'
import { selectedFrom } from '../engines/selected-from.ts'
import type { Mapping, PlanProblem, ResolvedPlan } from './mapping.ts'

interface Asked {
  path: (string | number)[]
  /** What the plan says there, for people. */
  what: string
  sql: string
}

/**
 * SQL of the plan that the source refuses, each piece asked for by itself and for no rows.
 *
 * @throws {ParitygateError} connection.lost
 */
export async function sqlProblems(source: Session, { plan, mappings }: ResolvedPlan): Promise<PlanProblem[]> {
  const problems: PlanProblem[] = []
  for (const { path, what, sql } of mappings.flatMap(askedOf)) {
    const where = plan.locate(path)
    try {
      await source.query(sql)
    } catch (error) {
      const failure = source.failure(error, where)
      if (failure.code !== 'source.refused') throw failure
      problems.push({ where, message: `the source refuses ${what}: ${failure.message}` })
    }
  }
  return problems
}

function askedOf({ table, sourceRelation, columns }: Mapping): Asked[] {
  const asked: Asked[] = columns
    .filter(column => column.source === null)
    .map(({ name, expression }) => ({
      path: ['tables', table, 'columns', name, 'sql'],
      what: `the expression for column "${name}" of table "${table}"`,
      // Beside other columns, an aggregate is an error where the engine says so at all.
      sql: `SELECT *, ${expression} FROM ${sourceRelation.from} LIMIT 0`,
    }))
  if (sourceRelation.where !== null)
    asked.push({
      path: ['tables', table, 'where'],
      what: `the condition of table "${table}"`,
      sql: `SELECT 1 FROM ${selectedFrom(sourceRelation)} LIMIT 0`,
    })
  return asked
}
