import type { PlannedTriggers, TargetSession, TriggerGuard } from '../engines/port/target-session.ts'
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
  /** To be done in the end, however it ends; see `withTriggersOff`. */
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
  const end = await turnAway({ target, journal }, place, { off, on })
  return { any: true, turnOff: nothing, turnOn: nothing, end }
}

/**
 * What `work` does without triggers; they are back once it ends.
 *
 * @throws what `work` throws, whatever becomes of the triggers: why they are off any longer is only of interest where all else is well
 */
export async function withTriggersOff<Result>(
  triggers: TriggersOff,
  work: () => Promise<Result>,
): Promise<Result> {
  let result: Result
  try {
    result = await work()
  } catch (error) {
    await triggers.end().catch(() => {})
    throw error
  }
  await triggers.end()
  return result
}

/** What is off for everybody. */
interface Away {
  /** As in the journal. */
  place: string
  on: string[]
  guard: TriggerGuard | undefined
}

/** By the session whose rows they are off for: what it takes back in the midst of a copy may turn off more. */
const away = new WeakMap<TargetSession, Away>()

/** @returns what brings back those it has turned off */
async function turnAway(
  { target, journal }: { target: TargetSession; journal: Journal },
  place: string,
  { off, on }: PlannedTriggers,
): Promise<() => Promise<void>> {
  const outer = away.get(target)
  if (outer) {
    // Those that went last come back first: the others may have their place before one of them.
    await keep({ ...outer, on: [...on, ...outer.on] })
  } else {
    await journal.putTriggers(target, place, on)
    try {
      away.set(target, { place, on, guard: await target.guardTriggers?.(on) })
    } catch (error) {
      await journal.removeTriggers(target, place).catch(() => {})
      throw error
    }
  }
  try {
    for (const sql of off) await target.execute(sql)
  } catch (error) {
    await end().catch(() => {})
    throw error
  }
  return end

  /** The guard first: what it brings back although it is on stays as it is. */
  async function keep(wanted: Away): Promise<void> {
    away.set(target, wanted)
    await wanted.guard?.change(wanted.on)
    await target.begin()
    try {
      await journal.removeTriggers(target, wanted.place)
      await journal.putTriggers(target, wanted.place, wanted.on)
      await target.commit()
    } catch (error) {
      await target.rollback().catch(() => {})
      throw error
    }
  }

  async function end(): Promise<void> {
    const now = away.get(target)!
    try {
      if (outer) {
        await target.restoreTriggers(on)
        await keep(outer)
        return
      }
      await target.restoreTriggers(now.on)
      await journal.removeTriggers(target, place)
    } catch (error) {
      const failure = target.failure(error, target.describe)
      // What is off any longer is for the outer one to bring back.
      if (outer) throw failure
      away.delete(target)
      // It waits for the session to end, which one that was lost has, or is about to.
      await now.guard?.handOver({ wait: failure.code === 'connection.lost' })
      throw failure
    }
    away.delete(target)
    await now.guard?.callOff()
  }
}
