import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import { resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { httpServer, isProbe, pilotAt } from './pilot-wire.ts'
import { legAt } from './plain-pilot.ts'

const MB = 2 ** 20
const SIZE = 100 * MB
const piece = Buffer.alloc(MB / 4, 'paritygate')

/** A pilot in a process of its own, which tells the most memory it has taken. */
async function pilotProcess(origin: string): Promise<{ port: number; grownBy: () => Promise<number> }> {
  const program = `
    const { startProxy } = await import(${JSON.stringify(resolve(import.meta.dirname, '../dist/proxy/proxy.js'))})
    const log = { info() {}, warn() {} }
    const proxy = await startProxy({ pilot: ${JSON.stringify(pilotAt(legAt(origin)))}, mirror: { begin: () => null }, mirroring: { on: true }, log })
    const start = process.memoryUsage.rss()
    let most = start
    setInterval(() => { most = Math.max(most, process.memoryUsage.rss()) }, 10)
    process.on('message', () => process.send({ grown: most - start }))
    process.on('disconnect', () => process.exit())
    process.send({ port: Number(new URL(proxy.address).port) })
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  onTestFinished(() => void child.kill())
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    port,
    async grownBy() {
      child.send('how much?')
      const [{ grown }] = (await once(child, 'message')) as [{ grown: number }]
      return grown
    },
  }
}

test('a download of 100 MB to a slow reader arrives whole, at constant memory', async () => {
  const { origin } = await httpServer((request, response) => {
    if (isProbe(request)) return void response.end()
    let left = SIZE / piece.length
    const more = () => {
      while (left-- > 0) if (!response.write(piece)) return void response.once('drain', more)
      response.end()
    }
    more()
  })
  const { port, grownBy } = await pilotProcess(origin)
  const [answer] = (await once(http.get({ port, host: '127.0.0.1', agent: false }), 'response')) as [
    http.IncomingMessage,
  ]
  // The primary is far ahead where anything between it and a client that does not read holds more than its buffers.
  await new Promise(wait => setTimeout(wait, 500))
  const digest = createHash('sha1')
  let length = 0
  for await (const part of answer) {
    digest.update(part as Buffer)
    length += (part as Buffer).length
  }
  const whole = createHash('sha1')
  for (let count = 0; count < SIZE / piece.length; count++) whole.update(piece)
  expect(length).toBe(SIZE)
  expect(digest.digest('hex')).toBe(whole.digest('hex'))
  expect(await grownBy()).toBeLessThan(70 * MB)
})

test('an upload of 100 MB to a slow primary arrives whole, at constant memory', async () => {
  const { origin } = await httpServer((request, response) => {
    if (isProbe(request)) return void response.end()
    let length = 0
    setTimeout(() => {
      request.on('data', part => {
        length += (part as Buffer).length
      })
      request.on('end', () => response.end(String(length)))
    }, 500)
  })
  const { port, grownBy } = await pilotProcess(origin)
  const request = http.request({ port, host: '127.0.0.1', agent: false, method: 'POST' })
  const answered = once(request, 'response')
  for (let count = 0; count < SIZE / piece.length; count++)
    if (!request.write(piece)) await once(request, 'drain')
  request.end()
  const [answer] = (await answered) as [http.IncomingMessage]
  let text = ''
  for await (const part of answer) text += part
  expect(text).toBe(String(SIZE))
  expect(await grownBy()).toBeLessThan(70 * MB)
})
