import { createHash } from 'node:crypto'
import { Agent, request as ask, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startProxy } from '../src/proxy/proxy.ts'
import { beside, causes, megabytes, mirrorOf, nobody, pilotWith, serve, serveRaw } from './pilot-beside.ts'

/** Requests of each test, and how many of them are begun every 10 ms: up to a thousand a second. */
const REQUESTS = 400
const AT_A_TIME = 10

const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const rejections: unknown[] = []
const reject = (error: unknown) => void rejections.push(error)
beforeAll(() => void process.on('uncaughtException', reject))
afterAll(() => {
  process.off('uncaughtException', reject)
  agent.destroy()
})

/** The old stack: what it answers follows from the request alone. */
const primary: RequestListener = (request, response) => {
  const hash = createHash('md5')
  request.on('data', piece => hash.update(piece))
  request.on('end', () => {
    const body = `${request.method} ${request.url} ${hash.digest('hex')}`.padEnd(1500, 'p')
    response.setHeader('Set-Cookie', ['sid=of-primary; Path=/'])
    response.setHeader('X-Stack', 'primary')
    response.setHeader('Content-Type', 'text/plain')
    if (request.url!.endsWith('7')) response.write(body)
    response.end(request.url!.endsWith('7') ? '' : body)
  })
}

interface Got {
  status: number
  headers: string[]
  body: string
}

function fetched(origin: string, path: string, body: Buffer | null): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = ask(
      `${origin}${path}`,
      { method: body === null ? 'GET' : 'POST', agent, headers: { cookie: 'sid=of-primary; other=1' } },
      response => {
        const pieces: Buffer[] = []
        response.on('data', piece => pieces.push(piece))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.rawHeaders,
            body: Buffer.concat(pieces).toString(),
          }),
        )
      },
    )
    request.on('error', reject)
    request.end(body ?? undefined)
  })
}

/** Every third request has a body. */
const bodyOf = (number: number) => (number % 3 === 0 ? Buffer.alloc(number * 10, 'b') : null)

async function load(origin: string): Promise<Got[]> {
  const answers: Promise<Got>[] = []
  while (answers.length < REQUESTS) {
    for (let count = 0; count < AT_A_TIME; count++) {
      const number = answers.length
      const path = bodyOf(number) === null ? `/students/${number}?q=${number}` : `/echo?n=${number}`
      answers.push(fetched(origin, path, bodyOf(number)))
    }
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return Promise.all(answers)
}

/** What the client is to see: an answer without the headers of the one connection, and without the time. */
function seen({ status, headers, body }: Got) {
  const kept: string[] = []
  for (let index = 0; index < headers.length; index += 2)
    if (!/^(date|connection|keep-alive|transfer-encoding|content-length)$/i.test(headers[index]!))
      kept.push(`${headers[index]}: ${headers[index + 1]}`)
  return { status, headers: kept, body }
}

/** What the primary answers where no pilot stands before it: the same each time. */
let direct: ReturnType<typeof seen>[] | null = null

/**
 * As many requests through a pilot with such a shadow and control: what was observed of them, counted.
 *
 * @param started called when the pilot has started
 */
async function harmless(shadow: string, started = () => {}): Promise<Record<string, number>> {
  const stack = await serve(primary)
  direct ??= (await load(stack)).map(seen)
  const bounds = { timeoutMs: 300, concurrency: 16, queue: 64 }
  const pilot = pilotWith(shadow, {
    primary: { ...beside('shadow', stack), name: 'primary' },
    shadow: { ...beside('shadow', shadow), ...bounds },
    control: { ...beside('control', shadow), ...bounds, percent: 10 },
    bodyLimit: 65_536,
  })
  const { mirror, settled } = mirrorOf(pilot)
  const log = { info: () => {}, warn: () => {} }
  const proxy = await startProxy({ pilot, mirror, mirroring: { on: true }, log })
  onTestFinished(() => proxy.close({ drainMs: 0 }))

  started()
  const through = await load(proxy.address)
  expect(through.map(seen)).toEqual(direct)
  const observations = await settled()
  const { begun, observed, keptBytes } = mirror.stats()
  expect([begun, observed, observations.length, keptBytes]).toEqual([REQUESTS, REQUESTS, REQUESTS, 0])
  expect(rejections).toEqual([])
  const counted: Record<string, number> = {}
  for (const cause of causes(observations)) counted[cause] = (counted[cause] ?? 0) + 1
  return counted
}

/** Does this to a connection at each request. */
const atRequests = (act: (socket: Socket) => void) =>
  serveRaw(
    socket => void socket.on('data', piece => (/^[A-Z]+ \S+ HTTP/.test(String(piece)) ? act(socket) : null)),
  )

test('a shadow that answers, with cookies and headers of its own, is seen by nobody', async () => {
  const shadow = await serve((request, response) => {
    request.resume()
    response.writeHead(418, { 'X-Shadow': 'yes', 'Set-Cookie': ['sid=of-shadow', 'shadow=1'] })
    response.end('shadow')
  })
  const counted = await harmless(shadow)
  expect(counted.compared).toBeGreaterThan(0)
})

test('a shadow that is dead harms nobody', async () => {
  const counted = await harmless(await nobody())
  expect(counted.compared).toBe(undefined)
  expect(counted['breaker open']).toBeGreaterThan(0)
})

for (const [what, act] of [
  ['hangs', 'resume'],
  ['does not read', 'pause'],
] as const)
  test(`a shadow that ${what} harms nobody`, async () => {
    // The pilot looks at its stacks when it starts, and would wait for this one.
    let hangs = false
    const shadow = await serveRaw(socket => {
      if (hangs) socket[act]()
      else socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'))
    })
    const counted = await harmless(shadow, () => {
      hangs = true
    })
    expect(counted.compared).toBe(undefined)
    expect(counted.timeout).toBeGreaterThan(0)
  })

test('a shadow that answers garbage harms nobody', async () => {
  const counted = await harmless(await atRequests(socket => socket.write('\0\x01garbage\r\n\r\n'.repeat(50))))
  expect(counted.compared).toBe(undefined)
  expect(counted['invalid answer']).toBeGreaterThan(0)
})

test('a shadow that answers 100 MB harms nobody', async () => {
  const counted = await harmless(
    await serve((request, response) => {
      request.resume()
      megabytes(100).pipe(response)
    }),
  )
  expect(counted.compared).toBe(undefined)
  expect(counted['answer too large']).toBeGreaterThan(0)
})

test('a shadow that resets within its answer harms nobody', async () => {
  const half = 'HTTP/1.1 200 OK\r\nSet-Cookie: shadow=1\r\nContent-Length: 1000\r\n\r\nhalf'
  const counted = await harmless(
    await atRequests(socket => socket.write(half, () => setTimeout(() => socket.resetAndDestroy(), 1))),
  )
  expect(counted.compared).toBe(undefined)
  expect(counted.reset).toBeGreaterThan(0)
})

test('clients that leave at any moment are accounted for, and the others get their answers', async () => {
  const leave = new Map<string, () => void>()
  const stack = await serve((request, response) => {
    // Those who leave do so when their request has arrived, or within their answer, or once they have it all.
    const number = Number(/^\/echo\?n=(\d+)/.exec(request.url!)?.[1] ?? 2)
    if (number % 3 === 0) leave.get(request.url!)!()
    else if (number % 3 === 1) response.write('prim')
    else response.end('primary')
    request.resume()
  })
  const pilot = pilotWith(
    await serve((request, response) => void request.resume().on('end', () => response.end())),
    {
      primary: { ...beside('shadow', stack), name: 'primary' },
    },
  )
  const { mirror, settled } = mirrorOf(pilot)
  const log = { info: () => {}, warn: () => {} }
  const proxy = await startProxy({ pilot, mirror, mirroring: { on: true }, log })
  onTestFinished(() => proxy.close({ drainMs: 0 }))

  const leaving = (number: number) =>
    new Promise<void>(resolve => {
      const path = `/echo?n=${number}`
      const request = ask(`${proxy.address}${path}`, { method: 'POST', agent: false })
      leave.set(path, () => request.destroy())
      request.on('error', () => {})
      request.on('response', response => {
        response.on('error', () => {}).resume()
        if (number % 3 === 1) request.destroy()
      })
      request.on('close', resolve)
      request.write('half')
      if (number % 2 === 0 || number % 3 === 2) request.end('rest')
    })
  const staying = Array.from({ length: 100 }, (_, number) =>
    fetched(proxy.address, `/students/${number}`, null),
  )
  await Promise.all(Array.from({ length: 99 }, (_, number) => leaving(number)))
  expect((await Promise.all(staying)).map(({ body }) => body)).toEqual(Array(100).fill('primary'))
  const observations = await settled()
  expect([mirror.stats().begun, observations.length]).toEqual([199, 199])
  expect(causes(observations).filter(cause => cause === 'client aborted').length).toBe(66)
  expect(causes(observations).filter(cause => cause === 'compared').length).toBe(133)
  expect(rejections).toEqual([])
})
