import type { Side } from '../compare/both-sides.ts'
import type { Relation } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import type { Mapping } from '../plan/mapping.ts'

export const KEYS_SHOWN = 5

/** The keys of the first rows of a relation on one side of a mapping, for the detail of a check. */
export async function keysOf(
  session: Session,
  side: Side,
  mapping: Mapping,
  relation: Pick<Relation, 'from' | 'where'>,
): Promise<string> {
  const shown = mapping.columns.filter(column => mapping.key.includes(column.name) && !column.redacted)
  if (shown.length === 0) return keysText([])
  const quote = session.dialect.quote
  const fields = shown.map(
    ({ name, expression, targetExpression }) =>
      `${side === 'source' ? expression : targetExpression} AS ${quote(name)}`,
  )
  const where = relation.where === null ? '' : ` WHERE ${relation.where}`
  return keysText(
    await session.query(
      `SELECT ${fields.join(', ')} FROM ${relation.from}${where} ORDER BY 1 LIMIT ${KEYS_SHOWN + 1}`,
    ),
  )
}

/** `id 7; id 9`, and that there are more where there are. */
export function keysText(keys: Record<string, string | null>[]): string {
  if (keys.length === 0) return 'rows without a key to show'
  const texts = keys.map(key =>
    Object.entries(key)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  )
  return [...texts.slice(0, KEYS_SHOWN), ...(texts.length > KEYS_SHOWN ? ['…'] : [])].join('; ')
}
