import { parentPort, workerData } from 'node:worker_threads'
import { ParitygateError } from '../../model/error.ts'
import { openStore } from '../../store/store.ts'
import { unpack } from './batch.ts'
import { type Judgement, openJudgement } from './judgement.ts'
import type { FromJudge, JudgeSetup, ToJudge } from './messages.ts'

/** How often what has changed is written to the state, and the state asked whether requests are to be mirrored. */
const FLUSH_MS = 1000

const setup = workerData as JudgeSetup
const tell = (message: FromJudge) => parentPort!.postMessage(message)

try {
  const store = openStore(setup.state, setup.pair)
  let board: number
  let judgement: Judgement
  let dirty = false
  const begin = async () => {
    const kept = store.loadPilot(setup.fingerprint)
    board = kept.board
    judgement = await openJudgement(setup.pilot, kept.parts)
  }
  const flush = async () => {
    const mirroring = store.mirroring()
    tell({ kind: 'mirroring', on: mirroring.on })
    if (!dirty) return
    const scoreboard = judgement.scoreboard(mirroring)
    if (store.savePilot({ board, scoreboard, ...judgement.changes() })) judgement.saved()
    else {
      tell({ kind: 'said', text: 'the scoreboard was cleared; it begins anew' })
      await begin()
    }
    dirty = false
  }
  /** A state that cannot be written for a moment, a full disk say, is no reason to stop comparing. */
  const flushOrSay = () =>
    flush().catch(error =>
      tell({ kind: 'said', text: `the state cannot be written: ${(error as Error).message}` }),
    )

  await begin()
  await flush()
  const flushing = setInterval(flushOrSay, FLUSH_MS)
  parentPort!.on('message', async (message: ToJudge) => {
    switch (message.kind) {
      case 'batch':
        dirty = true
        for (const observation of unpack(message.batch)) judgement.take(observation)
        tell({ kind: 'judged' })
        break
      case 'given up':
        dirty = true
        judgement.giveUp(message.cause, message.count)
        break
      case 'close':
        clearInterval(flushing)
        await flushOrSay()
        store.close()
        parentPort!.close()
        break
    }
  })
  tell({ kind: 'ready' })
} catch (error) {
  const failure = error instanceof ParitygateError ? error : null
  tell({ kind: 'failed', code: failure?.code ?? 'internal', message: (error as Error).message })
  parentPort!.close()
}
