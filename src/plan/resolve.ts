import { closest } from 'fastest-levenshtein'
import type { Session } from '../engines/port.ts'
import { type Catalog, findColumn, findTable, mustBeGiven, type Table } from '../model/catalog.ts'
import { ParitygateError } from '../model/error.ts'
import type { LogicalType } from '../model/logical-type.ts'
import { isSecretName } from '../model/redact.ts'
import { checkProblems } from './check-problems.ts'
import { deriveTable } from './derive.ts'
import type { Plan } from './load-plan.ts'
import type { MappedColumn, Mapping, PlanProblem, ResolvedPlan } from './mapping.ts'
import type { TableMappingDocument } from './schema.ts'

/**
 * Holds a plan against both catalogs.
 *
 * @returns the mappings and every problem found; mappings with a problem are left out
 */
export function resolvePlan(
  plan: Plan,
  source: { session: Session; catalog: Catalog },
  target: { session: Session; catalog: Catalog },
): { resolved: ResolvedPlan; problems: PlanProblem[] } {
  const problems: PlanProblem[] = []
  const mappings: Mapping[] = []
  for (const [name, document] of Object.entries(plan.tables)) {
    const found = problems.length
    const report = (path: (string | number)[], message: string) =>
      problems.push({ where: plan.locate(['tables', name, ...path]), message })
    const mapping = resolveTable(name, document, source, target, report)
    if (mapping && problems.length === found) mappings.push(mapping)
  }
  nameReferences(mappings)
  problems.push(...unknownSubjects(plan, source.catalog), ...checkProblems(plan, mappings, target.catalog))
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

type Report = (path: (string | number)[], message: string) => void

function resolveTable(
  name: string,
  document: TableMappingDocument,
  source: { session: Session; catalog: Catalog },
  target: { session: Session; catalog: Catalog },
  report: Report,
): Mapping | null {
  const from = document.from ?? name
  const sourceTable = findTable(source.catalog, from)
  if (!sourceTable) {
    report(
      document.from ? ['from'] : [],
      `the source has no table "${from}"${nearest(from, source.catalog.tables)}`,
    )
    return null
  }
  const existing = findTable(target.catalog, name)
  const quote = source.session.dialect.quote
  const mapped = existing
    ? mapColumns(document, sourceTable, existing, quote, report)
    : mapForCreation(document, sourceTable, quote, report)
  const columns = mapped.map(column => ({
    ...column,
    type: comparisonType(column, sourceTable, source.catalog, target.catalog),
    redacted:
      isSecretName(column.name) ||
      (column.source !== null && isSecretName(column.source)) ||
      (document.redact?.includes(column.name) ?? false),
  }))
  const targetTable = existing ?? deriveTable(name, sourceTable, columns)
  for (const [index, column] of (document.redact ?? []).entries()) {
    if (!findColumn(targetTable, column))
      report(
        ['redact', index],
        `table "${name}" has no column "${column}"${nearest(column, targetTable.columns)}`,
      )
  }
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
    toBeCreated: existing === undefined,
    columns,
    key: chooseKey(document, name, columns, sourceTable, targetTable, report),
  }
}

type UntypedColumn = Omit<MappedColumn, 'type' | 'redacted'>

function mapColumns(
  document: TableMappingDocument,
  source: Table,
  target: Table,
  quote: (name: string) => string,
  report: Report,
): UntypedColumn[] {
  const columns: UntypedColumn[] = []
  for (const name of Object.keys(document.columns ?? {})) {
    if (!findColumn(target, name))
      report(
        ['columns', name],
        `table "${target.name}" of the target has no column "${name}"${nearest(name, target.columns)}`,
      )
  }
  for (const column of target.columns) {
    const made = columnSource(document, column.name, source, quote, report)
    if (made === null) {
      if (mustBeGiven(column)) {
        report(
          [],
          `column "${column.name}" of target table "${target.name}" is NOT NULL without a default, and nothing maps to it; map it under columns`,
        )
      }
      continue
    }
    if (made)
      columns.push({ name: column.name, ...made, targetType: column.type, loaded: column.generated === null })
  }
  return columns
}

function mapForCreation(
  document: TableMappingDocument,
  source: Table,
  quote: (name: string) => string,
  report: Report,
): UntypedColumn[] {
  const explicit = Object.keys(document.columns ?? {})
  const renamed = new Set(explicit.map(name => sourceColumnOf(document, name)))
  const sameName = source.columns
    .map(column => column.name)
    .filter(name => !explicit.includes(name) && !renamed.has(name))
  const columns: UntypedColumn[] = []
  for (const name of [...sameName, ...explicit]) {
    const made = columnSource(document, name, source, quote, report)
    if (!made) continue
    const type = made.source === null ? ({ kind: 'text' } as const) : findColumn(source, made.source)!.type
    columns.push({ name, ...made, targetType: type, loaded: true })
  }
  const order = (column: UntypedColumn) => source.columns.findIndex(({ name }) => name === column.source)
  return columns.sort((a, b) => (order(a) < 0 ? 1 : order(b) < 0 ? -1 : order(a) - order(b)))
}

function sourceColumnOf(document: TableMappingDocument, name: string): string | undefined {
  const mapping = document.columns?.[name]
  return typeof mapping === 'string' ? mapping : mapping?.from
}

/** Null where nothing is mapped to the column; undefined where what is said cannot be used. */
function columnSource(
  document: TableMappingDocument,
  name: string,
  source: Table,
  quote: (name: string) => string,
  report: Report,
): { source: string | null; expression: string } | null | undefined {
  const mapping = document.columns?.[name]
  if (typeof mapping === 'object' && mapping.sql !== undefined) {
    if (mapping.from !== undefined) return void report(['columns', name], 'say either from or sql, not both')
    return { source: null, expression: `(${mapping.sql}\n)` }
  }
  const wanted = sourceColumnOf(document, name)
  if (typeof mapping === 'object' && wanted === undefined)
    return void report(['columns', name], 'say from or sql')
  const column = findColumn(source, wanted ?? name)
  if (column) return { source: column.name, expression: quote(column.name) }
  if (wanted === undefined) return null
  return void report(
    ['columns', name],
    `table "${source.name}" of the source has no column "${wanted}"${nearest(wanted, source.columns)}`,
  )
}

/**
 * The type that says what a value means. SQLite does not hold its columns to their declared types, so the other
 * engine's word counts for more.
 */
function comparisonType(
  column: UntypedColumn,
  source: Table,
  sourceCatalog: Catalog,
  targetCatalog: Catalog,
): LogicalType {
  const own = column.source === null ? undefined : findColumn(source, column.source)?.type
  if (own && targetCatalog.engine === 'sqlite' && sourceCatalog.engine !== 'sqlite') return own
  return column.targetType
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
  const indexes = table.indexes.filter(
    index => index.unique && !index.partial && !index.columns.includes(null),
  )
  return [...table.uniques, ...indexes.map(index => index.columns as string[])]
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

function nearest(wanted: string, among: { name: string }[]): string {
  if (among.length === 0) return ''
  return `; nearest: "${closest(
    wanted,
    among.map(one => one.name),
  )}"`
}
