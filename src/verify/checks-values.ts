import type { Session } from '../engines/port.ts'
import type { MappedColumn, Mapping } from '../plan/mapping.ts'
import type { Check } from './check.ts'

/** Values of the source that the target's enum has no label for. */
export function checkEnum(mapping: Mapping, column: MappedColumn): Check {
  const labels = column.targetType.kind === 'enum' ? column.targetType.labels : []
  return {
    check: 'accepted_values',
    table: mapping.table,
    column: column.name,
    run: ({ source }) =>
      judge(
        source,
        mapping.sourceRelation,
        column.expression,
        labels,
        column.redacted,
        'source values outside the target enum',
      ),
  }
}

export function checkAcceptedValues(mapping: Mapping, name: string, values: string[]): Check {
  const redacted = mapping.columns.find(column => column.name === name)?.redacted ?? false
  return {
    check: 'accepted_values',
    table: mapping.table,
    column: name,
    run: ({ target }) =>
      judge(
        target,
        mapping.targetRelation,
        target.dialect.quote(name),
        values,
        redacted,
        'target values outside the list',
      ),
  }
}

async function judge(
  session: Session,
  relation: { from: string; where: string | null },
  expression: string,
  values: string[],
  redacted: boolean,
  what: string,
) {
  const literals = values.map(session.dialect.literal).join(', ')
  const text = `CAST(${expression} AS TEXT)`
  const outside = `${expression} IS NOT NULL${values.length > 0 ? ` AND ${text} NOT IN (${literals})` : ''}`
  const where = relation.where === null ? outside : `(${relation.where}) AND ${outside}`
  const rows = await session.query(
    `SELECT ${text} AS value, count(*) AS n FROM ${relation.from} WHERE ${where} GROUP BY 1 ORDER BY 2 DESC`,
  )
  const found = rows.reduce((sum, row) => sum + Number(row.n), 0)
  const shown = redacted
    ? ''
    : `: ${rows
        .slice(0, 10)
        .map(row => `${JSON.stringify(row.value)} (${row.n})`)
        .join(', ')}`
  return {
    status: found > 0 ? ('fail' as const) : ('pass' as const),
    found,
    detail: found > 0 ? `${found} ${what}${shown}` : `every value is one of ${values.length}`,
    sql: `SELECT * FROM ${relation.from} WHERE ${where};`,
  }
}
