import net from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Tap } from '../src/proxy/tap.ts'
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

const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

/** A pilot before a primary that answers every request with these bytes, and then ends the connection if told so. */
async function pilotBeforeAnswer(answer: string, ends = false) {
  const wire = await wireServer(socket => {
    socket.write(answer, 'latin1')
    if (ends) socket.end()
  })
  return startPilot(pilotAt(legAt(wire.origin)))
}

describe('the head of an answer', () => {
  test('keeps names, duplicates, order, bytes and the reason', async () => {
    const headers = 'X-One: 1\r\nSET-cookie: a=1\r\nset-Cookie: b=2\r\nX-Latin: \xe9\xff\r\n'
    const { port } = await pilotBeforeAnswer(`HTTP/1.1 299 So Be It\r\n${headers}Content-Length: 2\r\n\r\nok`)
    const answer = await exchange(port, GET)
    expect(answer.startsWith(`HTTP/1.1 299 So Be It\r\n${headers}Content-Length: 2\r\n`)).toBe(true)
  })

  test('has nothing of the primary’s connection, nor what it names, and no date of ours', async () => {
    const { port } = await pilotBeforeAnswer(
      'HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nContent-Length: 0\r\n\r\n',
    )
    expect(headerNames(await exchange(port, GET))).toEqual(['content-length', 'connection'])
  })

  test('with a reason that cannot be sent goes without one', async () => {
    const { port } = await pilotBeforeAnswer('HTTP/1.1 200 \xe9\xe8\r\nContent-Length: 2\r\n\r\nok')
    expect(await exchange(port, GET)).toMatch(/^HTTP\/1\.1 200 .*\r\n[\s\S]*ok$/)
  })

  test('of a redirect is the client’s to follow', async () => {
    const { port } = await pilotBeforeAnswer(
      'HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n',
    )
    expect(await exchange(port, GET)).toMatch(
      /^HTTP\/1\.1 302 Found\r\nLocation: http:\/\/elsewhere\.invalid\/\r\n/,
    )
  })

  test('of 503 is passed on once', async () => {
    let asked = 0
    const wire = await wireServer(socket => {
      asked++
      socket.write('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n')
    })
    const { port } = await startPilot(pilotAt(legAt(wire.origin)))
    expect(await exchange(port, GET)).toMatch(/^HTTP\/1\.1 503 /)
    expect(asked).toBe(1)
  })

  test('of 60 KB is passed on', async () => {
    const { port } = await pilotBeforeAnswer(
      `HTTP/1.1 200 OK\r\nX-A: ${'x'.repeat(60_000)}\r\nContent-Length: 2\r\n\r\nok`,
    )
    expect((await exchange(port, GET)).length).toBeGreaterThan(60_000)
  })
})

describe('an answer that could be read in two ways', () => {
  test('with both Content-Length and chunks is never passed on with both', async () => {
    const { port } = await pilotBeforeAnswer(
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    )
    const answer = await exchange(port, GET)
    if (answer.startsWith('HTTP/1.1 200')) {
      expect(bodyOf(answer)).toBe('ok')
      expect(answer).not.toMatch(/^content-length: 5/im)
    } else expect(answer).toMatch(/^HTTP\/1\.1 502 /)
  })

  test('with an encoding under its chunks is a 502', async () => {
    const { port } = await pilotBeforeAnswer(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    )
    expect(await exchange(port, GET)).toMatch(/^HTTP\/1\.1 502 /)
  })

  test('with two lengths is a 502', async () => {
    const { port } = await pilotBeforeAnswer(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
    )
    expect(await exchange(port, GET)).toMatch(/^HTTP\/1\.1 502 /)
  })

  test('with content after HEAD says nothing to whoever asks next', async () => {
    const planted = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'
    const { port } = await pilotBeforeAnswer(
      `HTTP/1.1 200 OK\r\nContent-Length: ${planted.length}\r\n\r\n${planted}`,
    )
    await exchange(port, 'HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(bodyOf(await exchange(port, GET))).toBe(planted)
  })
})

describe('an answer without content', () => {
  test('to HEAD keeps the length it would have', async () => {
    const { port } = await pilotBeforeAnswer('HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n')
    const answer = await exchange(port, 'HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 1234\r\n/)
    expect(answer.endsWith('\r\n\r\n')).toBe(true)
  })

  test('to HEAD says no length where there is none', async () => {
    const { port } = await pilotBeforeAnswer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    const answer = await exchange(port, 'HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(headerNames(answer)).toEqual(['connection'])
    expect(answer.endsWith('\r\n\r\n')).toBe(true)
  })

  test.each(['204 No Content', '304 Not Modified'])('of %s ends with its head', async status => {
    const { port } = await pilotBeforeAnswer(`HTTP/1.1 ${status}\r\nETag: "1"\r\n\r\n`)
    const wire = new Wire(port).send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.until(/\r\n\r\n$/)
    await wire.send(GET).end()
    expect(wire.text.match(new RegExp(`HTTP/1.1 ${status}\r\nETag: "1"\r\nConnection: `, 'g'))).toHaveLength(
      2,
    )
  })

  test('of 304 may say the length it would have', async () => {
    const { port } = await pilotBeforeAnswer('HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\n\r\n')
    const wire = new Wire(port)
    for (let turn = 1; turn <= 2; turn++) {
      wire.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      await eventually(
        () => wire.text.split('\r\n\r\n').length === turn + 1,
        () => JSON.stringify(wire.text),
      )
    }
    expect(wire.text.match(/HTTP\/1\.1 304 Not Modified\r\nContent-Length: 1234\r\n/g)).toHaveLength(2)
  })
})

describe('content of an answer', () => {
  test('of unknown length goes in chunks', async () => {
    const { port } = await pilotBefore((_, response) => {
      response.write('one ')
      setTimeout(() => response.end('two'), 20)
    })
    const answer = await exchange(port, GET)
    expect(headerNames(answer)).toContain('transfer-encoding')
    expect(bodyOf(answer)).toBe('one two')
  })

  test('that ends with the primary’s connection is whole', async () => {
    const { port } = await pilotBeforeAnswer('HTTP/1.0 200 OK\r\n\r\nuntil the end', true)
    expect(bodyOf(await exchange(port, GET))).toBe('until the end')
  })

  test('keeps its encoding, byte for byte', async () => {
    const bytes = Buffer.from([0x1f, 0x8b, 0, 255, 254, 13, 10])
    const { port } = await pilotBefore((_, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' })
      response.end(bytes)
    })
    expect(bodyOf(await exchange(port, GET))).toBe(bytes.toString('latin1'))
  })

  test('is followed by its trailers', async () => {
    const { port } = await pilotBeforeAnswer(
      'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nContent-Encoding: br\r\n\r\n',
    )
    const answer = await exchange(port, GET)
    expect(answer).toMatch(/^Trailer: X-Sum\r$/m)
    expect(answer).toMatch(/2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n$/)
  })

  test('comes without its trailers to a client that cannot take them', async () => {
    const { port } = await pilotBeforeAnswer(
      'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
    )
    const answer = await exchange(port, 'GET / HTTP/1.0\r\n\r\n')
    expect(answer).not.toMatch(/x-sum/i)
    expect(answer).toMatch(/ok$/)
  })

  test('of several large answers asked for at once comes whole and in order, to a client slow to read', async () => {
    const large = ['a', 'b', 'c'].map(letter => letter.repeat(1_000_000))
    const { port } = await pilotBefore(
      (request, response) => void response.end(large[Number(request.url!.slice(1))]),
    )
    const wire = new Wire(port)
    wire.socket.pause()
    wire.send([0, 1, 2].map(path => `GET /${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
    setTimeout(() => wire.socket.resume(), 200)
    await eventually(() => wire.text.endsWith(large[2]!))
    expect(wire.text.replaceAll(/HTTP[\s\S]*?\r\n\r\n/g, '')).toBe(large.join(''))
  })

  test('of an event stream reaches the client event by event, its head first', async () => {
    let event: (text: string) => void = () => {}
    const { port } = await pilotBefore((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.flushHeaders()
      event = text => void response.write(text)
    })
    const wire = new Wire(port).send('GET /events HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.until(/text\/event-stream[\s\S]*\r\n\r\n$/)
    event('data: 1\n\n')
    await wire.until('data: 1\n\n')
    event('data: 2\n\n')
    await wire.until('data: 2\n\n')
  })

  test('in ranges is the primary’s', async () => {
    const { port } = await pilotBefore((request, response) => {
      response.writeHead(206, { 'Content-Range': 'bytes 2-3/10', 'X-Asked': String(request.headers.range) })
      response.end('23')
    })
    const answer = await exchange(
      port,
      GET.replace('\r\n\r\n', '\r\nRange: bytes=2-3\r\nIf-Range: "1"\r\n\r\n'),
    )
    expect(answer).toMatch(
      /^HTTP\/1\.1 206 Partial Content\r\nContent-Range: bytes 2-3\/10\r\nX-Asked: bytes=2-3\r\n/,
    )
    expect(bodyOf(answer)).toBe('23')
  })
})

describe('answers before the answer', () => {
  const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Any: 1\r\n\r\n'

  test('are passed on as they come', async () => {
    let finish = () => {}
    const wire = await wireServer(socket => {
      socket.write(HINTS)
      finish = () => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
    const { port } = await startPilot(pilotAt(legAt(wire.origin)))
    const client = new Wire(port).send(GET)
    await client.until(HINTS)
    finish()
    expect(await client.end()).toMatch(/^HTTP\/1\.1 103 [\s\S]*\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*ok$/)
  })

  test('are kept from a client of HTTP/1.0', async () => {
    const { port } = await pilotBeforeAnswer(`${HINTS}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`)
    expect(await exchange(port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })
})

describe('what the mirror is told', () => {
  /** A mirror that writes down what its taps hear. */
  function listening() {
    const asked: { method: string; target: string; rawHeaders: readonly string[]; address: string }[] = []
    const heard: string[] = []
    const tap: Tap = {
      requestData: piece => void heard.push(`> ${Buffer.from(piece).toString()}`),
      requestEnd: () => void heard.push('>|'),
      answerHead: (status, headers) => void heard.push(`${status} ${headers.join(' ')}`),
      answerData: piece => void heard.push(`< ${Buffer.from(piece).toString()}`),
      answerEnd: () => void heard.push('<|'),
      fail: cause => void heard.push(cause),
    }
    const begin = (request: Parameters<import('../src/proxy/tap.ts').Mirror['begin']>[0]) => {
      const { method, target, rawHeaders, peer } = request
      asked.push({ method, target, rawHeaders, address: peer.address })
      return tap
    }
    return { asked, heard, begin }
  }

  test('is each request once, as it came, and all of its exchange', async () => {
    const mirror = listening()
    const { port } = await pilotBefore(
      (request, response) => {
        response.sendDate = false
        request
          .resume()
          .on('end', () => response.writeHead(201, { 'X-A': '1', 'Content-Length': 2 }).end('ok'))
      },
      {},
      mirror,
    )
    await exchange(port, 'POST //a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi')
    expect(mirror.asked).toEqual([
      {
        method: 'POST',
        target: '//a',
        rawHeaders: ['Host', 'a', 'Connection', 'close', 'Content-Length', '2'],
        address: '127.0.0.1',
      },
    ])
    expect(mirror.heard).toEqual(['> hi', '>|', '201 X-A 1 Content-Length 2', '< ok', '<|'])
  })

  test('of a request without content is its end at once', async () => {
    const mirror = listening()
    const { port } = await pilotBefore((_, response) => void response.end(), {}, mirror)
    await exchange(port, GET)
    expect(mirror.heard[0]).toBe('>|')
    expect(mirror.heard.at(-1)).toBe('<|')
  })

  test('is a client that goes away', async () => {
    const mirror = listening()
    const { port } = await pilotBefore((_, response) => void response.write('some'), {}, mirror)
    const wire = new Wire(port).send(GET)
    await wire.until('some')
    wire.socket.destroy()
    await eventually(() => mirror.heard.includes('client aborted'))
    expect(mirror.heard.filter(line => /aborted|failed|<\|/.test(line))).toEqual(['client aborted'])
  })

  test('is a client that goes away in the middle of its request', async () => {
    const mirror = listening()
    const { port } = await pilotBefore(() => {}, {}, mirror)
    const wire = new Wire(port).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
    await eventually(() => mirror.heard.includes('> half'))
    wire.socket.destroy()
    await eventually(() => mirror.heard.length > 1)
    expect(mirror.heard).toEqual(['> half', 'client aborted'])
  })

  test('is a primary that fails', async () => {
    const mirror = listening()
    const { port } = await pilotBefore(request => void request.socket.destroy(), {}, mirror)
    expect(await exchange(port, GET)).toMatch(/^HTTP\/1\.1 502 /)
    expect(mirror.heard).toEqual(['>|', 'primary failed'])
  })

  test('is nothing while mirroring is off', async () => {
    const mirror = listening()
    const mirroring = { on: false }
    const wire = await wireServer(socket => void socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
    const { port } = await startPilot(pilotAt(legAt(wire.origin)), mirror, mirroring)
    await exchange(port, GET)
    expect(mirror.asked).toEqual([])
    mirroring.on = true
    await exchange(port, GET)
    expect(mirror.asked).toHaveLength(1)
  })

  test.each(['begin', 'requestEnd', 'answerHead', 'answerData', 'answerEnd'] as const)(
    'may throw from %s without harm, and is said once',
    async method => {
      const mirror = listening()
      const boom = () => {
        throw new Error('boom')
      }
      const begin = (request: Parameters<typeof mirror.begin>[0]) =>
        method === 'begin' ? boom() : { ...mirror.begin(request), [method]: boom }
      const { port, lines } = await pilotBefore((_, response) => void response.end('ok'), {}, { begin })
      for (let turn = 0; turn < 2; turn++) expect(bodyOf(await exchange(port, GET))).toBe('ok')
      expect(lines.filter(line => line.includes('boom'))).toHaveLength(1)
    },
  )
})

test('an answer that ends its connection while a slow client holds it up arrives whole, and the pilot goes on', async () => {
  const size = 6 * 2 ** 20
  const { origin } = await wireServer(socket => {
    socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
    socket.end(Buffer.alloc(size, 'x'))
  })
  const { host, port } = await startPilot(pilotAt(legAt(origin)))
  const download = () =>
    new Promise<number>((resolve, reject) => {
      let length = 0
      const client = net.connect(port, host, () =>
        client.write('GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'),
      )
      client.on('data', piece => {
        length += piece.length
        client.pause()
        setTimeout(() => client.resume(), 2)
      })
      client.on('end', () => resolve(length))
      client.on('error', reject)
    })
  for (const length of await Promise.all(Array.from({ length: 8 }, download)))
    expect(length).toBeGreaterThanOrEqual(size)
})
