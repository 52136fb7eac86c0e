import type { Relation } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import { selectedFrom } from '../engines/selected-from.ts'
import { findColumn } from '../model/catalog.ts'
import { REDACTED } from '../model/redact.ts'
import { REFUSED } from '../model/row-line.ts'
import { uniqueColumns } from './key.ts'
import type { Plan } from './load-plan.ts'
import type { MappedColumn, Mapping, PlanProblem } from './mapping.ts'

const SHOWN = 5

/**
 * What the rows of the source keep from fitting the plan: keys that are not unique, of which ids are made or by which rows
 * are looked up; values a map does not know; rows that a unique constraint of the target would refuse. Asks the source
 * for nothing that its own keys say already.
 *
 * @param mappings those to be looked at
 * @throws {ParitygateError} source.refused or connection.lost
 */
export async function dataProblems(
  source: Session,
  { plan, mappings }: { plan: Plan; mappings: Mapping[] },
  all: Mapping[],
): Promise<PlanProblem[]> {
  const problems: PlanProblem[] = []
  const ask = { source, plan, problems }
  for (const mapping of mappings) {
    try {
      await askUniques(ask, mapping)
      await askValues(ask, mapping)
      await askLookups(ask, mapping, all)
    } catch (error) {
      throw source.failure(error, `table "${mapping.table}"`)
    }
  }
  return problems
}

interface Asking {
  source: Session
  plan: Plan
  problems: PlanProblem[]
}

/** Columns of the target no two rows may share, and what they are made of. */
async function askUniques({ source, plan, problems }: Asking, mapping: Mapping): Promise<void> {
  const { target, table, ownId, document } = mapping
  const own = ownId === null ? [] : [[ownId.column]]
  const matched = document.match_on ? [document.match_on] : []
  const asked = new Set<string>()
  for (const names of [...own, ...matched, target.primaryKey, ...uniqueColumns(target)]) {
    const columns = names.map(name => mapping.columns.find(column => column.name === name))
    const id = [...names].sort().join('\t')
    if (names.length === 0 || columns.includes(undefined) || asked.has(id)) continue
    asked.add(id)
    if (isUniqueInSource(mapping, columns as MappedColumn[])) continue
    const parts = (columns as MappedColumn[]).flatMap(column => partsOf(source, column))
    if (parts.some(part => part === null)) continue
    const found = await duplicates(
      source,
      mapping.sourceRelation,
      parts as string[],
      notRefused(source, columns as MappedColumn[]),
    )
    if (found === null) continue
    const isId = own.length > 0 && names.length === 1 && names[0] === ownId!.column
    const redacted = columns.some(column => column!.redacted)
    const list = names.map(name => `"${name}"`).join(', ')
    const rows = redacted ? REDACTED : found.shown
    problems.push({
      where: plan.locate([...mapping.path, ...placeOf(mapping, names)]),
      message: isId
        ? `the ids of "${table}" are made of ${ownId!.of.join(', ')}, which is not unique: ${found.groups} values stand for ${found.rows} rows (${rows})`
        : `${found.rows} rows of the source would share ${found.groups} values of ${list} in "${table}", where each must be another (${rows})`,
    })
  }
}

function placeOf({ document }: Mapping, names: string[]): (string | number)[] {
  const said = names.find(name => document.columns?.[name] !== undefined)
  return said === undefined ? [] : ['columns', said]
}

/** SQL of the values that have to be unique together; null where this process makes them by a function. */
export function partsOf({ dialect }: Session, { made, ownType }: MappedColumn): (string | null)[] {
  if (made.derived?.kind === 'function') return [null]
  // Letters that a collation takes for the same are not, to the target.
  if (!made.derived)
    return [
      ownType === undefined || ownType.kind === 'text' ? dialect.asText(made.expression) : made.expression,
    ]
  return made.derived.inputs.map(input =>
    input.own?.kind === 'text' ? dialect.asText(input.expression) : input.expression,
  )
}

/** Rows that go into quarantine for a value share it with none. */
function notRefused(source: Session, columns: MappedColumn[]): string[] {
  const { asText, literal } = source.dialect
  return columns
    .filter(({ made }) => made.screened !== undefined)
    .flatMap(column => partsOf(source, column))
    .map(part => `${asText(part!)} NOT LIKE ${literal(`${REFUSED}%`)}`)
}

/** Whether a key of the source table says that no two rows share these values. */
function isUniqueInSource(mapping: Mapping, columns: MappedColumn[]): boolean {
  const { source, select } = mapping
  if (select !== null) return false
  const carried = columns.flatMap(({ made }) =>
    made.joins?.length
      ? []
      : made.inputs.length > 0 && (made.column || made.derived?.kind === 'uuid')
        ? made.inputs
        : [],
  )
  const isWhole = (names: string[]) => names.length > 0 && names.every(name => carried.includes(name))
  const required = uniqueColumns(source).filter(names =>
    names.every(name => !findColumn(source, name)!.nullable),
  )
  return [source.primaryKey, ...required, ...uniqueColumns(source)].some(isWhole)
}

/** Values that rows of one side share, and how many those are; null where each row has others. NULL is never shared. */
export async function duplicates(
  session: Session,
  relation: Relation,
  parts: string[],
  conditions: string[] = [],
): Promise<{ groups: string; rows: string; shown: string } | null> {
  const { dialect } = session
  const names = parts.map((_, index) => `paritygate_${index}`)
  const present = parts.map(part => `${part} IS NOT NULL`)
  const columns = parts.map((part, index) => `${part} AS ${names[index]}`).join(', ')
  const values = `SELECT ${columns} FROM ${selectedFrom(relation, [...present, ...conditions])}`
  const groups = `SELECT ${names.join(', ')}, count(*) AS n FROM (${values}) AS paritygate_values GROUP BY ${names.join(', ')} HAVING count(*) > 1`
  const [total] = await session.query(
    `SELECT count(*) AS found, coalesce(sum(n), 0) AS total FROM (${groups}) AS paritygate_groups`,
  )
  if (Number(total!.found) === 0) return null
  const some = await session.query(
    `SELECT ${names.map(name => `${dialect.asText(name)} AS ${name}`).join(', ')}, n FROM (${groups}) AS paritygate_groups ORDER BY n DESC, 1 LIMIT ${SHOWN}`,
  )
  const shown = some.map(row => `${names.map(name => row[name]).join(', ')}: ${row.n} rows`)
  const more = Number(total!.found) > SHOWN ? '; …' : ''
  return { groups: total!.found!, rows: total!.total!, shown: shown.join('; ') + more }
}

/** Values that a closed map does not say anything about. */
async function askValues({ source, plan, problems }: Asking, mapping: Mapping): Promise<void> {
  const { dialect } = source
  for (const { name, made, redacted } of mapping.columns) {
    if (!made.closed) continue
    const { expression, known } = made.closed
    const unknown = `${expression} IS NOT NULL AND ${expression} NOT IN (${known.map(dialect.literal).join(', ')})`
    const found = await source.query(
      `SELECT ${expression} AS value, count(*) AS n FROM ${selectedFrom(mapping.sourceRelation, [unknown])} GROUP BY ${expression} ORDER BY 2 DESC, 1`,
    )
    if (found.length === 0) continue
    const rows = found.reduce((sum, { n }) => sum + Number(n), 0)
    const shown = found
      .slice(0, 2 * SHOWN)
      .map(({ value, n }) => `${redacted ? REDACTED : JSON.stringify(value)}: ${n} rows`)
    const more = found.length > shown.length ? '; …' : ''
    problems.push({
      where: plan.locate([...mapping.path, 'columns', name, 'values']),
      message: `${rows} rows of the source have a value that is not mapped (${shown.join('; ')}${more}): map it, or say otherwise`,
    })
  }
}

/** Rows that are looked up by values another row has too. */
async function askLookups(
  { source, plan, problems }: Asking,
  mapping: Mapping,
  all: Mapping[],
): Promise<void> {
  for (const { name, made } of mapping.columns) {
    if (!made.lookedUp) continue
    const { table, columns } = made.lookedUp
    const parent = all.find(one => one.table === table)
    if (!parent) continue
    const by = columns.flatMap(column => parent.columns.filter(one => one.name === column))
    // That one is missing is a problem of the plan.
    if (by.length < columns.length) continue
    if (isUniqueInSource(parent, by)) continue
    const found = await duplicates(
      source,
      parent.sourceRelation,
      by.map(({ expression }) => source.dialect.asText(expression)),
    )
    if (found === null) continue
    const rows = by.some(({ redacted }) => redacted) ? REDACTED : found.shown
    problems.push({
      where: plan.locate([...mapping.path, 'columns', name, 'by']),
      message: `rows of "${table}" cannot be looked up by ${columns.join(', ')}: ${found.groups} values stand for ${found.rows} rows (${rows})`,
    })
  }
}
