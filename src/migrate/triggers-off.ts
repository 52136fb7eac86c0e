import type { TargetSession } from '../engines/port.ts'
import type { Mapping } from '../plan/mapping.ts'
import { triggersOf } from '../plan/triggers.ts'
import type { Journal } from './journal.ts'

/** Triggers the plan turns off while tables are copied. */
export interface TriggersOff {
  /** Whether there are any. */
  any: boolean
  /** To be done within each transaction, before rows are written or taken out. */
  turnOff(session: TargetSession): Promise<void>
  /** To be done before it is committed: no committed state is without them. */
  turnOn(session: TargetSession): Promise<void>
  /** To be done in the end, however it ends. */
  end(): Promise<void>
}

/**
 * Where an engine can turn triggers off within a transaction, whatever ends that brings them back. Elsewhere they are gone for
 * everybody until the tables are copied: the journal knows how to bring them back, and a process that outlives this one does.
 */
export async function triggersOff(
  context: { target: TargetSession; journal: Journal },
  group: Mapping[],
): Promise<TriggersOff> {
  const tables: TableTriggers[] = []
  for (const mapping of group)
    tables.push({ name: mapping.target.name, off: (await triggersOf(context.target, mapping)).off })
  return theseTriggersOff(context, group[0]!.table, tables)
}

/** Triggers of a table of the session's schema. */
export interface TableTriggers {
  name: string
  off: string[]
}

/** @param place the table of the plan that the journal keeps them under */
export async function theseTriggersOff(
  { target, journal }: { target: TargetSession; journal: Journal },
  place: string,
  tables: TableTriggers[],
): Promise<TriggersOff> {
  const off: string[] = []
  const on: string[] = []
  for (const { name, off: names } of tables) {
    const planned = await target.plannedTriggers(name, names)
    off.push(...planned.off)
    on.push(...planned.on)
  }
  const nothing = async () => {}
  if (off.length === 0) return { any: false, turnOff: nothing, turnOn: nothing, end: nothing }
  if (target.transactionalDdl) {
    return {
      any: true,
      async turnOff(session) {
        for (const sql of off) await session.execute(sql)
      },
      turnOn: session => session.restoreTriggers(on),
      end: nothing,
    }
  }
  await journal.putTriggers(target, place, on)
  const guard = await target.guardTriggers?.(on)
  const end = async () => {
    await target.restoreTriggers(on)
    await journal.removeTriggers(target, place)
    await guard?.callOff()
  }
  try {
    for (const sql of off) await target.execute(sql)
  } catch (error) {
    await end()
    throw error
  }
  return { any: true, turnOff: nothing, turnOn: nothing, end }
}
