import type { Session } from '../engines/port.ts'
import type { MappedColumn, Mapping } from '../plan/mapping.ts'
import type { Check } from './check.ts'
import { keysOf } from './checks-keys.ts'

/** Values of the source that the target's enum has no label for. */
export function checkEnum(mapping: Mapping, column: MappedColumn): Check {
  const labels = column.targetType.kind === 'enum' ? column.targetType.labels : []
  return {
    check: 'accepted_values',
    table: mapping.table,
    column: column.name,
    run: ({ source }) =>
      judge(source, 'source', mapping, column.expression, labels, column.redacted, `the target's enum`),
  }
}

export function checkAcceptedValues(mapping: Mapping, name: string, values: string[]): Check {
  const redacted = mapping.columns.find(column => column.name === name)?.redacted ?? false
  return {
    check: 'accepted_values',
    table: mapping.table,
    column: name,
    run: ({ target }) =>
      judge(target, 'target', mapping, target.dialect.quote(name), values, redacted, 'the list'),
  }
}

async function judge(
  session: Session,
  side: 'source' | 'target',
  mapping: Mapping,
  expression: string,
  values: string[],
  redacted: boolean,
  allowed: string,
) {
  const relation = side === 'source' ? mapping.sourceRelation : mapping.targetRelation
  const literals = values.map(session.dialect.literal).join(', ')
  const text = `CAST(${expression} AS TEXT)`
  const outside = `${expression} IS NOT NULL${values.length > 0 ? ` AND ${text} NOT IN (${literals})` : ''}`
  const where = relation.where === null ? outside : `(${relation.where}) AND ${outside}`
  const rows = await session.query(
    `SELECT ${text} AS value, count(*) AS n FROM ${relation.from} WHERE ${where} GROUP BY 1 ORDER BY 2 DESC`,
  )
  const found = rows.reduce((sum, row) => sum + Number(row.n), 0)
  const sql = `SELECT * FROM ${relation.from} WHERE ${where};`
  if (found === 0)
    return { status: 'pass' as const, found, detail: `every value is one of ${values.length}`, sql }
  const shown = redacted
    ? ''
    : `: ${rows
        .slice(0, 10)
        .map(row => `${JSON.stringify(row.value)} (${row.n})`)
        .join(', ')}`
  const keys = await keysOf(session, side, mapping, { ...relation, where })
  return {
    status: 'fail' as const,
    found,
    detail: `${found} ${found === 1 ? 'row' : 'rows'} of the ${side} outside ${allowed}${shown}; ${keys}`,
    sql,
  }
}
