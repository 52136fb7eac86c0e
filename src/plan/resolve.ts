import { createHash } from 'node:crypto'
import type { Session } from '../engines/port/session.ts'
import { type Catalog, findColumn, findTable, type Table } from '../model/catalog.ts'
import { ParitygateError } from '../model/error.ts'
import { isSecretName } from '../model/redact.ts'
import { checkProblems } from './check-problems.ts'
import { mapColumns } from './columns.ts'
import { deriveTable } from './derive.ts'
import { lossesBetween } from './fidelity.ts'
import { nameReferences } from './foreign-keys.ts'
import { chooseKey } from './key.ts'
import type { Plan } from './load-plan.ts'
import { lookupProblems } from './lookup-problems.ts'
import type { MappedColumn, Mapping, PlanProblem, ResolvedPlan } from './mapping.ts'
import { reportMatchOn, reportUnknownIds } from './match-on.ts'
import { type Merge, mergeDuplicates } from './merge.ts'
import { nameProblems } from './name-problems.ts'
import { nearest } from './nearest.ts'
import { ownIdOf } from './own-id.ts'
import { phaseProblems } from './phases.ts'
import { type PlannedTable, plannedTables, unionsLast } from './planned-tables.ts'
import { queryUse } from './query-use.ts'
import { withResultTypes } from './result-types.ts'
import { reportRules } from './rules.ts'
import type { Report, Side } from './side.ts'
import type { TableEnds } from './table-ends.ts'
import { tableSource } from './table-source.ts'
import { type TargetPlace, targetPlace } from './target-place.ts'
import { unionSource } from './union.ts'

/**
 * Holds a plan against both catalogs.
 *
 * @param main the target in the schema of the connection
 * @param schemaOf the target's other schemas, by name
 * @returns the mappings and every problem found; mappings with a problem are left out
 */
export async function resolvePlan(
  plan: Plan,
  source: Side,
  main: Side,
  schemaOf: (schema: string) => Promise<Side> = async () => main,
): Promise<{ resolved: ResolvedPlan; problems: PlanProblem[] }> {
  const problems: PlanProblem[] = []
  const reportTo =
    ({ path }: PlannedTable): Report =>
    (rest, message) =>
      problems.push({ where: plan.locate([...path, ...rest]), message })
  const planned = plannedTables(plan, source.catalog)
  const places = new Map<string, TargetPlace>()
  const tables = new Map<string, TableEnds>()
  const broken = new Set<string>()
  const mergeOf = (table: string) =>
    tables.has(table) ? tables.get(table)!.merge : planned.some(one => one.table === table) ? null : undefined
  // A list of merged rows joins the others as it becomes known.
  for (const queue = unionsLast(planned); queue.length > 0; ) {
    const one = queue.shift()!
    const report = reportTo(one)
    const before = problems.length
    const place = targetPlace(one.table, source.catalog, main.catalog, main.session.dialect)
    places.set(one.table, place)
    const target = place.schema === null ? main : await schemaOf(place.schema)
    const wrong = contradiction(one.document)
    if (wrong) report(wrong.path, wrong.message)
    const found = wrong
      ? null
      : one.document.union
        ? await unionSource(one.table, one.document, source, mergeOf, report)
        : await tableSource(one.table, one.document, source, report)
    if (found) {
      const existing = findTable(target.catalog, place.name) ?? null
      const ownId = ownIdOf(one.table, one.document, found.table, existing)
      const key = ownId?.of ?? found.table.primaryKey
      const merged = one.document.merge_duplicates
        ? await mergeDuplicates(found, one.document, key, source, report)
        : { source: found, merge: null }
      tables.set(one.table, {
        table: one.table,
        kind: one.kind,
        document: one.document,
        ignored: ignoredColumns(plan, one, found.table),
        ...merged,
        ownId,
        target: existing,
        sides: { source, target },
        sameEngine: source.catalog.engine === target.catalog.engine,
        namespace: plan.namespace,
        tables,
        joinName: column => `paritygate_${createHash('sha1').update(column).digest('hex').slice(0, 8)}`,
      })
      const list = one.document.merge_duplicates?.list
      if (merged.merge && list !== undefined) {
        const lost = listOf(one, list, merged.merge, source)
        planned.push(lost)
        queue.push(lost)
      }
    }
    if (problems.length > before) broken.add(one.table)
  }
  const mappings: Mapping[] = []
  for (const one of planned) {
    const ends = tables.get(one.table)
    if (!ends) continue
    const before = problems.length
    const mapping = await resolveTable(ends, one, places.get(one.table)!, reportTo(one))
    if (problems.length === before && !broken.has(one.table)) mappings.push(mapping)
  }
  nameReferences(mappings)
  problems.push(
    ...nameProblems(plan, mappings, main),
    ...unknownSubjects(plan, source.catalog),
    ...phaseProblems(plan, mappings),
    ...lookupProblems(plan, mappings),
    ...checkProblems(plan, mappings, main.catalog),
  )
  return {
    resolved: { plan, sourceCatalog: source.catalog, targetCatalog: main.catalog, mappings },
    problems,
  }
}

/** What the document says of its source that cannot be said together. */
function contradiction(document: PlannedTable['document']): { path: string[]; message: string } | null {
  const said = (['from', 'sql', 'union', 'rows'] as const).filter(kind => document[kind] !== undefined)
  if (said.length > 1) return { path: [said[1]!], message: `say one of ${said.join(', ')}, not both` }
  if (document.distinct_on && !document.union)
    return { path: ['distinct_on'], message: 'distinct_on belongs to a union' }
  if (document.prefer && !document.distinct_on)
    return {
      path: ['prefer'],
      message: 'prefer belongs to distinct_on: it says which of several rows is kept',
    }
  if (document.disable_triggers && !isCopied(document))
    return {
      path: ['disable_triggers'],
      message: 'disable_triggers belongs to a table that migrate loads: somebody else copies this one',
    }
  return null
}

function isCopied({ copy, match_on }: PlannedTable['document']): boolean {
  return copy !== false && match_on === undefined
}

/** A table kept for reference is kept whole. */
function ignoredColumns(
  { ignore = {} }: Plan,
  { kind }: PlannedTable,
  { name, columns }: Table,
): Set<string> {
  if (kind !== 'mapped') return new Set()
  return new Set(
    columns.map(column => column.name).filter(column => Object.hasOwn(ignore, `${name}.${column}`)),
  )
}

/** @throws {ParitygateError} plan.mapping naming every problem */
export function requireNoProblems(problems: PlanProblem[]): void {
  if (problems.length === 0) return
  throw new ParitygateError(
    'plan.mapping',
    problems.map(({ where, message }) => `${where}: ${message}`).join('\n  '),
  )
}

/** @throws {ParitygateError} plan.same-database */
export function requireTwoDatabases(source: Session, target: Session): void {
  if (source.identity !== target.identity) return
  throw new ParitygateError('plan.same-database', `${source.describe} is both source and target`)
}

/** The table that lists the rows of another that do not stay: their keys, those of the rows that do, and what they share. */
function listOf(of: PlannedTable, table: string, { losers, key }: Merge, source: Side): PlannedTable {
  const { quote } = source.session.dialect
  const columns = key.flatMap((name, index) => [
    `paritygate_loser_${index} AS ${quote(name)}`,
    `paritygate_survivor_${index} AS ${quote(key.length === 1 ? 'survivor' : `survivor_${name}`)}`,
  ])
  return {
    table,
    document: {
      sql: `SELECT ${columns.join(', ')}, paritygate_value AS ${quote('value')} FROM (${losers}) AS paritygate_losers`,
      key,
      ...(sharesSecret(of) ? { redact: ['value'] } : {}),
    },
    kind: 'list',
    phase: of.phase,
    path: [...of.path, 'merge_duplicates', 'list'],
  }
}

/** Whether what merged rows share is made of something that is never shown. */
function sharesSecret({ document }: PlannedTable): boolean {
  const words = document.merge_duplicates!.by.match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []
  return words.some(word => isSecretName(word) || document.redact?.includes(word))
}

async function resolveTable(
  ends: TableEnds,
  { table, document, kind, phase, path }: PlannedTable,
  place: TargetPlace,
  report: Report,
): Promise<Mapping> {
  const { source, sides, target: existing } = ends
  const mapped = mapColumns(ends, report)
  const joins = mapped.flatMap(({ made }) => made.joins ?? [])
  const from = [source.from, ...joins].join(' ')
  const columns = await withResultTypes(mapped, from, sides.source)
  const target =
    existing ??
    deriveTable(place.name, source.table, columns, {
      ownId: ends.ownId,
      sameEngine: ends.sameEngine,
      enforcesTypes: sides.target.catalog.enforcesTypes,
    })
  for (const [index, column] of (document.redact ?? []).entries()) {
    if (!findColumn(target, column))
      report(
        ['redact', index],
        `table "${table}" has no column "${column}"${nearest(column, target.columns)}`,
      )
  }
  const key = chooseKey(ends, columns, target, report)
  reportRules(columns, key, report)
  if (existing === null && target.primaryKey.length === 0 && (ends.ownId || document.key)) keyBy(target, key)
  reportMatchOn(ends, columns, report)
  const copied = isCopied(document)
  if (copied) reportUnknownIds(ends, columns, report)
  const catalogs = { source: sides.source.catalog, target: sides.target.catalog }
  const joinsInTarget = columns.flatMap(({ made }) => made.inTarget?.joins ?? [])
  const targetName = sides.target.session.dialect.table(sides.target.catalog.schema, place.name)
  return {
    table,
    document,
    path,
    schema: place.schema,
    phase,
    kind,
    copied,
    source: source.table,
    select: source.select,
    sourceRelation: {
      from,
      rowid: joins.length > 0 ? null : source.rowid,
      where: source.where,
    },
    sourceName: source.name,
    ownId: ends.ownId,
    merge: ends.merge,
    reads: source.select === null || kind === 'list' ? [] : await queryUse(source.select, sides.source),
    target,
    targetRelation: {
      from: [targetName, ...joinsInTarget].join(' '),
      rowid: joinsInTarget.length > 0 ? null : (existing?.rowid ?? null),
      where: null,
    },
    targetName,
    toBeCreated: existing === null,
    columns,
    key,
    // Rows the plan spells out are looked at as they are.
    fidelity: document.rows
      ? []
      : columns.flatMap(column => columnLosses(table, column, source.table, catalogs)),
  }
}

/** A table made of a query is keyed by what the plan says identifies a row. */
function keyBy(table: Table, key: string[]): void {
  table.primaryKey = key
  for (const column of table.columns) if (key.includes(column.name)) column.nullable = false
}

function columnLosses(
  table: string,
  column: MappedColumn,
  source: Table,
  catalogs: { source: Catalog; target: Catalog },
) {
  const own = column.source === null ? undefined : findColumn(source, column.source)
  if (!own || column.native) return []
  return lossesBetween(
    { type: own.type, typeEnforced: catalogs.source.enforcesTypes },
    { type: column.targetType, typeEnforced: catalogs.target.enforcesTypes },
  ).map(loss => ({ table, column: column.name, ...loss }))
}

function unknownSubjects(plan: Plan, catalog: Catalog): PlanProblem[] {
  const known = (subject: string) =>
    catalog.tables.some(
      table =>
        table.name === subject || table.columns.some(column => `${table.name}.${column.name}` === subject),
    )
  return Object.keys(plan.ignore ?? {})
    .filter(subject => !known(subject))
    .map(subject => ({
      where: plan.locate(['ignore', subject]),
      message: `the source has no "${subject}"${nearest(subject, catalog.tables)}`,
    }))
}
