import type { Relation } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import { selectedFrom } from '../engines/selected-from.ts'
import { REDACTED } from '../model/redact.ts'
import { duplicates, partsOf } from '../plan/data-problems.ts'
import type { MappedColumn, Mapping } from '../plan/mapping.ts'
import type { Check, CheckContext } from './check.ts'

/** What match_on rests on: that no two rows of a side share the values they are paired by, and that each row has them. */
export function checkMatchOn(mapping: Mapping): Check[] {
  const names = mapping.document.match_on
  if (names === undefined) return []
  const subject = { table: mapping.table, column: names.join(', ') }
  return [
    { check: 'unique', ...subject, run: context => askUnique(context, mapping) },
    { check: 'not_null', ...subject, run: context => askPresent(context, mapping) },
  ]
}

interface Asked {
  side: 'source' | 'target'
  session: Session
  relation: Relation
  parts: string[]
}

/** What each side is asked for; null where the source cannot be, because values are made here by a function. */
function bothSides({ source, target }: CheckContext, mapping: Mapping): Asked[] | null {
  const columns = matched(mapping)
  const ofSource = columns.flatMap(column => partsOf(source, column))
  if (ofSource.includes(null)) return null
  const ofTarget = columns.map(({ targetExpression, targetOwn }) =>
    targetOwn.kind === 'text' ? target.dialect.asText(targetExpression) : targetExpression,
  )
  return [
    { side: 'source', session: source, relation: mapping.sourceRelation, parts: ofSource as string[] },
    { side: 'target', session: target, relation: mapping.targetRelation, parts: ofTarget },
  ]
}

function matched({ document, columns }: Mapping): MappedColumn[] {
  return document.match_on!.map(name => columns.find(column => column.name === name)!)
}

const notAsked = {
  status: 'not_run',
  found: null,
  detail: 'the source cannot be asked for values a function makes',
} as const

async function askUnique(context: CheckContext, mapping: Mapping): ReturnType<Check['run']> {
  const asked = bothSides(context, mapping)
  if (asked === null) return notAsked
  const redacted = matched(mapping).some(column => column.redacted)
  const shared: string[] = []
  let found = 0
  let sql = ''
  for (const { side, session, relation, parts } of asked) {
    const some = await duplicates(session, relation, parts)
    if (some === null) continue
    found += Number(some.groups)
    shared.push(
      `${some.rows} rows of the ${side} share ${some.groups} values (${redacted ? REDACTED : some.shown})`,
    )
    const list = parts.join(', ')
    sql = `SELECT ${list}, count(*) FROM ${selectedFrom(relation)} GROUP BY ${list} HAVING count(*) > 1;`
  }
  if (found === 0) return { status: 'pass', found, detail: 'match_on tells all rows apart, on both sides' }
  return { status: 'fail', found, detail: `match_on does not tell rows apart: ${shared.join('; ')}`, sql }
}

async function askPresent(context: CheckContext, mapping: Mapping): ReturnType<Check['run']> {
  const asked = bothSides(context, mapping)
  if (asked === null) return notAsked
  const without: string[] = []
  for (const { side, session, relation, parts } of asked) {
    const isNull = `(${parts.map(part => `${part} IS NULL`).join(' OR ')})`
    const [row] = await session.query(`SELECT count(*) AS n FROM ${selectedFrom(relation, [isNull])}`)
    if (row!.n !== '0') without.push(`${row!.n} rows of the ${side}`)
  }
  if (without.length === 0) return { status: 'pass', found: 0, detail: 'every row can be paired' }
  const detail = `${without.join(' and ')} have NULL there: which is which cannot be told`
  return { status: 'not_run', found: null, detail }
}
