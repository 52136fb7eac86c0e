import { describe, expect, test } from 'vitest'
import {
  bodyOf,
  eventually,
  exchange,
  headerNames,
  pilotAt,
  pilotBefore,
  startPilot,
  Wire,
  wireServer,
} from './pilot-wire.ts'
import { legAt } from './plain-pilot.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A pilot before a primary that says ok to everything, and what that primary got, byte by byte. */
async function pilotBeforeWire() {
  const wire = await wireServer(socket => void socket.write(OK))
  const pilot = await startPilot(pilotAt(legAt(wire.origin)))
  return { ...pilot, received: wire.received }
}

/** The messages a server would read out of these bytes: heads, and content by their framing. */
function messagesIn(text: string): { head: string; body: string }[] {
  const messages: { head: string; body: string }[] = []
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n') + 4
    const head = rest.slice(0, end)
    rest = rest.slice(end)
    const length = /^content-length: (\d+)\r$/im.exec(head)?.[1]
    let body = ''
    if (/^transfer-encoding: chunked\r$/im.test(head)) {
      expect(length).toBeUndefined()
      const last = rest.indexOf('0\r\n\r\n') + 5
      body = bodyOf(head + rest.slice(0, last))
      rest = rest.slice(last)
    } else {
      body = rest.slice(0, Number(length ?? 0))
      rest = rest.slice(Number(length ?? 0))
    }
    messages.push({ head, body })
  }
  return messages
}

describe('content of a request', () => {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT']

  test.each(methods)('of known length reaches the primary with %s as one message', async method => {
    const { port, received } = await pilotBeforeWire()
    const answer = await exchange(
      port,
      `${method} /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello`,
    )
    expect(bodyOf(answer)).toBe('ok')
    const [message, ...others] = messagesIn(received())
    expect(others).toEqual([])
    expect(message!.head).toMatch(new RegExp(`^${method} /x HTTP/1.1\r\n`))
    expect(message!.head).toMatch(/^content-length: 5\r$/im)
    expect(message!.body).toBe('hello')
  })

  test.each(methods)('in chunks reaches the primary with %s as one message', async method => {
    const { port, received } = await pilotBeforeWire()
    const wire = new Wire(port).send(
      `${method} /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nhel\r\n`,
    )
    await eventually(() => received().includes('hel'))
    expect(bodyOf(await wire.send('2\r\nlo\r\n0\r\n\r\n').end())).toBe('ok')
    await eventually(() => received().endsWith('0\r\n\r\n'))
    const [message, ...others] = messagesIn(received())
    expect(others).toEqual([])
    expect(message!.head).toMatch(/^transfer-encoding: chunked\r$/im)
    expect(message!.head).not.toMatch(/^content-length/im)
    expect(message!.body).toBe('hello')
  })

  test('that looks like a request stays content, with DELETE in chunks too', async () => {
    const { port, received } = await pilotBeforeWire()
    const smuggled = 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n'
    const chunk = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`
    const answer = await exchange(
      port,
      `DELETE /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk}`,
    )
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(1)
    const [message, ...others] = messagesIn(received())
    expect(others).toEqual([])
    expect(message!.body).toBe(smuggled)
  })

  test('of no length is said to have none, and nothing waits for it', async () => {
    const { port, received } = await pilotBeforeWire()
    await exchange(port, 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    expect(received()).toMatch(/^content-length: 0\r$/im)
  })

  test('in no chunks at all is an empty message', async () => {
    const { port, received } = await pilotBeforeWire()
    const head = 'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n'
    expect(bodyOf(await exchange(port, `${head}0\r\n\r\n`))).toBe('ok')
    expect(messagesIn(received())).toHaveLength(1)
  })

  test('is asked for with 100 Continue by the pilot, and the primary is not expected to', async () => {
    const { port, received } = await pilotBeforeWire()
    const wire = new Wire(port).send(
      'PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n',
    )
    await wire.until('HTTP/1.1 100 Continue\r\n\r\n')
    expect(await wire.send('hello').end()).toMatch(/ok$/)
    expect(received()).not.toMatch(/^expect:/im)
    expect(messagesIn(received())[0]!.body).toBe('hello')
  })

  test('with an expectation nobody knows is refused', async () => {
    const { port } = await pilotBeforeWire()
    const answer = await exchange(
      port,
      'GET / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nConnection: close\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 417 /)
  })
})

describe('the target of a request', () => {
  test.each([
    ['a double slash', '//a//b'],
    ['a dot segment', '/a/./b/../c'],
    ['an encoded slash', '/a%2Fb%2f'],
    ['a lone percent sign', '/50%-off'],
    ['a query with everything in it', '/a?b=c&d[]=%zz&&?/#x'],
    ['a query without a path of its own', '/?'],
    ['8 KB', `/${'x'.repeat(8192)}`],
    ['a backslash and braces', '/a\\b{c}|d^e`f"<>'],
  ])('reaches the primary byte for byte with %s', async (_, target) => {
    const { port, received } = await pilotBeforeWire()
    const answer = await exchange(port, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(received().split('\r\n')[0]).toBe(`GET ${target} HTTP/1.1`)
  })

  test.each([
    ['an absolute one', 'GET http://evil.example/ HTTP/1.1'],
    ['an authority', 'CONNECT evil.example:443 HTTP/1.1'],
    ['bytes that are no URL, which Node refuses too', 'GET /caf\xe9 HTTP/1.1'],
    ['an asterisk for GET', 'GET * HTTP/1.1'],
    ['an asterisk for OPTIONS, which undici cannot send', 'OPTIONS * HTTP/1.1'],
  ])('is refused with 400 as %s', async (_, line) => {
    const { port, received } = await pilotBeforeWire()
    const answer = await exchange(port, `${line}\r\nHost: a\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(received()).toBe('')
  })
})

describe('a request that could be read in two ways', () => {
  test.each([
    ['both Content-Length and Transfer-Encoding', 'Content-Length: 5\r\nTransfer-Encoding: chunked', 400],
    ['both, in the other order', 'Transfer-Encoding: chunked\r\nContent-Length: 5', 400],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6', 400],
    ['a length that is none', 'Content-Length: +5', 400],
    ['an encoding but chunked', 'Transfer-Encoding: gzip, chunked', 501],
    ['chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', 400],
    ['an encoding that is not chunked last', 'Transfer-Encoding: chunked, identity', 400],
    ['a disguised encoding', 'Transfer-Encoding: xchunked', 501],
    ['a space before the colon', 'Transfer-Encoding : chunked', 400],
    ['a folded header', 'X-A: 1\r\n Transfer-Encoding: chunked', 400],
    ['two hosts', 'Host: b', 400],
  ])('is refused with %s', async (_, lines, status) => {
    const { port, received } = await pilotBeforeWire()
    const answer = await exchange(port, `POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n0\r\n\r\n`)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(received()).toBe('')
  })

  test('is refused with chunks in HTTP/1.0', async () => {
    const { port, received } = await pilotBeforeWire()
    const answer = await exchange(
      port,
      'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(received()).toBe('')
  })

  test('is refused without a host', async () => {
    const { port, received } = await pilotBeforeWire()
    expect(await exchange(port, 'GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    expect(received()).toBe('')
  })

  test('is refused in the middle of its chunks, and the primary’s connection ends with it', async () => {
    const { port, received } = await pilotBeforeWire()
    const wire = new Wire(port).send(
      'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n',
    )
    await eventually(() => received().includes('hel'))
    await wire.send('zz\r\n').end()
    expect(received()).not.toContain('0\r\n\r\n')
  })

  test('is refused with 431 where its head is larger than 64 KiB', async () => {
    const { port } = await pilotBeforeWire()
    const answer = await exchange(port, `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'x'.repeat(70_000)}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  })

  test('is not one with a head of 60 KB in three thousand headers, all of which arrive', async () => {
    const { port, received } = await pilotBeforeWire()
    const many = Array.from({ length: 3000 }, (_, index) => `X-${index}: 123456789\r\n`).join('')
    const answer = await exchange(port, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${many}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(received().match(/^X-\d+: 123456789\r$/gm)).toHaveLength(3000)
  })
})

describe('headers of a request', () => {
  test.each([
    ['a line feed', 'X-A: 1\nX-B: 2\r\r\n'],
    ['a carriage return', 'X-A: 1\rX-B: 2\r\n'],
    ['a null', 'X-A: 1\0\r\n'],
  ])('cannot be used to inject another with %s', async (_, line) => {
    const { port, received } = await pilotBeforeWire()
    const answer = await exchange(port, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${line}\r\n`)
    if (answer.startsWith('HTTP/1.1 200')) expect(received()).toMatch(/^X-A: 1\r\nX-B: 2\r\n/m)
    else expect(received()).toBe('')
  })

  test('named by Connection stay behind', async () => {
    const { port, received } = await pilotBeforeWire()
    await exchange(
      port,
      'GET / HTTP/1.1\r\nHost: a\r\nX-Mine: 1\r\nConnection: close, X-Mine\r\nX-End: 2\r\n\r\n',
    )
    expect(headerNames(received())).not.toContain('x-mine')
    expect(headerNames(received())).toContain('x-end')
  })

  test('that claim to come from elsewhere are replaced', async () => {
    const { port, received } = await pilotBeforeWire()
    await exchange(
      port,
      'GET / HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n',
    )
    expect(received().match(/^x-forwarded-.*$/gim)).toEqual([
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Host: shop',
    ])
  })

  test('keep bytes above ASCII as they are', async () => {
    const { port, received } = await pilotBeforeWire()
    await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nX-A: \xe9\xff\r\nConnection: close\r\n\r\n')
    expect(received()).toMatch(/^X-A: \xe9\xff\r$/m)
  })

  test('of a leg that could not be sent keep the pilot from starting', async () => {
    const leg = legAt('http://127.0.0.1:9', { headers: { 'x-a': 'a\r\nx-b: c' } })
    await expect(startPilot(pilotAt(leg))).rejects.toMatchObject({ code: 'plan.invalid' })
  })
})

test('a client of HTTP/1.0 gets its answer without chunks, and the end of the connection', async () => {
  const { port } = await pilotBefore((_, response) => {
    response.write('one ')
    response.end('two')
  })
  const answer = await exchange(port, 'GET / HTTP/1.0\r\n\r\n')
  expect(headerNames(answer)).not.toContain('transfer-encoding')
  expect(answer).toMatch(/one two$/)
})

test('a client of HTTP/1.0 that wants to keep its connection does', async () => {
  const { port } = await pilotBefore((_, response) => void response.end('ok'))
  const wire = new Wire(port).send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
  await wire.until(/ok$/)
  await wire.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n').until(/ok[\s\S]*ok$/)
})

test('requests sent ahead on one connection are answered in their order', async () => {
  const { port } = await pilotBefore((request, response) => {
    setTimeout(() => response.end(request.url), request.url === '/1' ? 50 : 0)
  })
  const wire = new Wire(port)
  wire.send(['/1', '/2', '/3'].map(path => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
  await wire.until(/\/1[\s\S]*\/2[\s\S]*\/3$/)
})
