import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { steadyLoad } from './latency.mjs'
import { freePorts, listening } from './processes.mjs'
import { startPilot } from './stage.mjs'

const program = fileURLToPath(new URL('./answers.mjs', import.meta.url))

const loads = {
  'small answers, every value differs': { path: '/small', perSecond: 500, seconds: 10 },
  '1 MB, every value differs': { path: '/1m', perSecond: 5, seconds: 10 },
  '20 MB, every value differs': { path: '/20m', perSecond: 1, seconds: 10 },
  'nested 10,000 deep': { path: '/deep', perSecond: 50, seconds: 10 },
}

/** How long the event loop of the pilot is held up while answers are compared, and while the same ones only pass through. */
export async function comparisons({ say, folder, children }) {
  const [old, shadow] = await freePorts(2)
  for (const [port, seed] of [
    [old, 1],
    [shadow, 2],
  ]) {
    children.add(spawn(process.execPath, [program, String(port), String(seed)], { stdio: 'ignore' }))
    await listening(port)
  }
  const measured = []
  for (const [name, { path, perSecond, seconds }] of Object.entries(loads)) {
    for (const mirrored of [true, false]) {
      const words = ['  body_limit: 32m']
      const pilot = await startPilot({ old, shadow, mirrored, words }, { folder, children })
      const { failed } = await steadyLoad(pilot.port, { perSecond, seconds, paths: [path] })
      if (failed > 0) throw new Error(`${name}: ${failed} requests failed`)
      const { scoreboard, loop } = await pilot.end()
      const said = `${name}${mirrored ? '' : ', passing through'}`
      say(`${said}: at most ${loop.max.toFixed(1)} ms`)
      measured.push({ name: said, loop, outcomes: scoreboard?.outcomes ?? null })
    }
  }
  return measured
}
