import { askBoth } from '../compare/both-sides.ts'
import type { Field, Relation } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { CheckDocument } from '../plan/schema.ts'
import type { Check } from './check.ts'

/** How many rows have each value of a column, held side by side; the values in the form of the column's type. */
export function checkDistribution(mapping: Mapping, column: string): Check {
  const mapped = mapping.columns.find(one => one.name === column)
  return {
    check: 'distribution',
    table: mapping.table,
    column,
    async run({ source, target, signal }) {
      if (!mapped)
        return { status: 'not_run', found: null, detail: 'nothing of the source maps to this column' }
      if (mapped.discovered)
        return { status: 'not_run', found: null, detail: 'ids nobody can recompute are not compared' }
      const options = signal ? { signal } : {}
      const { type, rounded, ownType, targetOwn, made } = mapped
      const tally = async (
        session: Session,
        relation: Relation,
        field: Pick<Field, 'expression' | 'own' | 'derived'>,
      ) => {
        const counts = new Map<string, number>()
        for await (const piece of session.digestLines(relation, [{ ...field, type, rounded }], options)) {
          for (const line of piece.toString().split('\n').slice(0, -1))
            counts.set(line, (counts.get(line) ?? 0) + 1)
          if (counts.size > MOST_VALUES)
            throw new Error(`more than ${MOST_VALUES} values: not a column to distribute by`)
        }
        return counts
      }
      const ofSource = {
        expression: mapped.expression,
        own: ownType,
        ...(made.derived ? { derived: made.derived } : {}),
      }
      const ofTarget = { expression: mapped.targetExpression, own: targetOwn }
      const { source: before, target: after } = await askBoth(side =>
        side === 'source'
          ? tally(source, mapping.sourceRelation, ofSource)
          : tally(target, mapping.targetRelation, ofTarget),
      )
      const values = [...new Set([...before.keys(), ...after.keys()])].sort()
      const differing = values.filter(value => before.get(value) !== after.get(value))
      const shown = (list: string[]) =>
        list
          .slice(0, 10)
          .map(
            value =>
              `${mapped.redacted ? '[redacted]' : value} ${before.get(value) ?? 0} → ${after.get(value) ?? 0}`,
          )
          .join(', ')
      const detail =
        differing.length > 0
          ? `source → target: ${shown(differing)}`
          : `the same on both sides: ${shown(values)}`
      return { status: differing.length > 0 ? 'fail' : 'pass', found: differing.length, detail }
    },
  }
}

const MOST_VALUES = 1000

type QueryDocument = NonNullable<CheckDocument['query']>

/** One value asked of each side; they must agree, and be the expected one where one is named. */
export function checkQuery(document: QueryDocument): Check {
  return {
    check: 'query',
    table: document.name,
    async run({ source, target }) {
      const sessions = { source, target }
      const values = await askBoth(async side => {
        const sql = document[side]
        return sql === undefined ? undefined : oneValue(sessions[side], sql)
      })
      const asked = (['source', 'target'] as const).flatMap((side): [string, string | null][] =>
        values[side] === undefined ? [] : [[side, values[side]]],
      )
      if (asked.length === 0)
        return { status: 'not_run', found: null, detail: 'neither source nor target says a query' }
      const expected = document.expect === undefined ? asked[0]![1] : String(document.expect)
      if (document.expect === undefined && asked.length === 1)
        return {
          status: 'not_run',
          found: null,
          detail: 'nothing to hold the value against: say expect, or the query of the other side',
        }
      const wrong = asked.filter(([, value]) => value !== expected)
      const detail = [
        ...asked.map(([side, value]) => `${side} ${value ?? 'NULL'}`),
        ...(document.expect === undefined ? [] : [`expected ${expected}`]),
      ].join(', ')
      return {
        status: wrong.length > 0 ? 'fail' : 'pass',
        found: wrong.length,
        detail,
        sql: `${document.target ?? document.source};`,
      }
    },
  }
}

async function oneValue(session: Session, sql: string): Promise<string | null> {
  const rows = await session.query(sql.replace(/;\s*$/, ''))
  const values = Object.values(rows[0] ?? {})
  if (rows.length !== 1 || values.length !== 1)
    throw new Error(`a query check gives one row of one column, not ${rows.length} rows: ${sql}`)
  return values[0]!
}
