import { parentPort, workerData } from 'node:worker_threads'
import { ParitygateError } from '../../model/error.ts'
import { openStore, type Store } from '../../store/store.ts'
import { stepBack } from '../step-back.ts'
import { unpack } from './batch.ts'
import { type Judgement, openJudgement } from './judgement.ts'
import type { FromJudge, JudgeSetup, ToJudge } from './messages.ts'

/** How often what has changed is written to the state. */
const FLUSH_MS = 1000

const setup = workerData as JudgeSetup
const tell = (message: FromJudge) => parentPort!.postMessage(message)

stepBack('judge')
try {
  const store = openStore(setup.state, setup.pair)
  let { board, judgement } = begin(store)
  let dirty = false
  const flush = () => {
    if (!dirty) return
    dirty = false
    const scoreboard = judgement.scoreboard(store.mirroring())
    if (store.savePilot({ board, scoreboard, ...judgement.changes() })) {
      judgement.saved()
      tell({ kind: 'saved' })
      return
    }
    tell({ kind: 'said', text: 'the scoreboard was cleared; it begins anew' })
    const anew = begin(store)
    board = anew.board
    judgement = anew.judgement
  }
  /** A state that cannot be written for a moment, a full disk say, is no reason to stop comparing. */
  const flushOrSay = () => {
    try {
      flush()
    } catch (error) {
      dirty = true
      tell({ kind: 'said', text: `the state cannot be written: ${(error as Error).message}` })
    }
  }

  const flushing = setInterval(flushOrSay, FLUSH_MS)
  parentPort!.on('message', (message: ToJudge) => {
    switch (message.kind) {
      case 'batch':
        for (const observation of unpack(message.batch)) judgement.take(observation)
        dirty = true
        tell({ kind: 'judged' })
        break
      case 'given up':
        dirty = true
        judgement.giveUp(message.cause, message.count)
        break
      case 'close':
        clearInterval(flushing)
        flushOrSay()
        store.close()
        parentPort!.close()
        break
    }
  })
  tell({ kind: 'ready' })
} catch (error) {
  const failure = error instanceof ParitygateError ? error : null
  const place = failure?.where === undefined ? '' : `${failure.where}: `
  tell({ kind: 'failed', code: failure?.code ?? 'internal', message: place + (error as Error).message })
  parentPort!.close()
}

function begin(store: Store): { board: number; judgement: Judgement } {
  const { board, parts } = store.loadPilot(setup.fingerprint)
  return { board, judgement: openJudgement(setup.pilot, parts) }
}
