import { dirname } from 'node:path'
import type { BackupTools, Scratch } from '../engines/backup-tools.ts'
import type { Connection } from '../engines/connection-url.ts'
import { openReader } from '../engines/open.ts'
import type { RestoreCheck } from '../model/backup.ts'
import type { Catalog } from '../model/catalog.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import { agreeingRows, agrees, type NotCovered } from '../model/finding.ts'
import type { OnProgress } from '../model/progress.ts'
import type { Plan } from '../plan/load-plan.ts'
import type { TableMappingDocument } from '../plan/schema-tables.ts'
import { IN_MEMORY } from '../store/state-file.ts'
import { openStore } from '../store/store.ts'
import { verify } from '../verify/verify.ts'

export interface VerifyRestoreOptions {
  scratch?: Connection
  onProgress?: OnProgress
  signal?: AbortSignal
}

/**
 * Restores a backup into a database that is there for nothing else, compares that with the original, table by table and
 * definition by definition, and drops it again, whatever happens.
 *
 * @throws {ParitygateError} backup.no-scratch, interrupted
 */
export async function verifyRestore(
  tools: BackupTools,
  file: string,
  options: VerifyRestoreOptions,
): Promise<{ restored: RestoreCheck; notCovered: NotCovered[] }> {
  const started = performance.now()
  const scratch = options.scratch
    ? await tools.useScratch(options.scratch)
    : await tools.createScratch(dirname(file))
  try {
    throwIfAborted(options.signal)
    const reason = await refusal(tools.restore(file, { scratch: scratch.connection }))
    return reason === null
      ? await compare(tools, scratch, started, options)
      : { restored: failed(tools, scratch, started, reason), notCovered: [] }
  } finally {
    await scratch.drop()
  }
}

/** Why a restore did not succeed; null where it did. */
async function refusal(restoring: Promise<void>): Promise<string | null> {
  try {
    await restoring
    return null
  } catch (error) {
    if (error instanceof ParitygateError && error.code === 'backup.failed') return error.message
    throw error
  }
}

function failed(tools: BackupTools, scratch: Scratch, started: number, reason: string): RestoreCheck {
  return {
    result: 'failed',
    reason,
    scratch: scratch.name,
    tables: 0,
    rows: 0,
    differing: [],
    definitions: [],
    one_moment: tools.oneMoment,
    ms: Math.round(performance.now() - started),
  }
}

async function compare(
  tools: BackupTools,
  scratch: Scratch,
  started: number,
  options: VerifyRestoreOptions,
): Promise<{ restored: RestoreCheck; notCovered: NotCovered[] }> {
  const schemas = await tools.schemas()
  const notCovered: NotCovered[] = []
  const differing: RestoreCheck['differing'] = []
  let tables = 0
  let rows = 0
  let uncompared = 0
  for (const schema of schemas) {
    const named = (table: string) => (schema === null || schemas.length === 1 ? table : `${schema}.${table}`)
    const result = await verifySchema(tools.original, scratch.connection, schema, options)
    for (const table of result.tables) {
      if (agrees(table)) {
        tables++
        rows += agreeingRows(table)
      } else {
        const { missing, extra, changed } = table
        differing.push({ table: named(table.table), missing, extra, changed })
      }
    }
    for (const { subject, reason, accepted } of result.not_covered) {
      if (accepted !== undefined || subject.startsWith('check ')) continue
      uncompared++
      notCovered.push({ subject: named(subject), reason })
    }
  }
  throwIfAborted(options.signal)
  const definitions = differingLines(
    await tools.definitions(tools.original),
    await tools.definitions(scratch.connection),
  )
  const result =
    differing.length + definitions.length > 0
      ? 'differs'
      : uncompared > 0 || tables === 0
        ? 'inconclusive'
        : 'verified'
  return {
    restored: {
      result,
      scratch: scratch.name,
      tables,
      rows,
      differing,
      definitions,
      one_moment: tools.oneMoment,
      ms: Math.round(performance.now() - started),
    },
    notCovered,
  }
}

async function verifySchema(
  original: Connection,
  restored: Connection,
  schema: string | null,
  { onProgress, signal }: VerifyRestoreOptions,
) {
  const reader = await openReader(original, schema)
  const catalog = await reader.introspect().finally(() => reader.close())
  const store = openStore(IN_MEMORY, 'backup')
  try {
    return await verify(planOfItself(original, restored, schema, catalog), store, {
      limitDiffs: 0,
      ...(onProgress ? { onProgress } : {}),
      ...(signal ? { signal } : {}),
    })
  } finally {
    store.close()
  }
}

/** A plan by which every table becomes itself. */
function planOfItself(
  original: Connection,
  restored: Connection,
  schema: string | null,
  catalog: Catalog,
): Plan {
  const names = catalog.tables.filter(({ kind }) => kind === 'table').map(({ name }) => name)
  const place = schema === null ? { url: '' } : { url: '', schema }
  // Tables may be called anything, `constructor` too.
  const byName = <T>(value: T): Record<string, T> =>
    Object.assign(Object.create(null), Object.fromEntries(names.map(name => [name, value])))
  return {
    name: 'backup',
    source: place,
    target: place,
    tables: byName<TableMappingDocument>({}),
    // That a table has no rows is read on both sides: its backup has all there is.
    gate: { accept: byName('empty on both sides') },
    file: '',
    sha256: '',
    imports: [],
    connections: { source: original, target: restored },
    locate: path => path.join('.'),
  }
}

const SHOWN_LINES = 20

/** The first lines that only one of two texts has; definitions come in one order. */
function differingLines(original: string, restored: string): string[] {
  if (original === restored) return []
  const [before, after] = [original.split('\n'), restored.split('\n')]
  const inBefore = new Set(before)
  const inAfter = new Set(after)
  const lines = [
    ...before.filter(line => !inAfter.has(line)).map(line => `- ${line}`),
    ...after.filter(line => !inBefore.has(line)).map(line => `+ ${line}`),
  ]
  return lines.length === 0 ? ['the same lines in another order'] : lines.slice(0, SHOWN_LINES)
}
