// Loaded into the command by `node --import`: tells the parent, on the socket that is open as descriptor 3, each step the
// run reaches, and goes on when it is told to. The whole thread waits, so that nothing comes between the step and what the
// parent does there.
import { subscribe } from 'node:diagnostics_channel'
import { readSync, writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  const answer = Buffer.alloc(1)
  subscribe('paritygate:step', message => {
    writeSync(3, `${JSON.stringify(message)}\n`)
    readSync(3, answer, 0, 1, null)
  })
}
