import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { freePort } from '../src/demo/free-port.ts'
import {
  bodyOf,
  eventually,
  exchange,
  headerNames,
  httpServer,
  isProbe,
  pilotAt,
  pilotBefore,
  startPilot,
  Wire,
  wireServer,
} from './pilot-wire.ts'
import { legAt } from './plain-pilot.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

// Made for these tests alone, valid for a hundred years:
// openssl req -x509 -newkey rsa:2048 -nodes -days 36500 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1
const tls = {
  certificate: join(import.meta.dirname, 'pilot-tls-certificate.pem'),
  key: join(import.meta.dirname, 'pilot-tls-key.pem'),
}
const certificate = readFileSync(tls.certificate)

describe('a connection of a client', () => {
  test('is kept, and closed when the client says so', async () => {
    const { port } = await pilotBefore((_, response) => void response.end('ok'))
    const wire = new Wire(port).send(GET)
    await wire.until(/ok$/)
    expect(wire.text).toMatch(/^Connection: keep-alive\r$/m)
    await wire.send(LAST).end()
    expect(wire.text).toMatch(/^Connection: close\r$/m)
  })

  test('that is closed in the middle of an answer ends the primary’s exchange', async () => {
    let closed = false
    const { port } = await pilotBefore((_, response) => {
      response.write('some')
      response.on('close', () => {
        closed = true
      })
    })
    const wire = new Wire(port).send(GET)
    await wire.until('some')
    wire.socket.destroy()
    await eventually(() => closed)
  })

  test('that is closed before the answer ends the primary’s exchange', async () => {
    let begun = false
    let closed = false
    const { port } = await pilotBefore((_, response) => {
      begun = true
      response.on('close', () => {
        closed = true
      })
    })
    const wire = new Wire(port).send(GET)
    await eventually(() => begun)
    wire.socket.destroy()
    await eventually(() => closed)
  })

  test('that is closed in the middle of an upload ends the primary’s exchange, and it is no whole request', async () => {
    let got = ''
    let aborted = false
    let whole = false
    const { port } = await pilotBefore(request => {
      request.on('data', piece => {
        got += piece
      })
      request.on('end', () => {
        whole = true
      })
      request.on('error', () => {
        aborted = true
      })
    })
    const wire = new Wire(port).send(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
    )
    await eventually(() => got === 'half')
    wire.socket.destroy()
    await eventually(() => aborted)
    expect(whole).toBe(false)
  })

  test('that is closed ends the exchanges of requests sent ahead, too', async () => {
    const open = new Set<string>()
    const { port } = await pilotBefore((request, response) => {
      open.add(request.url!)
      response.on('close', () => open.delete(request.url!))
      if (request.url !== '/first') response.write('x'.repeat(100_000))
    })
    const wire = new Wire(port)
    wire.send(['/first', '/second', '/third'].map(path => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
    await eventually(() => open.size === 3)
    wire.socket.destroy()
    await eventually(() => open.size === 0)
  })

  test('takes an answer that comes before its request is whole, and the next', async () => {
    const { port } = await pilotBefore((request, response) => {
      if (request.method === 'POST') response.writeHead(413).end('too much')
      else response.end('next')
    })
    const wire = new Wire(port).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\nx')
    await wire.until('too much')
    wire.send('x'.repeat(3_999_999)).send(LAST)
    expect(await wire.end()).toMatch(/next/)
  })
})

describe('a primary', () => {
  test('that dies before its answer is a 502 that names the leg, and no address', async () => {
    const { port } = await pilotBefore(request => void request.socket.destroy())
    const answer = await exchange(port, LAST)
    expect(answer).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/)
    expect(bodyOf(answer)).toMatch(/^paritygate: the primary did not answer \(\w+\)\n$/)
    expect(bodyOf(answer)).not.toContain('127.0.0.1')
  })

  test('that is not there is a 502', async () => {
    const { port } = await startPilot(pilotAt(legAt('http://127.0.0.1:9')))
    expect(await exchange(port, LAST)).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n[\s\S]*\(ECONNREFUSED\)/)
  })

  test('that is not there leaves a client that uploads its connection', async () => {
    const { port } = await startPilot(pilotAt(legAt('http://127.0.0.1:9')))
    const wire = new Wire(port).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\nx')
    await wire.until('ECONNREFUSED')
    wire.send('x'.repeat(1_999_999)).send(LAST)
    expect((await wire.end()).match(/HTTP\/1\.1 502/g)).toHaveLength(2)
  })

  test('that answers no HTTP is a 502', async () => {
    const wire = await wireServer(socket => void socket.end('SSH-2.0-OpenSSH\r\n'))
    const { port } = await startPilot(pilotAt(legAt(wire.origin)))
    expect(await exchange(port, LAST)).toMatch(/^HTTP\/1\.1 502 /)
  })

  test('that dies in the middle of content of known length ends the client’s connection', async () => {
    const wire = await wireServer(
      socket => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
    )
    const { port } = await startPilot(pilotAt(legAt(wire.origin)))
    expect(await exchange(port, GET)).toMatch(/half$/)
  })

  test('that dies in the middle of its chunks ends the client’s connection without a last chunk', async () => {
    const wire = await wireServer(
      socket => void socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'),
    )
    const { port } = await startPilot(pilotAt(legAt(wire.origin)))
    const answer = await exchange(port, GET)
    expect(answer).toContain('half')
    expect(answer).not.toMatch(/0\r\n\r\n$/)
  })

  test('is asked over connections that are used again', async () => {
    const ports = new Set<number>()
    const { port } = await pilotBefore((request, response) => {
      ports.add(request.socket.remotePort!)
      response.end('ok')
    })
    for (let turn = 0; turn < 20; turn++) await exchange(port, LAST)
    expect(ports.size).toBeLessThan(3)
  })

  test('is asked for its name, and must have the certificate of the authority the plan trusts', async () => {
    const server = https.createServer(
      { key: readFileSync(tls.key), cert: certificate },
      (request, response) => {
        response.end(
          `${request.headers.host} ${(request.socket as import('node:tls').TLSSocket & { servername: string }).servername}`,
        )
      },
    )
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`
    const trusting = await startPilot(pilotAt(legAt(origin, { ca: tls.certificate })))
    expect(bodyOf(await exchange(trusting.port, LAST))).toBe('a localhost')
    const distrusting = await startPilot(pilotAt(legAt(origin)))
    expect(await exchange(distrusting.port, LAST)).toMatch(
      /^HTTP\/1\.1 502 [\s\S]*\(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
    )
    server.closeAllConnections()
  })
})

describe('a kept connection that the primary closes as it is used again', () => {
  /** A primary that answers the first request on each connection, and cuts off the second, as if it had been late to close. */
  async function pilotBeforeStale() {
    const asked = new Map<number, number>()
    const wire = await wireServer((socket, _, connection) => {
      const turn = (asked.get(connection) ?? 0) + 1
      asked.set(connection, turn)
      if (turn === 1) socket.write(OK)
      else socket.resetAndDestroy()
    })
    return { ...(await startPilot(pilotAt(legAt(wire.origin)))), asked }
  }

  test.each(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT'])(
    'is not seen by a client that says %s',
    async method => {
      const { port, asked } = await pilotBeforeStale()
      const wire = new Wire(port).send(GET)
      await wire.until(/ok$/)
      const answer = await exchange(port, `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK/)
      expect([...asked.values()]).toEqual(expect.arrayContaining([2, 1]))
    },
  )

  test.each([
    ['POST without content', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'],
    ['PUT with content', 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi'],
  ])('is a 502 for %s, which may have been done', async (_, request) => {
    const { port, asked } = await pilotBeforeStale()
    const wire = new Wire(port).send(GET)
    await wire.until(/ok$/)
    expect(await exchange(port, request)).toMatch(/^HTTP\/1\.1 502 /)
    expect([...asked.values()]).toEqual([2])
  })

  test('is not asked about again where it was a new one', async () => {
    let asked = 0
    const wire = await wireServer(socket => {
      asked++
      socket.resetAndDestroy()
    })
    const { port } = await startPilot(pilotAt(legAt(wire.origin)))
    expect(await exchange(port, LAST)).toMatch(/^HTTP\/1\.1 502 /)
    expect(asked).toBe(1)
  })
})

describe('loops', () => {
  test('are refused with 508 where a request comes back, and said', async () => {
    const { port, id, lines } = await pilotBefore((_, response) => void response.end())
    const answer = await exchange(
      port,
      LAST.replace('\r\n\r\n', `\r\nParitygate-Pilot: other, ${id}\r\n\r\n`),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 508 /)
    expect(lines.join()).toMatch(/leads back/)
  })

  test('of another pilot’s request are none, and it is not mirrored', async () => {
    let asked = 0
    const begin = () => {
      asked++
      return null
    }
    const { port } = await pilotBefore(
      (request, response) => void response.end(request.headers['paritygate-pilot']),
      {},
      { begin },
    )
    const answer = await exchange(port, LAST.replace('\r\n\r\n', '\r\nParitygate-Pilot: other\r\n\r\n'))
    expect(bodyOf(answer)).toMatch(/^other, [0-9a-f]{16}$/)
    expect(asked).toBe(0)
  })

  test.each(['primary', 'shadow'] as const)(
    'keep the pilot from starting where the %s is the pilot behind another name',
    async name => {
      let pilotPort = 0
      const relay = net.createServer(socket => {
        const on = net.connect(pilotPort, '127.0.0.1')
        socket.pipe(on).pipe(socket)
        socket.on('error', () => on.destroy())
        on.on('error', () => socket.destroy())
      })
      await new Promise<void>(resolve => relay.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => void relay.close())
      const { origin } = await httpServer((_, response) => void response.end())
      const looped = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`
      pilotPort = await freePort()
      const pilot = pilotAt(legAt(name === 'primary' ? looped : origin), {
        listen: { host: '127.0.0.1', port: pilotPort },
      })
      if (name === 'shadow') pilot.shadow.origin = looped
      else pilot.shadow.origin = origin
      await expect(startPilot(pilot)).rejects.toMatchObject({
        code: 'pilot.loop',
        message: expect.stringContaining(name),
      })
    },
  )
})

describe('the start', () => {
  test('fails clearly where the address is taken', async () => {
    const { origin } = await httpServer(() => {})
    const pilot = pilotAt(legAt(origin), {
      listen: { host: '127.0.0.1', port: Number(new URL(origin).port) },
    })
    await expect(startPilot(pilot)).rejects.toMatchObject({ code: 'pilot.listen' })
  })

  test('says which leg cannot be reached and why, goes on, and says when it answers', async () => {
    const port = await freePort()
    const { origin } = await httpServer((_, response) => void response.end('ok'))
    const pilot = pilotAt(legAt(origin))
    pilot.shadow.origin = `http://127.0.0.1:${port}`
    const running = await startPilot(pilot)
    expect(running.lines).toEqual([
      expect.stringMatching(`the shadow http://127.0.0.1:${port} cannot be reached: .*ECONNREFUSED`),
    ])
    expect(bodyOf(await exchange(running.port, LAST))).toBe('ok')
    const late = http.createServer((_, response) => void response.end())
    await new Promise<void>(resolve => late.listen(port, '127.0.0.1', resolve))
    onTestFinished(() => void late.close())
    await eventually(() => running.lines.includes(`the shadow http://127.0.0.1:${port} answers now`))
    late.closeAllConnections()
  })
})

describe('upgrades', () => {
  async function pilotBeforeWebSockets() {
    const { server, origin } = await httpServer((request, response) => {
      response.writeHead(request.url === '/refused' ? 401 : 200, {
        'X-Upgrade': request.headers.upgrade ?? 'none',
      })
      request.pipe(response)
    })
    const sockets = new WebSocketServer({ noServer: true })
    const seen: http.IncomingMessage[] = []
    server.on('upgrade', (request, socket, head) => {
      seen.push(request)
      if (request.url === '/refused')
        return void socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno')
      if (request.url === '/dead') return void socket.destroy()
      if (request.headers.upgrade === 'echo') {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
        return void socket.pipe(socket)
      }
      sockets.handleUpgrade(request, socket, head, opened => {
        sockets.emit('connection', opened, request)
        opened.on('message', (data, binary) => opened.send(data, { binary }))
      })
    })
    let begun = 0
    const mirror = {
      begin: () => {
        begun++
        return null
      },
    }
    return { ...(await startPilot(pilotAt(legAt(origin)), mirror)), seen, sockets, begun: () => begun }
  }

  test('to WebSocket echo what is sent, text and large binary, and are not mirrored', async () => {
    const { address, seen, begun } = await pilotBeforeWebSockets()
    const socket = new WebSocket(`${address.replace('http', 'ws')}/chat//x?y=%2F`, {
      headers: { 'X-Own': '1' },
    })
    const got: string[] = []
    socket.on('message', data =>
      got.push(
        createHash('sha1')
          .update(data as Buffer)
          .digest('hex'),
      ),
    )
    await new Promise(resolve => socket.once('open', resolve))
    const large = Buffer.alloc(1_000_000, 'x')
    socket.send('hello')
    socket.send(large)
    const digests = ['hello', large].map(data => createHash('sha1').update(data).digest('hex'))
    await eventually(() => got.length === 2)
    expect(got).toEqual(digests)
    expect(seen[0]!.url).toBe('/chat//x?y=%2F')
    expect(seen[0]!.headers).toMatchObject({ 'x-own': '1', 'x-forwarded-for': '127.0.0.1' })
    expect(begun()).toBe(0)
    socket.terminate()
  })

  test('end at the primary when the client’s connection does', async () => {
    const { address, sockets } = await pilotBeforeWebSockets()
    let closed = false
    sockets.on('connection', socket => {
      socket.on('close', () => {
        closed = true
      })
    })
    const socket = new WebSocket(address.replace('http', 'ws'))
    await new Promise(resolve => socket.once('open', resolve))
    socket.terminate()
    await eventually(() => closed)
  })

  test('end for the client when the primary’s connection does', async () => {
    const { address, sockets } = await pilotBeforeWebSockets()
    sockets.on('connection', socket => setTimeout(() => socket.terminate(), 20))
    const socket = new WebSocket(address.replace('http', 'ws'))
    await new Promise(resolve => socket.once('close', resolve))
  })

  test('to any other protocol are tunnelled', async () => {
    const { port } = await pilotBeforeWebSockets()
    const wire = new Wire(port).send(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly',
    )
    await wire.until(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\nearly$/)
    await wire.send(' late').until(/early late$/)
  })

  test('that the primary refuses are answered with its answer', async () => {
    const { port } = await pilotBeforeWebSockets()
    const answer = await exchange(
      port,
      'GET /refused HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/)
    expect(bodyOf(answer)).toBe('no')
  })

  test('that the primary dies of are a 502', async () => {
    const { port } = await pilotBeforeWebSockets()
    const answer = await exchange(
      port,
      'GET /dead HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 502 /)
  })

  test('to h2c are plain requests, their content included, and the connection goes on', async () => {
    const { port, seen } = await pilotBeforeWebSockets()
    const wish = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'
    const wire = new Wire(port).send(`POST /x HTTP/1.1\r\nHost: a\r\n${wish}Content-Length: 5\r\n\r\nhe`)
    await wire.send('llo').until(/hello/)
    expect(wire.text).toMatch(/X-Upgrade: none/)
    wire.send(`GET /y HTTP/1.1\r\nHost: a\r\n${wish}\r\n`)
    await eventually(() => wire.text.match(/HTTP\/1\.1 200/g)?.length === 2)
    expect(await wire.send(LAST).end()).toMatch(/HTTP\/1\.1 200[\s\S]*HTTP\/1\.1 200[\s\S]*HTTP\/1\.1 200/)
    expect(seen).toEqual([])
  })

  test('that come back are refused as loops', async () => {
    const { port, id } = await pilotBeforeWebSockets()
    const answer = await exchange(
      port,
      `GET / HTTP/1.1\r\nHost: a\r\nParitygate-Pilot: ${id}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 508 /)
  })
})

describe('a listener with TLS', () => {
  const get = (port: number, path: string) =>
    new Promise<http.IncomingMessage & { text: string }>((resolve, reject) => {
      https
        .get({ host: '127.0.0.1', port, path, ca: certificate, agent: false }, response => {
          let text = ''
          response.on('data', piece => {
            text += piece
          })
          response.on('end', () => resolve(Object.assign(response, { text })))
        })
        .on('error', reject)
    })

  test('passes requests on, and says https', async () => {
    const { port, address } = await pilotBefore(
      (request, response) => void response.end(`${request.url} ${request.headers['x-forwarded-proto']}`),
      { tls },
    )
    expect(address).toBe(`https://127.0.0.1:${port}`)
    expect((await get(port, '//a%2F')).text).toBe('//a%2F https')
  })

  test('tunnels WebSocket', async () => {
    const { server, origin } = await httpServer((_, response) => void response.end())
    new WebSocketServer({ server }).on('connection', socket =>
      socket.on('message', data => socket.send(`${data}!`)),
    )
    const { port } = await startPilot(pilotAt(legAt(origin), { tls }))
    const socket = new WebSocket(`wss://127.0.0.1:${port}/`, { ca: certificate })
    const answer = new Promise(resolve => socket.once('message', data => resolve(String(data))))
    socket.once('open', () => socket.send('hi'))
    expect(await answer).toBe('hi!')
    socket.terminate()
  })

  test('outlives whoever speaks something else to it', async () => {
    const { port } = await pilotBefore((_, response) => void response.end('ok'), { tls })
    for (const words of [GET, 'SSH-2.0-x\r\n', '\x16\x03\x01\xff\xff'.repeat(100), '']) {
      const wire = new Wire(port).send(words)
      if (words === '') wire.socket.end()
      await wire.end()
    }
    expect((await get(port, '/')).text).toBe('ok')
  })

  test('does not start with a key that is none', async () => {
    const pilot = pilotAt(legAt('http://127.0.0.1:9'), { tls: { ...tls, key: tls.certificate } })
    await expect(startPilot(pilot)).rejects.toMatchObject({ code: 'pilot.listen' })
  })
})

describe('the end', () => {
  test('lets an exchange that runs end, and closes its connection', async () => {
    let finish: (() => void) | null = null
    const { port, close } = await pilotBefore((_, response) => {
      finish = () => void response.end('done')
    })
    const wire = new Wire(port).send(GET)
    await eventually(() => finish !== null)
    const closed = close(60_000)
    finish!()
    const answer = await wire.end()
    expect(answer).toMatch(/done$/)
    expect(answer).toMatch(/^Connection: close\r$/m)
    await closed
  })

  test('closes idle connections at once, and takes no new ones', async () => {
    const { port, close } = await pilotBefore((_, response) => void response.end('ok'))
    const idle = new Wire(port).send(GET)
    await idle.until(/ok$/)
    await close(60_000)
    expect(await idle.end()).toMatch(/ok$/)
    const late = new Wire(port)
    await late.end()
    expect(late.text).toBe('')
  })

  test('destroys what has not ended in time, tunnels too', async () => {
    const { server, origin } = await httpServer((request, response) => {
      if (isProbe(request)) response.end()
      else response.write('begun')
    })
    server.on('upgrade', (_, socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    )
    const { port, close } = await startPilot(pilotAt(legAt(origin)))
    const wire = new Wire(port).send('GET /endless HTTP/1.1\r\nHost: a\r\n\r\n')
    const tunnel = new Wire(port).send(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    )
    const unused = new Wire(port)
    await wire.until(/begun/)
    await tunnel.until(/101/)
    await close(50)
    await Promise.all([wire.end(), tunnel.end(), unused.end()])
    expect(headerNames(wire.text)).toContain('transfer-encoding')
  })
})
