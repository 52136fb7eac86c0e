import type { Derived, Session } from '../engines/port.ts'
import { selectedFrom } from '../engines/selected-from.ts'
import type { Mapping, PlanProblem, ResolvedPlan } from './mapping.ts'
import type { PlanPath } from './parse.ts'

interface Trial {
  path: PlanPath
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
  for (const { path, what, sql } of mappings.flatMap(trialsOf)) {
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

/** What is made of several values stands for no expression of its own. */
function inputsOf({ inputs }: Derived): string {
  return inputs.map(({ expression }) => expression).join(', ')
}

function trialsOf({ table, sourceRelation, columns }: Mapping): Trial[] {
  const trials: Trial[] = columns
    .filter(column => column.source === null)
    .map(({ name, expression, made }) => ({
      path: ['tables', table, 'columns', name, 'sql'],
      what: `the expression for column "${name}" of table "${table}"`,
      // With other columns beside it an aggregate is refused, except by engines that allow that.
      sql: `SELECT *, ${made.derived ? inputsOf(made.derived) : expression} FROM ${sourceRelation.from} LIMIT 0`,
    }))
  if (sourceRelation.where !== null)
    trials.push({
      path: ['tables', table, 'where'],
      what: `the condition of table "${table}"`,
      sql: `SELECT 1 FROM ${selectedFrom(sourceRelation)} LIMIT 0`,
    })
  return trials
}
