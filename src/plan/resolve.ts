import type { Session } from '../engines/port.ts'
import { type Catalog, findColumn, findTable, isOverWholeColumns, type Table } from '../model/catalog.ts'
import { ParitygateError } from '../model/error.ts'
import { checkProblems } from './check-problems.ts'
import { mapColumns, type Report, type Side } from './columns.ts'
import { deriveTable } from './derive.ts'
import { lossesBetween } from './fidelity.ts'
import type { Plan } from './load-plan.ts'
import type { MappedColumn, Mapping, PlanProblem, ResolvedPlan } from './mapping.ts'
import { nameProblems } from './name-problems.ts'
import { nearest } from './nearest.ts'
import { reportRules } from './rules.ts'
import type { TableMappingDocument } from './schema-tables.ts'

/**
 * Holds a plan against both catalogs.
 *
 * @returns the mappings and every problem found; mappings with a problem are left out
 */
export function resolvePlan(
  plan: Plan,
  source: Side,
  target: Side,
): { resolved: ResolvedPlan; problems: PlanProblem[] } {
  const problems: PlanProblem[] = []
  const mappings: Mapping[] = []
  for (const [name, document] of Object.entries(plan.tables)) {
    const found = problems.length
    const report: Report = (path, message) =>
      problems.push({ where: plan.locate(['tables', name, ...path]), message })
    const mapping = resolveTable(name, document, { source, target }, report)
    if (mapping && problems.length === found) mappings.push(mapping)
  }
  nameReferences(mappings)
  problems.push(
    ...nameProblems(plan, mappings, target),
    ...unknownSubjects(plan, source.catalog),
    ...checkProblems(plan, mappings, target.catalog),
  )
  return {
    resolved: { plan, sourceCatalog: source.catalog, targetCatalog: target.catalog, mappings },
    problems,
  }
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

function resolveTable(
  name: string,
  document: TableMappingDocument,
  sides: { source: Side; target: Side },
  report: Report,
): Mapping | null {
  const { source, target } = sides
  const from = document.from ?? name
  const sourceTable = findTable(source.catalog, from)
  if (!sourceTable) {
    report(
      document.from ? ['from'] : [],
      `the source has no table "${from}"${nearest(from, source.catalog.tables)}`,
    )
    return null
  }
  const existing = findTable(target.catalog, name) ?? null
  const sameEngine = source.catalog.engine === target.catalog.engine
  const ends = { document, source: sourceTable, target: existing, sides, sameEngine }
  const columns = mapColumns(ends, report)
  const targetTable =
    existing ??
    deriveTable(name, sourceTable, columns, { sameEngine, enforcesTypes: target.catalog.enforcesTypes })
  for (const [index, column] of (document.redact ?? []).entries()) {
    if (!findColumn(targetTable, column))
      report(
        ['redact', index],
        `table "${name}" has no column "${column}"${nearest(column, targetTable.columns)}`,
      )
  }
  const key = chooseKey(document, name, columns, sourceTable, targetTable, report)
  reportRules(columns, key, report)
  return {
    table: name,
    source: sourceTable,
    sourceRelation: {
      from: source.session.dialect.table(source.catalog.schema, from),
      rowid: sourceTable.rowid,
      // A comment at its end would take the rest of the statement along.
      where: document.where === undefined ? null : `${document.where}\n`,
    },
    target: targetTable,
    targetRelation: {
      from: target.session.dialect.table(target.catalog.schema, name),
      rowid: existing?.rowid ?? null,
      where: null,
    },
    toBeCreated: existing === null,
    columns,
    key,
    fidelity: columns.flatMap(column =>
      columnLosses(name, column, sourceTable, { source: source.catalog, target: target.catalog }),
    ),
  }
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

function chooseKey(
  document: TableMappingDocument,
  name: string,
  columns: MappedColumn[],
  source: Table,
  target: Table,
  report: Report,
): string[] {
  const isMapped = (column: string) => columns.some(one => one.name === column)
  if (document.key) {
    const unmapped = document.key.find(column => !isMapped(column))
    if (unmapped !== undefined)
      report(
        ['key'],
        `key column "${unmapped}" of table "${name}" is not a mapped column${nearest(unmapped, columns)}`,
      )
    return document.key
  }
  const targetNames = (names: string[]) =>
    names.map(column => columns.find(one => one.source === column)?.name ?? '')
  const required = (table: Table) => (names: string[]) =>
    names.every(column => findColumn(table, column)?.nullable === false)
  const candidates = [
    target.primaryKey,
    targetNames(source.primaryKey),
    ...uniqueColumns(target).filter(required(target)),
    ...uniqueColumns(source).filter(required(source)).map(targetNames),
  ]
  return candidates.find(candidate => candidate.length > 0 && candidate.every(isMapped)) ?? []
}

/** Unique constraints, and unique indexes over whole columns of all rows, which is how many ORMs declare them. */
function uniqueColumns(table: Table): string[][] {
  const indexes = table.indexes.filter(isOverWholeColumns).filter(index => index.unique)
  return [...table.uniques, ...indexes.map(index => index.columns)]
}

/** Foreign keys of tables still to be created refer to source names; give them the target's. */
function nameReferences(mappings: Mapping[]): void {
  for (const { target } of mappings.filter(mapping => mapping.toBeCreated)) {
    target.foreignKeys = target.foreignKeys.flatMap(key => {
      const parent = mappings.find(mapping => mapping.source.name === key.referencedTable)
      const columns = key.referencedColumns.map(
        name => parent?.columns.find(column => column.source === name)?.name,
      )
      if (!parent || columns.includes(undefined)) return []
      return [{ ...key, referencedTable: parent.table, referencedColumns: columns as string[] }]
    })
  }
}

function unknownSubjects(plan: Plan, catalog: Catalog): PlanProblem[] {
  const known = (subject: string) =>
    catalog.tables.some(
      table =>
        table.name === subject || table.columns.some(column => `${table.name}.${column.name}` === subject),
    )
  const unknown = (where: string, subject: string) => ({
    where,
    message: `the source has no "${subject}"${nearest(subject, catalog.tables)}`,
  })
  return [
    ...(plan.archive ?? []).flatMap((subject, index) =>
      known(subject) ? [] : [unknown(plan.locate(['archive', index]), subject)],
    ),
    ...Object.keys(plan.ignore ?? {}).flatMap(subject =>
      known(subject) ? [] : [unknown(plan.locate(['ignore', subject]), subject)],
    ),
  ]
}
