import type { Session } from '../engines/port.ts'
import type { MappedColumn, Mapping } from '../plan/mapping.ts'
import type { Check } from './check.ts'
import { keysOf } from './checks-keys.ts'
import { narrow } from './narrow.ts'

/** Values of the source that the target's enum has no label for. */
export function checkEnum(mapping: Mapping, column: MappedColumn): Check {
  const labels = column.targetType.kind === 'enum' ? column.targetType.labels : []
  return {
    check: 'accepted_values',
    table: mapping.table,
    column: column.name,
    run: ({ source }) =>
      judge(source, mapping, {
        side: 'source',
        expression: column.expression,
        values: labels,
        redacted: column.redacted,
        allowed: `the target's enum`,
      }),
  }
}

export function checkAcceptedValues(mapping: Mapping, name: string, values: string[]): Check {
  const redacted = mapping.columns.find(column => column.name === name)?.redacted ?? false
  return {
    check: 'accepted_values',
    table: mapping.table,
    column: name,
    run: ({ target }) =>
      judge(target, mapping, {
        side: 'target',
        expression: target.dialect.quote(name),
        values,
        redacted,
        allowed: 'the list',
      }),
  }
}

interface Question {
  side: 'source' | 'target'
  expression: string
  values: string[]
  redacted: boolean
  /** What the values are, for people. */
  allowed: string
}

async function judge(session: Session, mapping: Mapping, question: Question) {
  const { side, expression, values, redacted, allowed } = question
  const literals = values.map(session.dialect.literal).join(', ')
  const text = `CAST(${expression} AS TEXT)`
  const outside = `${expression} IS NOT NULL${values.length > 0 ? ` AND ${text} NOT IN (${literals})` : ''}`
  const relation = narrow(side === 'source' ? mapping.sourceRelation : mapping.targetRelation, outside)
  const rowsOutside = `FROM ${relation.from} WHERE ${relation.where}`
  const rows = await session.query(
    `SELECT ${text} AS value, count(*) AS n ${rowsOutside} GROUP BY 1 ORDER BY 2 DESC`,
  )
  const found = rows.reduce((sum, row) => sum + Number(row.n), 0)
  const sql = `SELECT * ${rowsOutside};`
  if (found === 0)
    return { status: 'pass' as const, found, detail: `every value is one of ${values.length}`, sql }
  const shown = redacted
    ? ''
    : `: ${rows
        .slice(0, 10)
        .map(row => `${JSON.stringify(row.value)} (${row.n})`)
        .join(', ')}`
  const keys = await keysOf(session, side, mapping, relation)
  return {
    status: 'fail' as const,
    found,
    detail: `${found} ${found === 1 ? 'row' : 'rows'} of the ${side} outside ${allowed}${shown}; ${keys}`,
    sql,
  }
}
