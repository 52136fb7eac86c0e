// Loaded before the pilot by `node --import`: leaves how long its event loop was held up, in milliseconds, in the file that
// BENCH_LOOP_DELAY_FILE names.
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

const RESOLUTION_MS = 1
const STARTING_MS = 2000

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  // To load the program is no part of what is measured.
  setTimeout(() => delay.enable(), STARTING_MS).unref()
  process.on('exit', () => {
    delay.disable()
    const ms = value => value / 1e6
    writeFileSync(
      process.env.BENCH_LOOP_DELAY_FILE,
      JSON.stringify({
        p50: ms(delay.percentile(50)),
        p99: ms(delay.percentile(99)),
        p999: ms(delay.percentile(99.9)),
        max: ms(delay.max),
      }),
    )
  })
}
