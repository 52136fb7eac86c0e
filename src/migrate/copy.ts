import type {
  Field,
  LoadColumn,
  RejectedLine,
  Relation,
  Session,
  TableKey,
  TargetSession,
} from '../engines/port.ts'
import { findColumn } from '../model/catalog.ts'
import { ParitygateError } from '../model/error.ts'
import { balances, type FidelityNote, type LedgerEntry } from '../model/ledger.ts'
import type { Lines } from '../model/row-line.ts'
import { mappingFingerprint } from '../plan/fingerprint.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { Store } from '../store/store.ts'
import { createTables, finishCreatedTables } from './create-schema.ts'
import type { MigrateOptions } from './options.ts'

export interface CopyContext {
  source: Session
  target: TargetSession
  store: Store
  run: number
  options: MigrateOptions
  /** Names of the enum types the target has by now. */
  enums: Set<string>
  /** Rows quarantined in the tables before this group. */
  rejectedBefore: number
}

export interface CopiedGroup {
  entries: LedgerEntry[]
  created: string[]
  fidelity: FidelityNote[]
}

/** Copies tables that depend on each other, in one transaction: all of them are there afterwards, or none. */
export async function copyGroup(context: CopyContext, group: Mapping[]): Promise<CopiedGroup> {
  const { target, store, run } = context
  const toCreate = group.filter(mapping => mapping.toBeCreated)
  const circular = group
    .filter(mapping => !mapping.toBeCreated)
    .flatMap(mapping => circularKeys(mapping, group))
  await target.begin()
  try {
    const fidelity = await createTables(target, toCreate, context.enums)
    const before = await countCircular(target, group, circular)
    await target.deferForeignKeys(circular)
    const entries: LedgerEntry[] = []
    for (const mapping of group) entries.push(await copyTable(context, mapping, rejectedIn(entries)))
    await removeOrphans(context, group, circular, entries)
    const after = await countCircular(target, group, circular)
    for (const [table, rows] of after) requireRows(entries, table, rows - before.get(table)!)
    await target.restoreForeignKeys(circular)
    fidelity.push(...(await finishCreatedTables(target, toCreate)))
    for (const mapping of group) await target.advanceSequences(mapping.target)
    for (const entry of entries) requireBalance(entry)
    await target.commit()
    for (const [index, entry] of entries.entries()) {
      store.markFinished(run, mappingFingerprint(group[index]!), entry)
    }
    return { entries, created: toCreate.map(mapping => mapping.table), fidelity }
  } catch (error) {
    await target.rollback().catch(() => {})
    for (const mapping of group) store.clearQuarantine(run, mapping.table)
    throw target.failure(error, placeOf(group))
  }
}

async function copyTable(
  context: CopyContext,
  mapping: Mapping,
  rejectedInGroup: number,
): Promise<LedgerEntry> {
  const { source, target, options } = context
  const started = performance.now()
  const { table } = mapping
  const count = (relation: Relation) =>
    source.count(relation).catch((error: unknown) => {
      throw source.failure(error, placeOf([mapping]))
    })
  const read = await count({ ...mapping.sourceRelation, where: null })
  const selected = mapping.sourceRelation.where === null ? read : await count(mapping.sourceRelation)
  options.onProgress?.({ kind: 'table-started', phase: 'migrate', table, total: selected })
  let quarantined = 0
  const reject = (rejected: RejectedLine) => {
    quarantined++
    quarantineRow(context, mapping, rejected)
    const limit = options.maxRejects ?? 0
    if (limit > 0 && context.rejectedBefore + rejectedInGroup + quarantined > limit) {
      throw new ParitygateError(
        'target.refused',
        `more than ${limit} rows were refused; the last: ${rejected.reason}`,
        {
          where: placeOf([mapping]),
          hint: 'Mend the rows or the mapping, or raise --max-rejects (0 finishes every table and fails then).',
        },
      )
    }
  }
  const written = await target.load(table, loadColumns(mapping), readSource(context, mapping), {
    reject,
    progress: rows => options.onProgress?.({ kind: 'rows', phase: 'migrate', table, rows, total: selected }),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const ms = Math.round(performance.now() - started)
  options.onProgress?.({
    kind: 'table-finished',
    phase: 'migrate',
    table,
    rows: written,
    ms,
    ...(quarantined > 0 ? { note: `${quarantined} quarantined` } : {}),
  })
  return { table, read, written, quarantined, excluded: read - selected, status: 'copied', ms }
}

/** The source's rows; what it fails with is told apart from what the target refuses. */
async function* readSource({ source, options }: CopyContext, mapping: Mapping): AsyncGenerator<Lines> {
  try {
    yield* source.read(mapping.sourceRelation, loadFields(mapping), options.signal)
  } catch (error) {
    throw source.failure(error, placeOf([mapping]))
  }
}

/** For messages: `table "a", "b"`. */
function placeOf(mappings: Mapping[]): string {
  return `table ${mappings.map(mapping => `"${mapping.table}"`).join(', ')}`
}

function loadFields(mapping: Mapping): Field[] {
  return mapping.columns
    .filter(column => column.loaded)
    .map(({ source, expression, targetType, type }) => ({
      expression,
      own: source === null ? undefined : findColumn(mapping.source, source)?.type,
      // The reading side may know better what its own column means.
      type: targetType.kind === 'any' ? type : targetType,
    }))
}

function loadColumns(mapping: Mapping): LoadColumn[] {
  return mapping.columns
    .filter(column => column.loaded)
    .map(({ name, targetType }) => ({ name, type: targetType }))
}

function quarantineRow(
  { store, run }: CopyContext,
  mapping: Mapping,
  { row, column, reason }: RejectedLine,
): void {
  const key = Object.fromEntries(mapping.key.map(name => [name, row[name] ?? null]))
  const redacted = mapping.columns.filter(one => one.redacted).map(one => one.name)
  const shown = withoutSecrets(reason, column, redacted, row)
  store.quarantine(run, { table: mapping.table, key, column, reason: shown, row, redacted })
}

/** A target's message can repeat a value, or a part of it. */
function withoutSecrets(
  reason: string,
  column: string | null,
  redacted: string[],
  row: RejectedLine['row'],
): string {
  const about = column?.split(', ').some(name => redacted.includes(name))
  if (about) return `refused by the target; its message is withheld, because "${column}" is never shown`
  const secrets = redacted.flatMap(name => (row[name] ? [row[name]] : []))
  return secrets.some(secret => reason.toLowerCase().includes(secret.toLowerCase()))
    ? 'refused by the target; its message is withheld, because it repeats a value that is never shown'
    : reason
}

/** Foreign keys whose parent is loaded together with the child: rows may come before what they refer to. */
function circularKeys({ table, target }: Mapping, group: Mapping[]): TableKey[] {
  return target.foreignKeys
    .filter(key => group.some(other => other.table === key.referencedTable))
    .map(key => ({ table, key }))
}

/** Taking one orphan out can make others, so until there are none. */
async function removeOrphans(
  context: CopyContext,
  group: Mapping[],
  keys: TableKey[],
  entries: LedgerEntry[],
): Promise<void> {
  for (let removed = -1; removed !== 0; ) {
    removed = 0
    for (const key of keys) {
      const mapping = group.find(one => one.table === key.table)!
      const count = await context.target.removeOrphans(key, loadColumns(mapping), rejected =>
        quarantineRow(context, mapping, rejected),
      )
      const entry = entries.find(one => one.table === key.table)!
      entry.written -= count
      entry.quarantined += count
      removed += count
    }
  }
}

/** What stands in tables that refer to each other, where removing one row can take others along. */
async function countCircular(
  target: TargetSession,
  group: Mapping[],
  keys: TableKey[],
): Promise<Map<string, number>> {
  const rows = new Map<string, number>()
  if (keys.length === 0) return rows
  for (const mapping of group) rows.set(mapping.table, await target.count(mapping.targetRelation))
  return rows
}

function requireRows(entries: LedgerEntry[], table: string, rows: number): void {
  const { written } = entries.find(entry => entry.table === table)!
  if (rows === written) return
  throw new ParitygateError('data.unbalanced', `${written} rows were written and ${rows} are there`, {
    where: `table "${table}"`,
  })
}

/** Rows this run put into quarantine; those an earlier run left there do not count. */
export function rejectedIn(entries: LedgerEntry[]): number {
  return entries.reduce((sum, entry) => sum + (entry.status === 'copied' ? entry.quarantined : 0), 0)
}

function requireBalance(entry: LedgerEntry): void {
  if (balances(entry)) return
  const { table, read, written, quarantined, excluded } = entry
  throw new ParitygateError(
    'data.unbalanced',
    `${read} read, but ${written} written + ${quarantined} quarantined + ${excluded} excluded`,
    {
      where: `table "${table}"`,
    },
  )
}
