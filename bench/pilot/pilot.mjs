import { once } from 'node:events'
import { hasProgram, spread } from '../measure.mjs'
import { comparisons } from './comparisons.mjs'
import { addedLatency } from './latency.mjs'
import { memory } from './memory.mjs'
import { endAll } from './processes.mjs'
import { setStage } from './stage.mjs'
import { throughput } from './throughput.mjs'

/** The figures of the dual run, by command. Each gives lines for people and a document for programs. */
const figures = {
  pilot: showThroughput,
  'pilot-latency': showLatency,
  'pilot-memory': showMemory,
  'pilot-loop': showLoop,
}

/**
 * @returns lines for people, a document for programs, and how many rounds were measured; null where there are none
 * @throws {Error} where a program is missing that is measured beside, or measures
 */
export async function benchPilot({ command, runs }, { folder, signal }, say) {
  const children = new Set()
  const stopped = once(signal, 'abort').then(() => endAll(children))
  stopped.catch(() => {})
  try {
    return await figures[command]({ runs, say, folder, children })
  } finally {
    await endAll(children)
  }
}

function stageWith(programs, context) {
  for (const program of programs)
    if (!hasProgram(program)) throw new Error(`${program} is not installed; this figure needs it`)
  return setStage(context)
}

async function showThroughput({ runs, say, ...context }) {
  const stage = await stageWith(['nginx', 'wrk'], context)
  const { rates, compared } = await throughput(stage, { seconds: 8, runs, say })
  const ratio = (figure, floor) => spread(rates[figure].map((rate, round) => rate / rates[floor][round]))
  const names = Object.keys(rates)
  const [mirror, httpProxy] = names
  const ratios = {
    'pilot, comparing / A': ratio('pilot, comparing every answer by value', mirror),
    'pilot, passing through / B': ratio('pilot, passing through', httpProxy),
  }
  const shares = spread(compared)
  return {
    runs,
    document: { rates, compared, ratios },
    text: [
      ...names.map(name => `${name.padEnd(50)} ${range(spread(rates[name]), 0)} requests/s`),
      '',
      ...Object.entries(ratios).map(([name, values]) => `${name.padEnd(50)} ${range(values, 2)}`),
      `of the mirrored exchanges, ${range({ median: shares.median * 100, min: shares.min * 100, max: shares.max * 100 }, 2)} % were compared`,
    ],
  }
}

async function showLatency({ runs, say, ...context }) {
  const stage = await stageWith(['nginx'], context)
  const { blocks, scoreboard } = await addedLatency(stage, { perSecond: 1000, seconds: 4, runs, say })
  const ms = (histogram, percent) => histogram.getValueAtPercentile(percent) / 1000
  const values = (name, percent) => blocks[name].map(histogram => ms(histogram, percent))
  const paired = percent =>
    spread(
      values('pilot, shadow on', percent).map(
        (on, round) => on / values('pilot, shadow off', percent)[round],
      ),
    )
  const added = (name, percent) =>
    spread(values(name, percent).map((value, round) => value - values('no proxy', percent)[round]))
  const names = Object.keys(blocks)
  const text = names.map(
    name =>
      `${name.padEnd(20)} p50 ${range(spread(values(name, 50)), 2)} ms   p99 ${range(spread(values(name, 99)), 2)} ms`,
  )
  for (const name of names.slice(1))
    text.push(`added by ${name}: p50 ${range(added(name, 50), 2)} ms, p99 ${range(added(name, 99), 2)} ms`)
  text.push(`shadow on / off: p50 ${range(paired(50), 2)}, p99 ${range(paired(99), 2)}`)
  text.push(`compared: ${scoreboard.exchanges - scoreboard.outcomes.unscorable} of ${scoreboard.exchanges}`)
  return { runs, document: { p50: paired(50), p99: paired(99), outcomes: scoreboard.outcomes }, text }
}

async function showMemory({ say, ...context }) {
  const stage = await stageWith(['nginx', 'wrk'], context)
  const { measured, scoreboard, loop } = await memory(stage, {
    exchanges: 1_000_000,
    paths: 10_000,
    steps: 5,
    say,
    folder: context.folder,
  })
  return {
    runs: null,
    document: { measured, outcomes: scoreboard.outcomes, loop },
    text: [
      ...measured.map(
        ({ exchanges, bytes }) => `${exchanges} exchanges: ${(bytes / 2 ** 20).toFixed(0)} MiB resident`,
      ),
      `endpoints: ${scoreboard.endpoints.length}; outcomes: ${JSON.stringify(scoreboard.outcomes)}`,
    ],
  }
}

async function showLoop({ say, folder, children }) {
  const measured = await comparisons({ say, folder, children })
  return {
    runs: null,
    document: { measured },
    text: measured.map(
      ({ name, loop, outcomes }) =>
        `${name.padEnd(40)} event loop held up at most ${loop.max.toFixed(1)} ms, 99.9 % under ${loop.p999.toFixed(1)} ms; ${JSON.stringify(outcomes)}`,
    ),
  }
}

function range({ median, min, max }, digits) {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`
}
