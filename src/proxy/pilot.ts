import { pairFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import { pilotOf } from '../plan/pilot.ts'
import { pilotFingerprint } from '../plan/pilot-fingerprint.ts'
import { holdPilot } from '../store/pilot-hold.ts'
import { openJudge } from './judge/judge.ts'
import type { Log } from './log.ts'
import { openMirror } from './mirror.ts'
import { startProxy } from './proxy.ts'

export interface PilotOptions {
  /** The state file, which exists. */
  state: string
  log: Log
}

export interface RunningPilot {
  /** Where it listens: `http://127.0.0.1:8080` */
  url: string
  /** Takes no more requests, lets those under way end, and writes what is known of them to the state. */
  close(drainMs: number): Promise<void>
}

/**
 * Starts the dual run of a plan.
 *
 * @throws {ParitygateError} pilot.missing, pilot.loop, pilot.listen, pilot.running, plan.invalid or state.unusable; nothing
 * is left running
 */
export async function startPilot(plan: Plan, { state, log }: PilotOptions): Promise<RunningPilot> {
  const pilot = pilotOf(plan)
  const release = holdPilot(state)
  const setup = { pilot, state, pair: pairFingerprint(plan), fingerprint: pilotFingerprint(pilot) }
  const opened: (() => Promise<void> | void)[] = [release]
  const closeAll = async () => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    const judge = await openJudge(setup, log)
    opened.push(() => judge.close())
    const { mirroring } = judge
    const mirror = openMirror({ pilot, observe: one => judge.observe(one), mirroring, log })
    opened.push(() => mirror.close({ drainMs: 0 }))
    const proxy = await startProxy({ pilot, mirror, mirroring, log })
    return {
      url: proxy.address,
      async close(drainMs) {
        const end = Date.now() + drainMs
        await proxy.close({ drainMs })
        await mirror.close({ drainMs: Math.max(0, end - Date.now()) })
        await closeAll()
      },
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}
