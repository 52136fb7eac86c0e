import { relative } from 'node:path'
import type { Connection } from '../engines/connection-url.ts'
import { type Catalog, mustBeGiven, type Table } from '../model/catalog.ts'
import { typeName } from '../model/logical-type.ts'
import { redactUrl } from '../model/redact.ts'
import { draftIds, flow, isNumberForUuid, type TablePair } from './draft-ids.ts'
import { passedOver } from './passed-over.ts'
import { similar } from './similar.ts'

export interface DraftInput {
  name: string
  source: { url: string; connection: Connection; catalog: Catalog }
  target: { url: string; connection: Connection; catalog: Catalog }
  /** The folder the plan is written to. */
  folder: string
  /** A UUID nobody else has, for ids that are made anew. */
  namespace: string
}

/** Tables that tools keep for themselves; the new stack brings its own. */
const bookkeeping: Record<string, string> = {
  _prisma_migrations: 'bookkeeping of Prisma Migrate',
  __drizzle_migrations: 'bookkeeping of Drizzle',
  knex_migrations: 'bookkeeping of Knex',
  knex_migrations_lock: 'bookkeeping of Knex',
  schema_migrations: 'bookkeeping of the migration tool',
  ar_internal_metadata: 'bookkeeping of Active Record',
  alembic_version: 'bookkeeping of Alembic',
  django_migrations: 'bookkeeping of Django',
  flyway_schema_history: 'bookkeeping of Flyway',
  goose_db_version: 'bookkeeping of goose',
}

/** Drafts a plan from two catalogs, with a comment at each decision that is left to a person. */
export function draftPlan(input: DraftInput): string {
  const { source, target } = input
  const tables = source.catalog.tables.filter(table => table.kind === 'table')
  const ignored = tables.filter(table => Object.hasOwn(bookkeeping, table.name))
  const mapped = tables.filter(table => !ignored.includes(table))
  const pairs = pairsOf(mapped, target.catalog)
  const taken = new Set(pairs.map(pair => pair.target.name))
  const entries = mapped.map(table => tableEntry(table, source.catalog, target.catalog, pairs))
  const lines = [
    '# yaml-language-server: $schema=./node_modules/paritygate/cutover.schema.json',
    `# Drafted from ${source.catalog.tables.length} source and ${target.catalog.tables.length} target tables. Read every "decide:" before the first run.`,
    `name: ${flow(input.name)}`,
    `source: { url: ${flow(urlText(source, input.folder, 'SOURCE_DATABASE_URL'))}${schemaText(source.connection)} }`,
    `target: { url: ${flow(urlText(target, input.folder, 'TARGET_DATABASE_URL'))}${schemaText(target.connection)} }`,
    ...(entries.some(entry => /^ {6}.*: \{ id: /m.test(entry))
      ? ['', '# New ids are made in it: keep it as it is.', `namespace: ${input.namespace}`]
      : []),
    '',
    entries.some(entry => !entry.startsWith('  #')) ? 'tables:' : 'tables: {}',
    ...entries,
    '',
  ]
  if (ignored.length > 0) {
    lines.push('ignore:', ...ignored.map(({ name }) => `  ${flow(name)}: ${bookkeeping[name]}`), '')
  }
  const own = passedOver(source.catalog)
  if (own !== null) lines.push(`# The source ${own}`, '')
  const unfed = target.catalog.tables.filter(
    table => table.kind === 'table' && !taken.has(table.name) && !Object.hasOwn(bookkeeping, table.name),
  )
  if (unfed.length > 0) {
    lines.push(
      '# The target also has these tables, which nothing maps to:',
      ...unfed.map(({ name }) => `#   ${name}`),
      '',
    )
  }
  lines.push(
    'gate:',
    '  differences: { at_most: 0 }',
    '  quarantined: { at_most: 0 }',
    '  evidence: { max_age: 24h }',
  )
  return `${lines.join('\n')}\n`
}

function urlText(
  { url, connection }: { url: string; connection: Connection },
  folder: string,
  variable: string,
): string {
  if (connection.engine === 'sqlite') return `sqlite:${relative(folder, connection.path) || connection.path}`
  return redactUrl(url) === url ? url : `\${${variable}}`
}

function schemaText(connection: Connection): string {
  return connection.schema === null ? '' : `, schema: ${flow(connection.schema)}`
}

/** Each source table with the target table that is named like it. */
function pairsOf(tables: Table[], target: Catalog): TablePair[] {
  const pairs: TablePair[] = []
  for (const source of tables) {
    const left = target.tables.filter(
      table => table.kind === 'table' && !pairs.some(pair => pair.target === table),
    )
    const match = similar(source.name, left)
    if (match) pairs.push({ source, target: match })
  }
  return pairs
}

function tableEntry(source: Table, from: Catalog, target: Catalog, pairs: TablePair[]): string {
  const pair = pairs.find(one => one.source === source)
  if (target.tables.length > 0 && !pair)
    return `  # decide: the target has no table like "${source.name}": map it, archive it, or ignore it with a reason.`
  const match = pair?.target
  const name = match?.name ?? source.name
  const comments: string[] = []
  const body: string[] = []
  if (name !== source.name) body.push(`    from: ${flow(source.name)}`)
  if (pair) body.push(...columnEntries(pair, pairs, comments))
  else if (from.engine !== target.engine) comments.push(...possibleBooleans(source))
  if ((match ?? source).primaryKey.length === 0)
    comments.push('no primary key: unless you name a key, rows are compared as a multiset.')
  const notes = comments.map(comment => `    # ${comment}`)
  if (body.length === 0) return [`  ${flow(name)}: {}`, ...notes].join('\n')
  return [`  ${flow(name)}:`, ...notes, ...body].join('\n')
}

function columnEntries(pair: TablePair, pairs: TablePair[], comments: string[]): string[] {
  const { source, target } = pair
  const ids = draftIds(pair, pairs, comments)
  const isId = (name: string) => ids.some(({ column }) => column === name)
  const sameName = target.columns
    .map(column => column.name)
    .filter(name => !isId(name) && source.columns.some(column => column.name === name))
  const taken = new Set([...sameName, ...ids.flatMap(({ of }) => of)])
  const mapped = ids.map(({ column, entry }) => `      ${flow(column)}: ${entry}`)
  for (const column of target.columns.filter(one => !isId(one.name) && !sameName.includes(one.name))) {
    const match = similar(
      column.name,
      source.columns.filter(one => !taken.has(one.name)),
    )
    if (match) {
      taken.add(match.name)
      if (!isNumberForUuid(match, column)) mapped.push(`      ${flow(column.name)}: ${flow(match.name)}`)
    } else if (mustBeGiven(column)) {
      comments.push(
        `decide: "${column.name}" (${typeName(column.type)}) is NOT NULL and nothing in the source is like it:`,
      )
      comments.push(`  columns: { ${flow(column.name)}: { sql: "…" } }`)
    }
  }
  for (const column of source.columns.filter(one => !taken.has(one.name))) {
    comments.push(
      `decide: source column "${column.name}" has no place here: map it, or ignore "${source.name}.${column.name}" with a reason.`,
    )
  }
  return mapped.length > 0 ? ['    columns:', ...mapped] : []
}

/** An integer of one digit is how databases without booleans declare them, and also how some people declare digits. */
function possibleBooleans({ columns }: Table): string[] {
  const names = columns
    .filter(column => column.type.kind === 'integer' && /\(1\)/.test(column.declared))
    .map(({ name }) => name)
  if (names.length === 0) return []
  const typed = names.map(name => `${flow(name)}: { type: boolean }`)
  return [
    `decide: ${names.map(name => `"${name}"`).join(', ')} may mean yes and no, and would stay a number unless you say:`,
    `  columns: { ${typed.join(', ')} }`,
  ]
}
