import type { Side } from '../compare/both-sides.ts'
import { narrow } from '../compare/narrow.ts'
import type { Session } from '../engines/port/session.ts'
import type { MappedColumn, Mapping } from '../plan/mapping.ts'
import type { Check, CheckContext } from './check.ts'
import { keysOf } from './shown-keys.ts'

/** Values of the source that the target's enum has no label for, or its set no member. */
export function checkLabels(mapping: Mapping, column: MappedColumn): Check {
  const { expression, redacted, targetType } = column
  return {
    check: 'accepted_values',
    table: mapping.table,
    column: column.name,
    async run({ source }) {
      if (targetType.kind !== 'enum' && targetType.kind !== 'set')
        return { status: 'not_run', found: null, detail: 'the target has neither an enum nor a set here' }
      const { labels, kind } = targetType
      const text = source.dialect.asText(expression)
      const outside =
        kind === 'enum'
          ? notIn(source, text, labels)
          : isIn(source, text, await listsOutside(source, mapping, column, labels))
      const question = { side: 'source', expression, redacted, allowed: `the target's ${kind}` } as const
      return judge(source, mapping, { ...question, outside, among: labels.length })
    },
  }
}

export function checkAcceptedValues(mapping: Mapping, name: string, values: string[]): Check {
  const redacted = mapping.columns.find(column => column.name === name)?.redacted ?? false
  return {
    check: 'accepted_values',
    table: mapping.table,
    column: name,
    async run({ target }: CheckContext) {
      const expression = target.dialect.quote(name)
      const outside = notIn(target, target.dialect.asText(expression), values)
      const question = { side: 'target', expression, redacted, allowed: 'the list' } as const
      return judge(target, mapping, { ...question, outside, among: values.length })
    },
  }
}

function notIn({ dialect }: Session, text: string, values: string[]): string | null {
  return values.length === 0 ? null : `${text} NOT IN (${values.map(dialect.literal).join(', ')})`
}

/** `1 = 0` where there are none, which every engine takes. */
function isIn({ dialect }: Session, text: string, values: string[]): string {
  return values.length === 0 ? '1 = 0' : `${text} IN (${values.map(dialect.literal).join(', ')})`
}

const MOST_LISTS = 10_000

/** The lists of members of which at least one is not among the labels; the empty list has none. */
async function listsOutside(
  session: Session,
  mapping: Mapping,
  { expression }: MappedColumn,
  labels: string[],
): Promise<string[]> {
  const { from, where } = narrow(mapping.sourceRelation, `${expression} IS NOT NULL`)
  const rows = await session.query(
    `SELECT DISTINCT ${session.dialect.asText(expression)} AS members FROM ${from} WHERE ${where} LIMIT ${MOST_LISTS + 1}`,
  )
  if (rows.length > MOST_LISTS) throw new Error(`more than ${MOST_LISTS} values: not a column of sets`)
  return rows
    .map(row => row.members!)
    .filter(list => list !== '' && list.split(',').some(member => !labels.includes(member)))
}

interface Question {
  side: Side
  expression: string
  /** A condition that a value is none of those allowed; null: no value is. */
  outside: string | null
  redacted: boolean
  /** What the values are, for people, and how many. */
  allowed: string
  among: number
}

async function judge(session: Session, mapping: Mapping, question: Question) {
  const { side, expression, outside, redacted, allowed, among } = question
  const relation = narrow(
    side === 'source' ? mapping.sourceRelation : mapping.targetRelation,
    `${expression} IS NOT NULL${outside === null ? '' : ` AND ${outside}`}`,
  )
  const rowsOutside = `FROM ${relation.from} WHERE ${relation.where}`
  const rows = await session.query(
    `SELECT ${session.dialect.asText(expression)} AS value, count(*) AS n ${rowsOutside} GROUP BY 1 ORDER BY 2 DESC`,
  )
  const found = rows.reduce((sum, row) => sum + Number(row.n), 0)
  const sql = `SELECT * ${rowsOutside};`
  if (found === 0) return { status: 'pass' as const, found, detail: `every value is one of ${among}`, sql }
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
