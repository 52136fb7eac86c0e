import type { Derived } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
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
  const isRefused = async ({ path, what, sql }: Trial): Promise<boolean> => {
    const where = plan.locate(path)
    try {
      await source.query(sql)
      return false
    } catch (error) {
      const failure = source.failure(error, where)
      if (failure.code !== 'source.refused') throw failure
      problems.push({ where, message: `the source refuses ${what}: ${failure.message}` })
      return true
    }
  }
  for (const mapping of mappings) {
    const relation = trialOfRelation(mapping)
    // Whatever is asked of rows that cannot be had is refused for the same reason.
    if (await isRefused(relation)) continue
    for (const trial of trialsOf(mapping)) await isRefused(trial)
  }
  return problems
}

/** SQL of `merge_duplicates` and `prefer` stands in it, and joins; the rows of a table may be kept from this user. */
function trialOfRelation({ table, path, document, sourceRelation }: Mapping): Trial {
  const word = (['merge_duplicates', 'prefer'] as const).find(one => document[one] !== undefined)
  return {
    path: word === undefined ? path : [...path, word],
    what: `${word ?? 'the source'} of table "${table}"`,
    sql: `SELECT 1 FROM ${sourceRelation.from} LIMIT 0`,
  }
}

/** What is made of several values stands for no expression of its own. */
function inputsOf({ inputs }: Derived): string {
  return inputs.map(({ expression }) => expression).join(', ')
}

function trialsOf({ table, path, document, sourceRelation, columns }: Mapping): Trial[] {
  const isSql = (name: string) => Object.hasOwn(Object(document.columns?.[name]), 'sql')
  const trials: Trial[] = columns
    .filter(column => column.source === null)
    .map(({ name, expression, made }) => ({
      path: [...path, 'columns', name, ...(isSql(name) ? ['sql'] : [])],
      what: `the expression for column "${name}" of table "${table}"`,
      // With other columns beside it an aggregate is refused, except by engines that allow that.
      sql: `SELECT *, ${made.derived ? inputsOf(made.derived) : expression} FROM ${sourceRelation.from} LIMIT 0`,
    }))
  if (sourceRelation.where !== null)
    trials.push({
      path: [...path, 'where'],
      what: `the condition of table "${table}"`,
      sql: `SELECT 1 FROM ${selectedFrom(sourceRelation)} LIMIT 0`,
    })
  return trials
}
