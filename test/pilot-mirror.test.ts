import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import xxhash from 'xxhash-wasm'
import type { Observation } from '../src/proxy/exchange.ts'
import { answer, answered, beside, causes, megabytes, mirrorOf, pilotWith, serve } from './pilot-beside.ts'

const { h64ToString } = await xxhash()

const read = async (request: IncomingMessage) => {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

const exchangeIn = (observation: Observation | undefined) => {
  if (observation?.kind !== 'exchange') throw new Error(`no exchange: ${JSON.stringify(observation)}`)
  return observation
}

const text = (observation: Observation | undefined, leg: 'primary' | 'shadow' | 'control') => {
  const body = exchangeIn(observation)[leg]!.body
  return body.kind === 'digest' ? `${body.length} ${body.digest}` : `${body.kind} ${Buffer.from(body.bytes)}`
}

test('a request without a body is asked of the shadow at once, and what both answered is told', async () => {
  const asked: IncomingMessage[] = []
  const shadow = await serve((request, response) => {
    asked.push(request)
    response.writeHead(201, { 'X-From': 'shadow' }).end('{"n":1}')
  })
  const { begin, settled } = mirrorOf(pilotWith(shadow))
  answered(begin({ headers: ['Host', 'school.example', 'If-None-Match', '"1"', 'X-Own', 'a'] }), {
    headers: ['X-From', 'primary'],
    body: ['{"n"', ':2}'],
  })
  const [observation] = await settled()
  const { request, primary, shadow: other, control } = exchangeIn(observation)
  expect(request).toMatchObject({
    method: 'GET',
    target: '/students?page=1',
    cohort: 'everybody',
    bodyDigest: null,
  })
  expect([primary.status, primary.headers, text(observation, 'primary')]).toEqual([
    200,
    ['X-From', 'primary'],
    'whole {"n":2}',
  ])
  expect([other.status, text(observation, 'shadow'), control]).toEqual([201, 'whole {"n":1}', null])
  expect(other.headers.slice(0, 2)).toEqual(['X-From', 'shadow'])
  expect(other.totalMs).toBeGreaterThanOrEqual(other.firstMs)
  expect(other.firstMs).toBeGreaterThan(0)
  expect(asked.map(({ url, headers }) => [url, headers['x-own'], headers['if-none-match']])).toEqual([
    ['/students?page=1', 'a', undefined],
  ])
})

test('what is observed shares no memory with what the primary is still sending to its client', async () => {
  const shadow = await serve((_, response) => void response.end('{}'))
  const { begin, settled } = mirrorOf(pilotWith(shadow))
  const sent = Buffer.from('{"a":1}')
  answered(begin(), { body: [sent] })
  const { body } = exchangeIn((await settled())[0]).primary
  if (body.kind !== 'whole') throw new Error(body.kind)
  expect(body.bytes.buffer).not.toBe(sent.buffer)
  expect(body.bytes.byteLength).toBe(body.bytes.buffer.byteLength)
})

test('a request with a body is asked of the shadow once it has been read whole, on every method', async () => {
  const got: string[] = []
  const shadow = await serve(async (request, response) => {
    got.push(`${request.method} ${await read(request)}`)
    response.end()
  })
  const { begin, settled, observations } = mirrorOf(pilotWith(shadow))
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const tap = begin({
      method,
      target: '/echo',
      headers: ['Host', 'h', 'Transfer-Encoding', 'chunked'],
    })
    tap.requestData(Buffer.from('one '))
    tap.requestData(Buffer.from('two'))
    await new Promise(resolve => setTimeout(resolve, 5))
    expect(got.some(line => line.startsWith(method))).toBe(false)
    tap.requestEnd()
    answer(tap)
    await settled()
  }
  expect(got).toEqual(['POST one two', 'PUT one two', 'PATCH one two', 'DELETE one two'])
  expect(observations.map(({ request }) => request.bodyDigest)).toEqual(Array(4).fill(h64ToString('one two')))
})

test('bodies of exactly the limit are kept, larger ones known by length and digest alone, on both sides alike', async () => {
  const body = Buffer.alloc(5000, 'paritygate')
  const shadow = await serve((_, response) => {
    response.write(body.subarray(0, 1500))
    response.write(body.subarray(1500, 1501))
    response.end(body.subarray(1501))
  })
  for (const bodyLimit of [5000, 4999, 1]) {
    const { begin, settled, mirror } = mirrorOf(pilotWith(shadow, { bodyLimit }))
    answered(begin(), { body: [body.subarray(0, 4999), body.subarray(4999)] })
    const [observation] = await settled()
    const expected = bodyLimit === 5000 ? `whole ${body}` : `5000 ${h64ToString(body.toString())}`
    expect([text(observation, 'primary'), text(observation, 'shadow')]).toEqual([expected, expected])
    expect(mirror.stats().keptBytes).toBe(0)
  }
})

test('a shadow that answers far more than the primary is not read to its end', async () => {
  let written = 0
  const shadow = await serve((_, response) => {
    response.on('close', () => {
      written = response.socket?.bytesWritten ?? 1
    })
    megabytes(100).pipe(response)
  })
  const { begin, settled, mirror } = mirrorOf(pilotWith(shadow, { bodyLimit: 65_536 }))
  answered(begin())
  expect(causes(await settled())).toEqual(['answer too large'])
  while (mirror.stats().shadow.running > 0 || written === 0)
    await new Promise(resolve => setTimeout(resolve, 5))
  // What the kernel buffers comes on top of what we have read.
  expect(written).toBeLessThan(50 * 2 ** 20)
})

test('a shadow without end is given up also while the primary has not answered yet', async () => {
  const shadow = await serve((_, response) => void megabytes(Number.POSITIVE_INFINITY).pipe(response))
  const { begin, settled, mirror } = mirrorOf(pilotWith(shadow))
  const tap = begin()
  tap.requestEnd()
  expect(causes(await settled())).toEqual(['answer too large'])
  answer(tap)
  expect(mirror.stats()).toMatchObject({ begun: 1, observed: 1, keptBytes: 0 })
})

test('bodies of 100 MB on both sides are compared by digest, at constant memory', async () => {
  const shadow = await serve((_, response) => void megabytes(100).pipe(response))
  const { begin, settled, mirror } = mirrorOf(pilotWith(shadow))
  const tap = begin()
  tap.requestEnd()
  tap.answerHead(200, [])
  let most = 0
  for await (const piece of megabytes(100)) {
    tap.answerData(piece)
    most = Math.max(most, mirror.stats().keptBytes)
    await new Promise(resolve => setImmediate(resolve))
  }
  tap.answerEnd()
  const [observation] = await settled()
  expect(text(observation, 'shadow')).toBe(text(observation, 'primary'))
  expect(text(observation, 'shadow')).toMatch(/^104857600 [0-9a-f]{16}$/)
  expect(most).toBeLessThanOrEqual(2 * 2 ** 20)
})

test('of an event stream the beginning is compared, and the stream of the shadow is ended', async () => {
  let closed = 0
  const shadow = await serve((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
    response.write(request.url === '/large' ? 'data: '.padEnd(20_000, 'x') : 'data: 1\n\n')
    response.on('close', () => {
      closed += 1
    })
  })
  const { begin, settled, observations } = mirrorOf(pilotWith(shadow))
  for (const target of ['/large', '/slow']) {
    const tap = begin({ target })
    tap.requestEnd()
    tap.answerHead(200, ['content-type', 'text/event-stream'])
    tap.answerData(target === '/large' ? Buffer.alloc(20_000, 'y') : Buffer.from('data: 1\n\n'))
  }
  await settled()
  const large = observations.find(({ request }) => request.target === '/large')
  const slow = observations.find(({ request }) => request.target === '/slow')
  expect([text(large, 'primary').length, text(large, 'shadow').length]).toEqual([16_391, 16_391])
  expect([text(slow, 'primary'), text(slow, 'shadow')]).toEqual(Array(2).fill('prefix data: 1\n\n'))
  while (closed < 2) await new Promise(resolve => setTimeout(resolve, 5))
})

test('an event stream or a range that ends by itself is whole, so that a shorter one is a difference', async () => {
  const shadow = await serve((_, response) => {
    response.writeHead(206, { 'Content-Range': 'bytes 0-1/9' }).end('ab')
  })
  const { begin, settled } = mirrorOf(pilotWith(shadow))
  answered(begin(), { status: 206, body: ['abc'] })
  const [observation] = await settled()
  expect([text(observation, 'primary'), text(observation, 'shadow')]).toEqual(['whole abc', 'whole ab'])
})

test('the shadow gets back its own cookies instead of those of the client, for the same person only', async () => {
  const cookies: (string | undefined)[] = []
  const shadow = await serve((request, response) => {
    cookies.push(request.headers.cookie)
    response.setHeader('Set-Cookie', ['sid=of-shadow; Path=/; HttpOnly', 'extra=1; Path=/'])
    response.end()
  })
  const pilot = pilotWith(shadow)
  const { begin, settled } = mirrorOf({
    ...pilot,
    shadow: { ...pilot.shadow, cookies: { session: 'sid', secret: null } },
  })
  const headers = ['Host', 'h', 'Cookie', 'session=of-primary; theme=dark; secret=1']
  for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) {
    answered(begin({ headers, address }))
    await settled()
  }
  expect(cookies).toEqual([
    'sid=of-primary; theme=dark',
    'theme=dark; sid=of-shadow; extra=1',
    'sid=of-primary; theme=dark',
  ])
})

test('where the plan keeps no cookies, the shadow is always sent those of the client', async () => {
  const cookies: (string | undefined)[] = []
  const shadow = await serve((request, response) => {
    cookies.push(request.headers.cookie)
    response.setHeader('Set-Cookie', 'sid=of-shadow')
    response.end()
  })
  const pilot = pilotWith(shadow)
  const { begin, settled } = mirrorOf({ ...pilot, shadow: { ...pilot.shadow, keepCookies: false } })
  for (let time = 0; time < 2; time++) {
    answered(begin({ headers: ['Cookie', 'sid=1'] }))
    await settled()
  }
  expect(cookies).toEqual(['sid=1', 'sid=1'])
})

test('the control is asked of a sample, in random order with the shadow', async () => {
  const order: string[] = []
  const stacks = await serve((request, response) => {
    const leg = String(request.headers['x-leg'])
    order.push(leg)
    response.end(leg)
  })
  const named = (name: 'shadow' | 'control') => ({ ...beside(name, stacks), headers: { 'x-leg': name } })
  const pilot = pilotWith(stacks, {
    shadow: named('shadow'),
    control: { ...named('control'), percent: 50 },
  })
  // In turn: whether it is in the sample, and then which is asked first.
  const draws = [0.49, 0.4, 0.5, 0.49, 0.6]
  const { begin, settled, observations } = mirrorOf(pilot, { random: () => draws.shift()! })
  for (let time = 0; time < 3; time++) {
    answered(begin())
    await settled()
  }
  expect(order).toEqual(['shadow', 'control', 'shadow', 'control', 'shadow'])
  expect(observations.map(observation => exchangeIn(observation).control?.status)).toEqual([
    200,
    undefined,
    200,
  ])
  expect(text(observations[0], 'control')).toBe('whole control')
})

test('a control that is gone, hangs or answers too much only leaves its own answer out', async () => {
  const shadow = await serve((_, response) => void response.end('{}'))
  const hanging = await serve(() => {})
  const large = await serve((_, response) => void response.end(Buffer.alloc(1_000_000)))
  for (const origin of ['http://127.0.0.1:1', hanging, large]) {
    const control = { ...beside('control', origin), percent: 100, timeoutMs: 100 }
    const { begin, settled } = mirrorOf(pilotWith(shadow, { control, bodyLimit: 1000 }))
    answered(begin())
    expect(exchangeIn((await settled())[0]).control).toBe(null)
  }
})

test('nothing is mirrored once the switch is off, or the mirror is closed', async () => {
  const shadow = await serve((_, response) => void response.end('{}'))
  const mirroring = { on: true }
  const { begin, mirror, observations } = mirrorOf(pilotWith(shadow), { mirroring })
  const tap = begin()
  mirroring.on = false
  expect(begin()).toBe(null)
  mirroring.on = true
  tap.requestEnd()
  await mirror.close({ drainMs: 0 })
  expect(begin()).toBe(null)
  expect(causes(observations)).toEqual(['stopped'])
  answer(tap)
  expect(mirror.stats()).toMatchObject({ begun: 1, observed: 1, keptBytes: 0 })
})
