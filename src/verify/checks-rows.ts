import type { Side } from '../compare/both-sides.ts'
import { narrow } from '../compare/narrow.ts'
import type { MappedColumn, Mapping } from '../plan/mapping.ts'
import type { Check, CheckContext } from './check.ts'
import { keysOf } from './shown-keys.ts'

/** A condition no row should meet, counted on both sides; a column nothing maps to is asked on the target alone. */
async function countBroken(
  { source, target }: CheckContext,
  mapping: Mapping,
  column: string,
  condition: (side: Side, expression: string) => string,
  what: string,
) {
  const mapped = mapping.columns.find(one => one.name === column)
  const ofTarget = condition('target', target.dialect.quote(column))
  const found = await target.count({ ...mapping.targetRelation, where: ofTarget })
  let inSource = 0
  let ofSource: Mapping['sourceRelation'] | null = null
  const broken = mapped && onSource(mapped, expression => condition('source', expression))
  if (broken) {
    ofSource = narrow(mapping.sourceRelation, broken)
    inSource = await source.count(ofSource)
  }
  const sql = `SELECT * FROM ${mapping.targetRelation.from} WHERE ${ofTarget};`
  if (found + inSource === 0) return { status: 'pass' as const, found, detail: `no ${what}`, sql }
  const onlySource = found === 0 ? ofSource : null
  const keys = onlySource
    ? await keysOf(source, 'source', mapping, onlySource)
    : await keysOf(target, 'target', mapping, { ...mapping.targetRelation, where: ofTarget })
  return {
    status: 'fail' as const,
    found: Math.max(found, inSource),
    detail: `${what}: ${inSource} in the source, ${found} in the target (${keys})`,
    // The query for the side that has such rows.
    sql: onlySource ? `SELECT * FROM ${onlySource.from} WHERE ${onlySource.where};` : sql,
  }
}

/** Of a new id, what it is made of is asked, each part by itself; a function's value only this process knows. */
function onSource(
  { made, expression }: MappedColumn,
  condition: (expression: string) => string,
): string | null {
  if (!made.derived) return condition(expression)
  if (made.derived.kind === 'function') return null
  return `(${made.derived.inputs.map(input => condition(input.expression)).join(' OR ')})`
}

export function checkNotNull(mapping: Mapping, column: string): Check {
  return {
    check: 'not_null',
    table: mapping.table,
    column,
    run: context =>
      countBroken(context, mapping, column, (_side, expression) => `${expression} IS NULL`, 'NULL'),
  }
}

/** Text that does not parse as JSON; a typed JSON column cannot hold any. */
export function checkJson(mapping: Mapping, column: string): Check {
  return {
    check: 'json',
    table: mapping.table,
    column,
    run: context =>
      countBroken(
        context,
        mapping,
        column,
        (side, expression) =>
          `${expression} IS NOT NULL AND NOT (${context[side].dialect.isJson(expression)})`,
        'text that does not parse as JSON',
      ),
  }
}

/** Groups of rows that share the values of some columns; NULLs are never the same. */
export function checkUnique(mapping: Mapping, columns: string[]): Check {
  return {
    check: 'unique',
    table: mapping.table,
    column: columns.join(', '),
    async run({ target }) {
      const names = columns.map(target.dialect.quote)
      const groups = `SELECT ${names.join(', ')}, count(*) AS n FROM ${mapping.targetRelation.from}
        WHERE ${names.map(name => `${name} IS NOT NULL`).join(' AND ')} GROUP BY ${names.join(', ')} HAVING count(*) > 1`
      const [row] = await target.query(
        `SELECT count(*) AS found, coalesce(sum(n), 0) AS total FROM (${groups}) AS duplicated`,
      )
      const found = Number(row!.found)
      const detail =
        found > 0 ? `${found} values occur more than once, in ${row!.total} rows` : 'every value occurs once'
      return { status: found > 0 ? 'fail' : 'pass', found, detail, sql: `${groups};` }
    },
  }
}
