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
  { target, journal }: { target: TargetSession; journal: Journal },
  group: Mapping[],
): Promise<TriggersOff> {
  const off: string[] = []
  const on: string[] = []
  for (const mapping of group) {
    const planned = await target.plannedTriggers(mapping.target.name, (await triggersOf(target, mapping)).off)
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
  const place = group[0]!.table
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
