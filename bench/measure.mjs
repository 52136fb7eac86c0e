import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const preload = new URL('./peak.mjs', import.meta.url).href

/**
 * Runs a Node program to its end.
 *
 * @param words the program and its arguments
 * @param folder where its peak memory is noted
 */
export async function runProgram(words, { folder, env = {}, signal, exitCodes = [0] }) {
  const peakFile = join(folder, 'peak')
  rmSync(peakFile, { force: true })
  signal.throwIfAborted()
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', preload, ...words], {
    env: { ...process.env, ...env, BENCH_PEAK_FILE: peakFile },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  const [exitCode] = await once(child, 'exit')
  const seconds = (performance.now() - started) / 1000
  const [stdout, stderr] = await output
  if (!exitCodes.includes(exitCode)) {
    throw new Error(`${words.join(' ')} ended with ${exitCode}, not ${exitCodes.join(' or ')}:\n${stderr}`)
  }
  return { seconds, peakBytes: Number(readFileSync(peakFile, 'utf8')), stdout }
}

/** Whether a client is installed that some floors are taken with. */
export function hasProgram(name) {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined
}

const floorsProgram = fileURLToPath(new URL('./floors.mjs', import.meta.url))

/** Runs one of the floors and holds its number of rows against the one expected. */
export async function runFloor(words, rows, context) {
  const { stdout, peakBytes } = await runProgram([floorsProgram, ...words], context)
  const floor = JSON.parse(stdout)
  if (floor.rows !== rows) throw new Error(`${words[0]} saw ${floor.rows} rows, not ${rows}`)
  // What other programs do for a floor is not in the memory of this one.
  return { seconds: floor.seconds, peakBytes: floor.byOthers ? null : peakBytes }
}

/**
 * Measures several things in turn, round after round, so that whatever else the machine does meets all of them alike.
 *
 * @param subjects `{ name, run, prepare? }`; only `run` is measured
 */
export async function measureRounds(subjects, runs, say) {
  const series = subjects.map(({ name }) => ({ name, seconds: [], peakBytes: [] }))
  for (let round = 1; round <= runs; round++) {
    for (const [index, { name, prepare, run }] of subjects.entries()) {
      await prepare?.()
      const { seconds, peakBytes } = await run()
      say(`round ${round} of ${runs}: ${name}: ${seconds.toFixed(2)} s`)
      series[index].seconds.push(seconds)
      series[index].peakBytes.push(peakBytes)
    }
  }
  return series
}

/** The ratio of two series round by round: what slowed a whole round down cancels out. */
export function ratio(figure, floor) {
  const rounds = figure.seconds.map((seconds, round) => seconds / floor.seconds[round])
  return { figure: figure.name, floor: floor.name, rounds }
}

export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  return { median, min: sorted[0], max: sorted.at(-1) }
}
