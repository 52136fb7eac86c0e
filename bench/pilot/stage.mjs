import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { application, proxy, startNginx } from './nginx.mjs'
import { end, freePorts, listening } from './processes.mjs'
import { scoreboardOf } from './scoreboard.mjs'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const loopDelay = new URL('./loop-delay.mjs', import.meta.url).href
const passThrough = fileURLToPath(new URL('./http-proxy.mjs', import.meta.url))

/** The same value on both sides, written differently: nothing but a comparison by value calls it equal. */
const oldBody = JSON.stringify({
  id: 17,
  name: 'Ada',
  email: 'ada@example.org',
  roles: ['student', 'tutor'],
  balance: 12.5,
  courses: Array.from({ length: 5 }, (_, index) => ({
    id: index,
    title: `Course ${index}`,
    grade: index / 2,
  })),
})
const newBody = JSON.stringify(
  Object.fromEntries(Object.entries(JSON.parse(oldBody)).reverse()),
  null,
  1,
).replaceAll('\n', ' ')

/**
 * Two applications that cost next to nothing, and what stands before them, one process each: nginx, nginx with `mirror`,
 * http-proxy, and the pilot.
 *
 * @param context where files may be put, and the set of children that are ended when the bench does
 */
export async function setStage({ folder, children }) {
  const [old, shadow, plain, mirror, httpProxy] = await freePorts(5)
  const context = { folder, children }
  await startNginx('old', application(old, oldBody), old, context)
  await startNginx('shadow', application(shadow, newBody), shadow, context)
  return {
    direct: old,
    old,
    shadow,
    plain: () =>
      startNginx('plain', proxy(plain, old), plain, context).then(child => ({ child, port: plain })),
    mirror: () =>
      startNginx('mirror', proxy(mirror, old, shadow), mirror, context).then(child => ({
        child,
        port: mirror,
      })),
    async httpProxy() {
      const child = spawn(process.execPath, [passThrough, String(httpProxy), `http://127.0.0.1:${old}`], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      children.add(child)
      await listening(httpProxy)
      return { child, port: httpProxy }
    },
    pilot: options => startPilot({ old, shadow, ...options }, context),
  }
}

/**
 * A pilot of its own plan and state.
 *
 * @param mirrored false: nobody belongs to a cohort, so that everything passes through
 */
export async function startPilot({ old, shadow, mirrored = true, words = [] }, { folder, children }) {
  const [port] = await freePorts(1)
  const home = mkdtempSync(join(folder, 'pilot-'))
  writeFileSync(
    join(home, 'cutover.yaml'),
    `name: bench
source: { url: sqlite:old.db }
target: { url: sqlite:new.db }
tables: {}
pilot:
  listen: 127.0.0.1:${port}
  primary: http://127.0.0.1:${old}
  shadow: http://127.0.0.1:${shadow}
${mirrored ? '' : '  cohorts: { nobody: { header: { x-nobody: nobody } } }'}
${words.join('\n')}
`,
  )
  const delays = join(home, 'loop-delay.json')
  const child = spawn(process.execPath, ['--import', loopDelay, cli, 'pilot', '--quiet'], {
    cwd: home,
    env: { ...process.env, BENCH_LOOP_DELAY_FILE: delays },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  children.add(child)
  await listening(port)
  return {
    child,
    port,
    /** Ends the pilot. @returns its scoreboard, and how long its event loop was held up, in milliseconds */
    async end() {
      await end(child)
      return { scoreboard: scoreboardOf(home), loop: JSON.parse(readFileSync(delays, 'utf8')) }
    },
  }
}
