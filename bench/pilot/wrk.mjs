import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/**
 * As many requests as one thread of wrk gets answered over so many connections.
 *
 * @returns requests a second, and answers that were none of 2xx or 3xx, or none at all
 */
export async function fullLoad(port, { seconds, connections = 32, script = null, path = '/students/17' }) {
  const words = ['-t1', `-c${connections}`, `-d${seconds}s`, ...(script ? ['-s', script] : [])]
  const child = spawn('wrk', [...words, `http://127.0.0.1:${port}${path}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(output)
  if (!rate) throw new Error(`wrk said no rate:\n${output}`)
  const failed = /Non-2xx or 3xx responses: (\d+)/.exec(output)
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)
  return {
    rate: Number(rate[1]),
    failed:
      Number(failed?.[1] ?? 0) +
      (errors ? errors.slice(1).reduce((sum, count) => sum + Number(count), 0) : 0),
  }
}
