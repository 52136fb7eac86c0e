import type { Field, LoadColumn, RejectedLine, Session, TargetSession } from '../engines/port.ts'
import type { ForeignKey } from '../model/catalog.ts'
import { ParitygateError } from '../model/error.ts'
import { balances, type FidelityNote, type LedgerEntry } from '../model/ledger.ts'
import { REDACTED } from '../model/redact.ts'
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
    const deferred = await deferKeys(target, circular)
    const entries: LedgerEntry[] = []
    for (const mapping of group) entries.push(await copyTable(context, mapping, rejectedIn(entries)))
    await removeOrphans(context, circular, entries)
    for (const statement of deferred) await target.execute(statement)
    fidelity.push(...(await finishCreatedTables(target, toCreate)))
    for (const mapping of group) await target.advanceSequences(mapping.target)
    for (const entry of entries) requireBalance(entry)
    await target.commit()
    for (const [index, entry] of entries.entries()) {
      store.markFinished(run, entry.table, mappingFingerprint(group[index]!), entry.written)
    }
    return { entries, created: toCreate.map(mapping => mapping.table), fidelity }
  } catch (error) {
    await target.rollback().catch(() => {})
    for (const mapping of group) store.clearQuarantine(run, mapping.table)
    throw asFailure(error, group)
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
  const read = await source.count({ ...mapping.sourceRelation, where: null })
  const selected = mapping.sourceRelation.where === null ? read : await source.count(mapping.sourceRelation)
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
          where: `table "${table}"`,
          hint: 'Mend the rows or the mapping, or raise --max-rejects (0 finishes every table and fails then).',
        },
      )
    }
  }
  const written = await target.load(
    table,
    loadColumns(mapping),
    source.read(mapping.sourceRelation, loadFields(mapping), options.signal),
    {
      reject,
      progress: rows =>
        options.onProgress?.({ kind: 'rows', phase: 'migrate', table, rows, total: selected }),
      ...(options.signal ? { signal: options.signal } : {}),
    },
  )
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

function loadFields(mapping: Mapping): Field[] {
  return mapping.columns
    .filter(column => column.loaded)
    .map(({ expression, targetType, type }) => ({
      expression,
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
  const secrets = redacted.flatMap(name => (row[name] ? [row[name]] : []))
  const shown = secrets.reduce((text, secret) => text.replaceAll(secret, REDACTED), reason)
  store.quarantine(run, { table: mapping.table, key, column, reason: shown, row, redacted })
}

/** Foreign keys whose parent is loaded together with the child: rows may come before what they refer to. */
function circularKeys(mapping: Mapping, group: Mapping[]): { mapping: Mapping; key: ForeignKey }[] {
  return mapping.target.foreignKeys
    .filter(key => group.some(other => other.table === key.referencedTable))
    .map(key => ({ mapping, key }))
}

async function deferKeys(
  target: TargetSession,
  keys: { mapping: Mapping; key: ForeignKey }[],
): Promise<string[]> {
  const after: string[] = []
  for (const { mapping, key } of keys) {
    const statements = target.dialect.deferForeignKey(mapping.table, key)
    if (!statements) continue
    await target.execute(statements.before)
    if (statements.after) after.push(statements.after)
  }
  // Checks every key now; a table cannot be altered while checks are due.
  return keys.length > 0 && after.length > 0 ? ['SET CONSTRAINTS ALL IMMEDIATE', ...after] : []
}

/** Taking one orphan out can make others, so until there are none. */
async function removeOrphans(
  { target, options, ...context }: CopyContext,
  keys: { mapping: Mapping; key: ForeignKey }[],
  entries: LedgerEntry[],
): Promise<void> {
  for (let removed = -1; removed !== 0; ) {
    removed = 0
    for (const { mapping, key } of keys) {
      const count = await target.removeOrphans(mapping.table, loadColumns(mapping), key, {
        reject: rejected => quarantineRow({ target, options, ...context }, mapping, rejected),
        progress: () => {},
        ...(options.signal ? { signal: options.signal } : {}),
      })
      const entry = entries.find(one => one.table === mapping.table)!
      entry.written -= count
      entry.quarantined += count
      removed += count
    }
  }
}

function rejectedIn(entries: LedgerEntry[]): number {
  return entries.reduce((sum, entry) => sum + entry.quarantined, 0)
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

function asFailure(error: unknown, group: Mapping[]): unknown {
  if (error instanceof ParitygateError) return error
  const { code, message } = error as { code?: string; message: string }
  const where = { where: `table ${group.map(mapping => `"${mapping.table}"`).join(', ')}`, cause: error }
  if (code === '42501' || code === '25006') return new ParitygateError('target.read-only', message, where)
  if (code === undefined || /^(08|57P|ECONN|EPIPE)/.test(code))
    return new ParitygateError('connection.lost', message, where)
  return new ParitygateError('target.refused', message, where)
}
