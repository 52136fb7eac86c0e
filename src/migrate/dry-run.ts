import { previewTarget } from '../engines/open.ts'
import type { Session } from '../engines/port/session.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import { selectedFrom } from '../engines/selected-from.ts'
import { isSecretName, REDACTED } from '../model/redact.ts'
import { decodeLine, REFUSED, splitLines, withoutRefusal } from '../model/row-line.ts'
import { dataProblems } from '../plan/data-problems.ts'
import { pairFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import { takenColumns } from '../plan/made.ts'
import type { MappedColumn, Mapping, PlanProblem } from '../plan/mapping.ts'
import { withPair } from '../plan/pair.ts'
import { sqlProblems } from '../plan/sql-problems.ts'
import { triggerProblems } from '../plan/triggers.ts'
import type { Store } from '../store/store.ts'
import type { Copy } from './copy-record.ts'
import { asBefore } from './held-target.ts'
import { Journal, type Work } from './journal.ts'
import { withWorkOf } from './known-work.ts'
import { loadFields } from './load-columns.ts'
import type { MigrateOptions } from './options.ts'
import { type PreviewedWork, previewWork } from './preview-work.ts'
import { countTarget, isFinished, type Selection, select } from './selection.ts'

type Row = Record<string, string | null>

/** What migrate would do, found out without writing anything. */
export interface Preview {
  /** What keeps it from being done. */
  problems: PlanProblem[]
  tables: PreviewedTable[]
  /** Scripts and programs that would run. */
  work: PreviewedWork[]
}

export interface PreviewedTable {
  phase: number
  table: string
  status: 'to be copied' | 'already finished'
  /** A table of the source, or what stands for one. */
  reads: string
  /** About how many rows would be read; null where the source cannot say. */
  rows: number | null
  /** Each target column, and what it is made of. */
  columns: { name: string; type: string; made: string }[]
  target: { exists: boolean; rows: number }
  /** A few rows as they are, and as they would be written; secrets are left out. */
  samples: { before: Row; after: Row | null }[]
}

const SAMPLES = 5

/** @throws {ParitygateError} where a database cannot be reached, or refuses what it is asked */
export async function dryRun(
  plan: Plan,
  own: Store,
  options: Pick<MigrateOptions, 'phases' | 'only' | 'rerun' | 'interrupted'>,
  signal?: AbortSignal,
): Promise<Preview> {
  let copies: Copy[] | null = null
  let works: Work[] = []
  return withPair(
    plan,
    async (connection, schema) => {
      const target = await previewTarget(connection, schema)
      if (copies !== null) return asBefore(target, schema!, copies)
      const journal = await Journal.read(target, pairFingerprint(plan), 'migrate --dry-run')
      copies = await journal.copies()
      works = await journal.work()
      return asBefore(target, null, copies)
    },
    async ({ source, target, targetOf, resolved, problems }) => {
      const store = withWorkOf(own, works)
      const selection = select(resolved, options)
      const refused: PlanProblem[] = []
      const tables: PreviewedTable[] = []
      for (const mapping of inOrder(selection)) {
        const refusals = await sqlProblems(source, { ...resolved, mappings: [mapping] })
        const samples = refusals.length > 0 ? [] : await samplesOf(source, mapping)
        tables.push({
          ...(await previewTable(source, targetOf(mapping), mapping, { store, copies: copies! })),
          samples,
        })
        refused.push(...refusals)
      }
      const done = await previewWork(selection.work, target.dialect, { plan, store, options, works })
      const chosen = { plan, mappings: selection.mappings }
      // What a query refuses cannot be looked at.
      if (refused.length === 0) refused.push(...(await dataProblems(source, chosen, resolved.mappings)))
      return {
        problems: [
          ...problems,
          ...refused,
          ...(await triggerProblems(targetOf, resolved, selection.mappings)),
          ...done.problems,
        ],
        tables,
        work: done.work,
      }
    },
    signal,
  )
}

function inOrder({ mappings }: Selection): Mapping[] {
  return [...mappings].sort((a, b) => a.phase - b.phase)
}

async function previewTable(
  source: Session,
  target: TargetSession,
  mapping: Mapping,
  known: { store: Store; copies: Copy[] },
): Promise<Omit<PreviewedTable, 'samples'>> {
  const { phase, table, columns, sourceRelation } = mapping
  const rows = await countTarget(target, mapping)
  return {
    phase,
    table,
    status: isFinished(known, mapping, rows) ? 'already finished' : 'to be copied',
    reads: readsOf(mapping),
    rows: await source.estimate(sourceRelation).catch(() => null),
    columns: columns
      .filter(({ loaded }) => loaded)
      .map(column => ({ name: column.name, type: column.declared, made: madeOf(column, mapping) })),
    target: { exists: !mapping.toBeCreated, rows },
  }
}

/** Rows of the plan may hold secrets. */
function readsOf({ document: { rows }, select, source }: Mapping): string {
  if (rows) return rows.length === 1 ? '1 row of the plan' : `${rows.length} rows of the plan`
  return select === null ? source.name : select.trim()
}

/** For people: the source column, the id, or the SQL. */
function madeOf({ name, source, made, expression, redacted }: MappedColumn, { document }: Mapping): string {
  if (source !== null) return source
  const entry = document.columns?.[name]
  if (redacted && typeof entry === 'object' && entry.constant !== undefined) return REDACTED
  const { derived } = made
  if (derived?.kind === 'uuid') return `id of ${derived.table}: ${expression}`
  return derived ? `function of ${expression}` : expression.trim()
}

async function samplesOf(source: Session, mapping: Mapping): Promise<PreviewedTable['samples']> {
  const { table, sourceRelation, sourceName } = mapping
  const samples: PreviewedTable['samples'] = []
  try {
    const rows = await source.query(
      `SELECT ${sourceName}.* FROM ${selectedFrom(sourceRelation)} LIMIT ${SAMPLES}`,
    )
    for (const before of rows)
      samples.push({ before: shown(before, mapping, source), after: await written(source, mapping, before) })
  } catch (error) {
    throw source.failure(error, `table "${table}"`)
  }
  return samples
}

/** The source's own columns, without those a target column never shows is made of, and any that is named like a secret. */
function shown(row: Row, { columns, source }: Mapping, { engine }: Session): Row {
  const redacted = columns.filter(column => column.redacted)
  const secret = new Set([
    ...source.columns.map(({ name }) => name).filter(isSecretName),
    ...redacted.flatMap(({ made }) => takenColumns(made, source, engine)),
  ])
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => !name.startsWith('paritygate_'))
      .map(([name, value]) => [name, value !== null && secret.has(name) ? REDACTED : value]),
  )
}

/** The same row, found again by its key or by all that it holds, as it would be loaded. */
async function written(source: Session, mapping: Mapping, before: Row): Promise<Row | null> {
  const { dialect } = source
  const { primaryKey, columns } = mapping.source
  const names = primaryKey.length > 0 ? primaryKey : columns.map(({ name }) => name)
  const conditions = names.map(name => {
    const column = `${mapping.sourceName}.${dialect.quote(name)}`
    const value = before[name]
    if (value === null || value === undefined) return `${column} IS NULL`
    return `${dialect.asText(column)} = ${dialect.asText(dialect.literal(value))}`
  })
  const { where } = mapping.sourceRelation
  const narrowed = [...(where === null ? [] : [`(${where})`]), ...conditions].join(' AND ')
  const loaded = mapping.columns.filter(column => column.loaded)
  // What is kept exactly as it is stored is written for the engine, not for people.
  const fields = loadFields(mapping).map(field => ({ ...field, native: false }))
  for await (const lines of source.read(
    { ...mapping.sourceRelation, rowid: null, where: narrowed },
    fields,
  )) {
    const [line] = splitLines(lines.bytes)
    if (!line) continue
    const values = decodeLine(line)
    return Object.fromEntries(
      loaded.map((column, index) => {
        const value = values[index]!
        return [column.name, value === null ? null : column.redacted ? REDACTED : toBeSeen(value, column)]
      }),
    )
  }
  return null
}

/** Of a value that sends its row into quarantine, why. */
function toBeSeen(value: string, { type, made: { screened } }: MappedColumn): string {
  if (screened !== undefined && value.startsWith(REFUSED))
    return `refused: ${JSON.stringify(value.slice(REFUSED.length))} ${screened}`
  const text = withoutRefusal(value, type)
  return text === value ? value : `refused: ${JSON.stringify(text)}`
}
