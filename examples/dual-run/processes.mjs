import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 20_000

/** Children of this process, each ended by its own id: whatever is left of them goes with `endAll`. */
export function processes() {
  const running = new Set()
  // Whoever ends this process without asking leaves nobody behind.
  process.once('exit', () => {
    for (const { child } of running) child.kill('SIGKILL')
  })

  function start(file, args, options) {
    const child = spawn(process.execPath, [file, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const started = { child, output: '', errors: '', ended: once(child, 'close') }
    child.stdout.on('data', text => {
      started.output += text
    })
    child.stderr.on('data', text => {
      started.errors += text
    })
    running.add(started)
    started.ended.then(() => running.delete(started))
    return started
  }

  async function end(started) {
    if (started.child.exitCode === null && started.child.signalCode === null) started.child.kill('SIGTERM')
    const late = setTimeout(() => started.child.kill('SIGKILL'), PATIENCE_MS)
    const [code] = await started.ended
    clearTimeout(late)
    return code
  }

  return {
    start,
    end,
    /** Runs to the end. @throws {Error} where the exit code is none of those expected */
    async run(file, args, { codes = [0], ...options }) {
      const started = start(file, args, options)
      const [code] = await started.ended
      if (!codes.includes(code)) throw new Error(`${args.join(' ')} ended with ${code}\n${started.errors}`)
      return started
    },
    endAll: () => Promise.all([...running].map(end)),
  }
}

/** The address a child says that it listens on. */
export async function addressOf(started) {
  const found = () => /listening on (\S+)/.exec(started.output)?.[1]
  await until(started, () => found() !== undefined)
  return found()
}

export async function listening(started, port) {
  await until(started, async () => {
    const socket = connect(port, '127.0.0.1')
    const answers = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    return answers
  })
}

async function until(started, ready) {
  const end = Date.now() + PATIENCE_MS
  while (!(await ready())) {
    const { exitCode, signalCode, spawnargs } = started.child
    if (exitCode !== null || signalCode !== null)
      throw new Error(`${spawnargs.join(' ')} ended with ${exitCode ?? signalCode}\n${started.errors}`)
    if (Date.now() > end) throw new Error(`${spawnargs.join(' ')} is not ready\n${started.errors}`)
    await sleep(25)
  }
}
