import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { residentBytes } from './processes.mjs'
import { fullLoad } from './wrk.mjs'

/** Resident memory of the pilot after so many more exchanges over many paths, and at the end. */
export async function memory(stage, { exchanges, paths, steps, say, folder }) {
  const script = join(folder, 'paths.lua')
  writeFileSync(
    script,
    `local n = 0
local names = {"students", "courses", "invoices", "people"}
request = function()
  n = n + 1
  local id = (n * 7919) % ${paths}
  return wrk.format("GET", "/" .. names[1 + id % 4] .. "/" .. id)
end`,
  )
  const pilot = await stage.pilot({})
  const measured = []
  let done = 0
  for (let step = 1; step <= steps; step++) {
    const aim = (exchanges / steps) * step
    while (done < aim) {
      const seconds = 5
      const { rate, failed } = await fullLoad(pilot.port, { seconds, script })
      if (failed > 0) throw new Error(`${failed} requests failed`)
      done += rate * seconds
    }
    const bytes = residentBytes(pilot.child)
    measured.push({ exchanges: Math.round(done), bytes })
    say(`${Math.round(done)} exchanges: ${(bytes / 2 ** 20).toFixed(0)} MiB`)
  }
  const { scoreboard, loop } = await pilot.end()
  return { measured, scoreboard, loop }
}
