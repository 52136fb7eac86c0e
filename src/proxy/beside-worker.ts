import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { ParitygateError } from '../model/error.ts'
import { openStore } from '../store/store.ts'
import { openBeside } from './beside.ts'
import { type FromBeside, sayAgain, type ToBeside } from './beside-messages.ts'
import { openJudge } from './judge/judge.ts'
import type { JudgeSetup } from './judge/messages.ts'
import type { Log } from './log.ts'
import { stepBack } from './step-back.ts'

/** How often the data path is told what has ended, and how often that this thread lives and what the operator says. */
const ENDED_MS = 10
const ALIVE_MS = 250

const setup = workerData as JudgeSetup
const tell = (message: FromBeside) => parentPort!.postMessage(message)
const log: Log = {
  info: line => tell({ kind: 'log', level: 'info', line }),
  warn: line => tell({ kind: 'log', level: 'warn', line }),
}

stepBack('beside')
try {
  const store = openStore(setup.state, setup.pair)
  const opened = fileOf(setup.state)
  const judge = await openJudge(setup, log)
  let ids: number[] = []
  const tellEnded = () => {
    tell({ kind: 'ended', ids })
    ids = []
  }
  const beside = openBeside({
    pilot: setup.pilot,
    observe: observation => judge.observe(observation),
    ended(id) {
      if (ids.push(id) === 1) setTimeout(tellEnded, ENDED_MS)
    },
    log,
  })
  let on = false
  const tellAlive = () => {
    // What is written to a file that has been removed or replaced is written for nobody: this thread is to begin anew.
    if (fileOf(setup.state) !== opened) throw new Error(`${setup.state} has been removed or replaced`)
    try {
      on = store.mirroring().on
    } catch (error) {
      log.warn(`the state cannot be read: ${(error as Error).message}`)
    }
    tell({ kind: 'mirroring', on })
  }
  const alive = setInterval(tellAlive, ALIVE_MS)
  parentPort!.on('message', async (message: ToBeside) => {
    switch (message.kind) {
      case 'said':
        for (const said of message.said) sayAgain(said, message.bodies, beside)
        break
      case 'lost':
        judge.giveUp(message.cause, message.count)
        break
      case 'close':
        await beside.close(message)
        await judge.close()
        clearInterval(alive)
        store.close()
        parentPort!.close()
        break
    }
  })
  tellAlive()
  tell({ kind: 'ready' })
} catch (error) {
  const { code, where } =
    error instanceof ParitygateError ? error : { code: 'internal' as const, where: undefined }
  tell({ kind: 'failed', code, message: (error as Error).message, where })
  parentPort!.close()
}

/** Which file it is that has this name now; null where there is none. */
function fileOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? null : `${found.dev}:${found.ino}`
}
