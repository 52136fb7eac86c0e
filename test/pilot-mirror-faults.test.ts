import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Tap } from '../src/proxy/tap.ts'
import {
  answer,
  answered,
  beside,
  causes,
  mirrorOf,
  nobody,
  pilotWith,
  serve,
  serveRaw,
} from './pilot-beside.ts'

const accounted = (stats: object) => expect(stats).toMatchObject({ keptBytes: 0, shadow: { waiting: 0 } })

test('a shadow that nobody listens for is unreachable', async () => {
  const { begin, settled, mirror } = mirrorOf(pilotWith(await nobody()))
  answered(begin())
  expect(causes(await settled())).toEqual(['unreachable'])
  accounted(mirror.stats())
})

test('a shadow whose name does not resolve, or whose TLS is none, is unreachable', async () => {
  const plain = await serve((_, response) => void response.end())
  for (const origin of ['http://paritygate.invalid', plain.replace('http', 'https')]) {
    const { begin, settled } = mirrorOf(pilotWith(origin))
    answered(begin())
    expect(causes(await settled())).toEqual(['unreachable'])
  }
})

const GARBAGE: Record<string, string> = {
  'no HTTP': 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 2\r\n\r\nab',
  'a bad chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nab\r\n',
  'a head without end': `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}`,
  'another protocol': 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nab',
}

for (const [what, bytes] of Object.entries(GARBAGE))
  test(`an answer that is garbage (${what}) is an invalid answer`, async () => {
    const shadow = await serveRaw(socket => void socket.once('data', () => socket.write(bytes)))
    const { begin, settled, mirror } = mirrorOf(pilotWith(shadow))
    answered(begin())
    expect(causes(await settled())).toEqual(['invalid answer'])
    accounted(mirror.stats())
  })

test('a shadow that closes before or within its answer has reset', async () => {
  const halves = [
    '',
    'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab',
    'HTTP/1.1 200 OK\r\nContent-',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab',
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nab',
    'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n',
  ]
  for (const half of halves)
    for (const end of ['end', 'resetAndDestroy'] as const) {
      const shadow = await serveRaw(
        socket =>
          void socket.once('data', () =>
            half === '' ? socket[end]() : socket.write(half, () => socket[end]()),
          ),
      )
      const { begin, settled, mirror } = mirrorOf(pilotWith(shadow))
      answered(begin())
      expect(causes(await settled())).toEqual(['reset'])
      accounted(mirror.stats())
    }
})

test('a shadow that ends or resets while it is far ahead of the primary has no more effect than any other', async () => {
  for (const head of ['Connection: close', 'Transfer-Encoding: chunked', 'Content-Length: 900000'])
    for (const end of ['end', 'resetAndDestroy'] as const) {
      const shadow = await serveRaw(
        socket =>
          void socket.once('data', () => {
            const bytes = 'x'.repeat(200_000)
            const framed = head.includes('chunked') ? `${bytes.length.toString(16)}\r\n${bytes}\r\n` : bytes
            socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${framed}`)
            setTimeout(() => socket[end](), 30)
          }),
      )
      const { begin, settled, mirror } = mirrorOf(pilotWith(shadow, { bodyLimit: 1000 }))
      const tap = begin()
      tap.requestEnd()
      tap.answerHead(200, [])
      await new Promise(resolve => setTimeout(resolve, 60))
      tap.answerData(Buffer.alloc(300_000))
      tap.answerEnd()
      // Without a length, the end of the connection is the end of the answer; undici takes a reset for one, too.
      const whole = head === 'Connection: close'
      expect(causes(await settled())).toEqual([whole ? 'compared' : 'reset'])
      accounted(mirror.stats())
    }
})

test('a shadow that hangs before, within or by trickling its answer is out of time, and its connection is closed', async () => {
  const starts = ['', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab', 'HTTP/1.1 103 Early Hints\r\n\r\n']
  for (const start of starts) {
    let closed = 0
    const shadow = await serveRaw(socket => {
      if (start !== '') socket.write(start)
      const trickle = setInterval(() => socket.write(start.startsWith('HTTP/1.1 103') ? start : ''), 10)
      socket.resume()
      socket.on('close', () => {
        clearInterval(trickle)
        closed += 1
      })
    })
    const pilot = pilotWith(shadow)
    const { begin, settled, mirror } = mirrorOf({ ...pilot, shadow: { ...pilot.shadow, timeoutMs: 100 } })
    answered(begin())
    expect(causes(await settled())).toEqual(['timeout'])
    while (closed === 0 || mirror.stats().shadow.running > 0)
      await new Promise(resolve => setTimeout(resolve, 5))
    accounted(mirror.stats())
  }
})

test('a shadow that never gets as far as a connection is out of time, and its place is given back', async () => {
  const silent = await serveRaw(socket => void socket.resume())
  const pilot = pilotWith(silent.replace('http', 'https'))
  const { begin, settled, mirror } = mirrorOf({
    ...pilot,
    shadow: { ...pilot.shadow, timeoutMs: 100, concurrency: 2 },
  })
  for (let count = 0; count < 2; count++) answered(begin())
  expect(causes(await settled())).toEqual(['timeout', 'timeout'])
  while (mirror.stats().shadow.running > 0) await new Promise(resolve => setTimeout(resolve, 5))
})

test('a shadow that does not read what it is sent is out of time, and what was kept is given back', async () => {
  const shadow = await serveRaw(socket => void socket.pause())
  const pilot = pilotWith(shadow, { bodyLimit: 20 * 2 ** 20 })
  const { begin, settled, mirror } = mirrorOf({ ...pilot, shadow: { ...pilot.shadow, timeoutMs: 200 } })
  const tap = begin({ method: 'POST', target: '/echo' })
  for (let megabyte = 0; megabyte < 16; megabyte++) tap.requestData(Buffer.alloc(2 ** 20))
  tap.requestEnd()
  answer(tap)
  expect(causes(await settled())).toEqual(['timeout'])
  while (mirror.stats().shadow.running > 0) await new Promise(resolve => setTimeout(resolve, 5))
  accounted(mirror.stats())
})

test('beyond so many at a time and so many waiting, requests are not asked of the shadow', async () => {
  let running = 0
  let most = 0
  const shadow = await serve((_, response) => {
    most = Math.max(most, ++running)
    setTimeout(() => {
      running -= 1
      response.end()
    }, 20)
  })
  const pilot = pilotWith(shadow)
  const { begin, settled } = mirrorOf({ ...pilot, shadow: { ...pilot.shadow, concurrency: 3, queue: 5 } })
  for (let count = 0; count < 20; count++) answered(begin())
  const found = causes(await settled())
  expect([
    found.filter(cause => cause === 'compared').length,
    found.filter(cause => cause === 'queue full').length,
  ]).toEqual([8, 12])
  expect(most).toBe(3)
})

test('a shadow that fails again and again is left alone, and what waits for it ends at once', async () => {
  const pilot = pilotWith(await nobody())
  const { begin, settled, mirror, messages } = mirrorOf({
    ...pilot,
    shadow: { ...pilot.shadow, concurrency: 1, queue: 100_000 },
  })
  for (let count = 0; count < 20_000; count++) answered(begin())
  const found = causes(await settled())
  expect(found.filter(cause => cause === 'unreachable').length).toBe(20)
  expect(found.filter(cause => cause === 'breaker open').length).toBe(19_980)
  expect(mirror.stats().shadow).toEqual({ running: 0, waiting: 0, breaker: 'open' })
  expect(messages.length).toBe(1)
})

test('answers of every status, 500 included, keep the breaker closed', async () => {
  const shadow = await serve((_, response) => void response.writeHead(500).end())
  const { begin, settled, mirror } = mirrorOf(pilotWith(shadow))
  for (let count = 0; count < 50; count++) answered(begin())
  expect(new Set(causes(await settled()))).toEqual(new Set(['compared']))
  expect(mirror.stats().shadow.breaker).toBe('closed')
})

test('a request larger than the limit is not kept and not asked of the shadow', async () => {
  let asked = 0
  const shadow = await serve((_, response) => {
    asked += 1
    response.end()
  })
  const { begin, settled, mirror } = mirrorOf(pilotWith(shadow, { bodyLimit: 10 }))
  const tap = begin({ method: 'PUT', target: '/echo' })
  tap.requestData(Buffer.alloc(6))
  tap.requestData(Buffer.alloc(5))
  tap.requestData(Buffer.alloc(100))
  tap.requestEnd()
  answer(tap)
  expect(causes(await settled())).toEqual(['request too large'])
  expect(asked).toBe(0)
  accounted(mirror.stats())
})

test('bodies of all exchanges together are kept up to a bound, whichever side they are on', async () => {
  const shadow = await serve(
    (request, response) => void response.end(request.url === '/large' ? 'x'.repeat(600) : ''),
  )
  const { begin, settled, mirror } = mirrorOf(pilotWith(shadow), { mostKeptBytes: 1000 })
  const holder = begin({ method: 'POST', target: '/echo' })
  holder.requestData(Buffer.alloc(500))
  const request = begin({ method: 'POST', target: '/echo' })
  request.requestData(Buffer.alloc(501))
  const primary = begin()
  primary.requestEnd()
  primary.answerHead(200, [])
  primary.answerData(Buffer.alloc(501))
  holder.requestEnd()
  const other = begin({ target: '/large' })
  answered(other, { body: [] })
  while (mirror.stats().observed < 3) await new Promise(resolve => setTimeout(resolve, 5))
  answer(holder, { body: [] })
  expect(causes(await settled())).toEqual(['memory full', 'memory full', 'memory full', 'compared'])
  accounted(mirror.stats())
})

test('the end of the primary’s exchange ends the shadow’s, and its connection', async () => {
  let closed = 0
  const shadow = await serveRaw(socket => {
    socket.resume()
    socket.on('close', () => {
      closed += 1
    })
  })
  const { begin, settled, mirror } = mirrorOf(pilotWith(shadow))
  for (const cause of ['client aborted', 'primary failed'] as const) {
    const tap = begin()
    tap.requestEnd()
    while (mirror.stats().shadow.running === 0) await new Promise(resolve => setTimeout(resolve, 5))
    await new Promise(resolve => setTimeout(resolve, 30))
    tap.fail(cause)
    tap.fail(cause)
    await settled()
    while (mirror.stats().shadow.running > 0) await new Promise(resolve => setTimeout(resolve, 5))
  }
  while (closed < 2) await new Promise(resolve => setTimeout(resolve, 5))
  expect(mirror.stats().shadow.breaker).toBe('closed')
})

test('a primary that answers before the request has been read, of which then nothing comes, leaves nothing open', async () => {
  const pilot = pilotWith(await nobody())
  const { begin, settled } = mirrorOf({ ...pilot, shadow: { ...pilot.shadow, timeoutMs: 50 } })
  const tap = begin({ method: 'POST', target: '/echo' })
  tap.requestData(Buffer.from('half'))
  answer(tap, { status: 413 })
  expect(causes(await settled())).toEqual(['client aborted'])
})

test('an observer that throws, or a method no connection takes, harms nothing', async () => {
  const shadow = await serve((_, response) => void response.end())
  const pilot = pilotWith(shadow, { routes: [{ name: '* /echo', method: '*', path: '/echo', mirror: true }] })
  const { begin, mirror, messages } = mirrorOf(pilot, {
    observe: () => {
      throw new Error('full')
    },
  })
  for (let count = 0; count < 30; count++) answered(begin({ method: 'NO METHOD', target: '/echo' }))
  while (mirror.stats().observed < 30) await new Promise(resolve => setTimeout(resolve, 5))
  expect(messages.filter(message => message.includes('full')).length).toBe(30)
  expect(mirror.stats().shadow).toEqual({ running: 0, waiting: 0, breaker: 'closed' })
})

/** What a shadow can do, by the path it is asked for. */
const ACCIDENTS: Record<string, string | null> = {
  '/fine': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
  '/cookies': 'HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n',
  '/large': `HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${'x'.repeat(5000)}`,
  '/stream': 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n',
  '/garbage': 'garbage\r\n\r\n',
  '/short': 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab',
  '/upgrade': GARBAGE['another protocol']!,
  '/nothing': '',
  '/hang': null,
}

const step = fc.constantFrom<(tap: Tap) => void>(
  tap => tap.requestData(Buffer.alloc(700)),
  tap => tap.requestEnd(),
  tap => tap.answerHead(200, ['Content-Type', 'text/event-stream']),
  tap => tap.answerHead(200, []),
  tap => tap.answerData(Buffer.alloc(900)),
  tap => tap.answerEnd(),
  tap => tap.fail('client aborted'),
  tap => tap.fail('primary failed'),
)

const oneRequest = fc.record({
  target: fc.constantFrom(...Object.keys(ACCIDENTS), 'bad target', '/ä', '*'),
  whole: fc.boolean(),
  steps: fc.array(step, { maxLength: 8 }),
  pause: fc.boolean(),
})

test('whatever primary, client, shadow and control do, each mirrored request is observed exactly once', async () => {
  const stack = () =>
    serveRaw(socket => {
      socket.on('data', data => {
        const bytes = ACCIDENTS[/^\S+ (\S+)/.exec(String(data))?.[1] ?? '/fine']
        if (bytes === undefined) socket.resetAndDestroy()
        else if (bytes !== null) {
          socket.write(bytes)
          if (!bytes.includes('HTTP/1.1 200 OK') || bytes.includes(': 9')) socket.end()
        }
      })
    })
  const [shadow, control] = [await stack(), await stack()]
  const bounds = { timeoutMs: 40, concurrency: 3, queue: 2 }
  await fc.assert(
    fc.asyncProperty(
      fc.array(oneRequest, { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (requests, stop) => {
        const pilot = pilotWith(shadow, {
          bodyLimit: 1000,
          routes: [{ name: '* /:any', method: '*', path: '/:any', mirror: true }],
          control: { ...beside('control', control), ...bounds, percent: 60 },
        })
        const { begin, settled, mirror, observations } = mirrorOf(
          { ...pilot, shadow: { ...pilot.shadow, ...bounds } },
          { mostKeptBytes: 6000 },
        )
        const open: Tap[] = []
        for (const { target, whole, steps, pause } of requests) {
          const tap = begin({ method: whole ? 'GET' : 'POST', target })
          if (tap === null) continue
          open.push(tap)
          if (whole) answered(tap)
          else for (const act of steps) act(tap)
          if (pause) await new Promise(resolve => setTimeout(resolve, 2))
        }
        if (stop) await mirror.close({ drainMs: 0 })
        // The data path always ends what it has begun.
        for (const tap of open) tap.fail('client aborted')
        await settled()
        await mirror.close({ drainMs: 0 })
        const { begun, observed, keptBytes } = mirror.stats()
        expect([observed, observations.length, keptBytes]).toEqual([begun, begun, 0])
      },
    ),
    { numRuns: 60 },
  )
})

test('no bytes a shadow can send, however they are cut and wherever they end, get out of the mirror', async () => {
  const fragment = fc.constantFrom(
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.0 200 OK\r\n',
    'HTTP/1.1 204 No Content\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 206 Partial Content\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: -1\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: close\r\n',
    'Connection: upgrade\r\nUpgrade: h2c\r\n',
    'Content-Type: text/event-stream\r\n',
    'Set-Cookie: =; ;\r\n',
    'Trailer: X\r\n',
    '\r\n',
    '5\r\nabcde\r\n',
    '0\r\n\r\n',
    'abcde',
    '\0',
    'x'.repeat(3000),
  )
  const answers = fc.record({
    pieces: fc.array(fc.array(fragment, { maxLength: 5 }), { minLength: 1, maxLength: 4 }),
    end: fc.constantFrom('end', 'resetAndDestroy', null),
  })
  let next: { pieces: string[][]; end: 'end' | 'resetAndDestroy' | null } = { pieces: [], end: null }
  const shadow = await serveRaw(socket => {
    socket.setNoDelay(true)
    socket.once('data', async () => {
      const { pieces, end } = next
      for (const piece of pieces) {
        socket.write(piece.join(''))
        await new Promise(resolve => setTimeout(resolve, 1))
      }
      if (end !== null) socket[end]()
    })
  })
  const pilot = pilotWith(shadow, { bodyLimit: 1000 })
  await fc.assert(
    fc.asyncProperty(answers, async answer => {
      next = answer
      const { begin, settled, mirror } = mirrorOf({ ...pilot, shadow: { ...pilot.shadow, timeoutMs: 30 } })
      answered(begin({ method: answer.pieces.length === 1 ? 'HEAD' : 'GET' }))
      const found = causes(await settled())
      expect(['compared', 'reset', 'invalid answer', 'timeout', 'answer too large']).toContain(found[0])
      await mirror.close({ drainMs: 0 })
      expect(mirror.stats()).toMatchObject({ begun: 1, observed: 1, keptBytes: 0 })
    }),
    { numRuns: 150 },
  )
})
