import { build } from 'hdr-histogram-js'
import { Pool } from 'undici'

/**
 * How long answers take at a steady rate. Requests set out when they are due, whether or not earlier ones have been
 * answered, and are timed from then on, so that a pause counts for each request that met it.
 *
 * @returns a histogram of microseconds, and how many requests failed
 */
export async function steadyLoad(port, { perSecond, seconds, paths = ['/students/17'] }) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 256, pipelining: 1 })
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  })
  let failed = 0
  let answered = 0
  const total = perSecond * seconds
  const started = performance.now()
  await new Promise(resolve => {
    let sent = 0
    const done = () => ++answered === total && resolve()
    const tick = () => {
      const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * perSecond))
      for (; sent < due; sent++) {
        const dueAt = started + (sent / perSecond) * 1000
        pool.dispatch(
          { path: paths[sent % paths.length], method: 'GET' },
          {
            onRequestStart() {},
            onResponseStart(_, status) {
              if (status !== 200) failed++
            },
            onResponseData() {},
            onResponseEnd() {
              histogram.recordValue(Math.max(1, Math.round((performance.now() - dueAt) * 1000)))
              done()
            },
            onResponseError() {
              failed++
              done()
            },
          },
        )
      }
      if (sent < total) setImmediate(tick)
    }
    tick()
  })
  await pool.close()
  return { histogram, failed }
}

/**
 * The latency of the primary with the shadow on against off, and what the pilot adds to no proxy at all: many short blocks
 * in turn, so that whatever else the machine does meets all of them.
 */
export async function addedLatency(stage, { perSecond, seconds, runs, say }) {
  const on = await stage.pilot({})
  const off = await stage.pilot({ mirrored: false })
  const ports = { 'no proxy': stage.direct, 'pilot, shadow off': off.port, 'pilot, shadow on': on.port }
  for (const port of Object.values(ports)) await steadyLoad(port, { perSecond, seconds: 2 })
  const blocks = Object.fromEntries(Object.keys(ports).map(name => [name, []]))
  for (let round = 0; round < runs; round++) {
    // The order turns, so that no subject always follows another.
    const names = Object.keys(ports)
    for (const name of [...names.slice(round % 3), ...names.slice(0, round % 3)]) {
      const { histogram, failed } = await steadyLoad(ports[name], { perSecond, seconds })
      if (failed > 0) throw new Error(`${name}: ${failed} requests failed`)
      blocks[name].push(histogram)
    }
    say(`round ${round + 1} of ${runs} at ${perSecond}/s`)
  }
  const { scoreboard } = await on.end()
  await off.end()
  return { blocks, scoreboard }
}
