import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const server = new URL('../dist/demo/embedded-postgres.js', import.meta.url)

/** How a process ends that has had a server of its own. */
function endOf(script: string) {
  const code = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(server.href)})
    const { stop } = await startEmbeddedPostgres()
    ${script}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
}

test.each([
  ['that was set', 'process.exitCode = 7; await stop()', 7],
  ['of an error', "await stop(); throw new Error('on purpose')", 1],
  ['of none', 'await stop()', 0],
])('a server of our own leaves the exit code %s', (_, script, expected) => {
  const { status, stderr } = endOf(script)
  expect({ status, stderr: expected === 1 ? '' : stderr }).toEqual({ status: expected, stderr: '' })
})
