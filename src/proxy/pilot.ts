import { pairFingerprint } from '../plan/fingerprint.ts'
import type { Plan } from '../plan/load-plan.ts'
import { pilotOf } from '../plan/pilot.ts'
import { pilotFingerprint } from '../plan/pilot-fingerprint.ts'
import { holdPilot } from '../store/pilot-hold.ts'
import { type BesideThread, startBeside } from './beside-thread.ts'
import type { Log } from './log.ts'
import { type OpenMirror, openMirror } from './mirror.ts'
import { type RunningProxy, startProxy } from './proxy.ts'

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
  let beside: BesideThread | null = null
  try {
    beside = await startBeside(setup, log)
    const { mirroring } = beside
    const mirror = openMirror({ pilot, beside, mirroring })
    const proxy = await startProxy({ pilot, mirror, mirroring, log })
    return { url: proxy.address, close: drainMs => end(proxy, mirror, beside!, drainMs).finally(release) }
  } catch (error) {
    await beside?.close({ drainMs: 0 })
    release()
    throw error
  }
}

/** First the clients are answered, then what was mirrored of it is. */
async function end(
  proxy: RunningProxy,
  mirror: OpenMirror,
  beside: BesideThread,
  drainMs: number,
): Promise<void> {
  const last = Date.now() + drainMs
  await proxy.close({ drainMs })
  mirror.close()
  await beside.close({ drainMs: Math.max(0, last - Date.now()) })
}
