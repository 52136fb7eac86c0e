import { describe, expect, test } from 'vitest'
import {
  answerHeaders,
  answerTrailers,
  clientCookies,
  type Peer,
  requestHeaders,
} from '../src/proxy/headers.ts'
import { peerOf, trustedPeers } from '../src/proxy/peer.ts'
import { legAt } from './plain-pilot.ts'

const peer: Peer = { address: '203.0.113.7', trusted: false, scheme: 'http', pilot: 'p1' }
const trustedPeer: Peer = { ...peer, trusted: true }
const leg = legAt('http://old:80')
const beside = { unconditional: true, idempotencyPrefix: 'shadow-' }

/** All values of a header, in their order. */
function valuesOf(headers: string[], name: string): string[] {
  return headers.filter((_, index) => index % 2 === 1 && headers[index - 1]!.toLowerCase() === name)
}

const buffers = (...texts: string[]) => texts.map(text => Buffer.from(text, 'latin1'))

describe('the headers a leg is sent', () => {
  test('keep their case, order and duplicates', () => {
    const raw = ['X-One', '1', 'x-TWO', '2', 'X-One', '3']
    expect(requestHeaders(raw, leg, peer).slice(0, 6)).toEqual(raw)
  })

  test('lose what belongs to the connection, and what Connection names', () => {
    const raw = [
      ...['Connection', 'keep-alive, X-Mine', 'Keep-Alive', 'timeout=5', 'X-Mine', '1', 'Upgrade', 'h2c'],
      ...[
        'Transfer-Encoding',
        'chunked',
        'Expect',
        '100-continue',
        'Proxy-Authorization',
        'x',
        'Trailer',
        'a',
      ],
      ...['Proxy-Connection', 'x', 'X-Kept', 'yes'],
    ]
    expect(requestHeaders(raw, leg, peer).slice(0, 2)).toEqual(['X-Kept', 'yes'])
    const all = requestHeaders(raw, leg, peer).filter((_, index) => index % 2 === 0)
    expect(all).toEqual(['X-Kept', 'X-Forwarded-For', 'X-Forwarded-Proto', 'paritygate-pilot'])
  })

  test('are found named by Connection also where it comes later, twice and in another case', () => {
    const raw = ['X-A', '1', 'X-B', '2', 'connection', 'x-a', 'CONNECTION', 'X-b , close']
    const headers = requestHeaders(raw, leg, peer)
    expect([...valuesOf(headers, 'x-a'), ...valuesOf(headers, 'x-b')]).toEqual([])
  })

  test('keep Host and Content-Length even where Connection names them', () => {
    const raw = ['Connection', 'host, content-length', 'Host', 'a', 'Content-Length', '3']
    const headers = requestHeaders(raw, leg, peer)
    expect(valuesOf(headers, 'host')).toEqual(['a'])
    expect(valuesOf(headers, 'content-length')).toEqual(['3'])
  })

  test('say trailers in TE where the client did, and nothing else', () => {
    expect(valuesOf(requestHeaders(['TE', 'gzip;q=0.5, trailers'], leg, peer), 'te')).toEqual(['trailers'])
    expect(valuesOf(requestHeaders(['TE', 'deflate'], leg, peer), 'te')).toEqual([])
  })

  test('have the Host of the leg where the plan says one, and X-Forwarded-Host tells the client’s', () => {
    const headers = requestHeaders(['Host', 'shop.example'], { ...leg, host: 'old.internal' }, peer)
    expect(valuesOf(headers, 'host')).toEqual(['old.internal'])
    expect(valuesOf(headers, 'x-forwarded-host')).toEqual(['shop.example'])
  })

  test('replace what an untrusted peer says of forwarding', () => {
    const raw = [
      ...['X-Forwarded-For', '1.1.1.1', 'x-forwarded-proto', 'https', 'X-Forwarded-Host', 'evil'],
      ...['X-Forwarded-Prefix', '/admin', 'Forwarded', 'for=1.1.1.1', 'Host', 'shop.example:8080'],
    ]
    const headers = requestHeaders(raw, leg, peer)
    expect(valuesOf(headers, 'x-forwarded-for')).toEqual(['203.0.113.7'])
    expect(valuesOf(headers, 'x-forwarded-proto')).toEqual(['http'])
    expect(valuesOf(headers, 'x-forwarded-host')).toEqual(['shop.example:8080'])
    expect(valuesOf(headers, 'x-forwarded-prefix')).toEqual([])
    expect(valuesOf(headers, 'forwarded')).toEqual(['for=203.0.113.7;host="shop.example:8080";proto=http'])
  })

  test('add to what a trusted peer says of forwarding', () => {
    const raw = [
      ...['X-Forwarded-For', '1.1.1.1', 'X-Forwarded-For', '2.2.2.2', 'X-Forwarded-Proto', 'https'],
      ...['X-Forwarded-Host', 'shop', 'Forwarded', 'for=1.1.1.1', 'Host', 'inner'],
    ]
    const headers = requestHeaders(raw, leg, trustedPeer)
    expect(valuesOf(headers, 'x-forwarded-for')).toEqual(['1.1.1.1, 2.2.2.2, 203.0.113.7'])
    expect(valuesOf(headers, 'x-forwarded-proto')).toEqual(['https'])
    expect(valuesOf(headers, 'x-forwarded-host')).toEqual(['shop'])
    expect(valuesOf(headers, 'forwarded')).toEqual(['for=1.1.1.1, for=203.0.113.7;host="inner";proto=http'])
  })

  test('do not introduce Forwarded or Via, and add to a Via that came', () => {
    expect(valuesOf(requestHeaders(['Host', 'a'], leg, peer), 'forwarded')).toEqual([])
    expect(valuesOf(requestHeaders(['Host', 'a'], leg, peer), 'via')).toEqual([])
    expect(valuesOf(requestHeaders(['Via', '1.1 lb'], leg, peer), 'via')).toEqual(['1.1 lb, 1.1 paritygate'])
  })

  test('quote an IPv6 address in Forwarded', () => {
    const headers = requestHeaders(['Forwarded', 'x'], leg, { ...peer, address: '2001:db8::1' })
    expect(valuesOf(headers, 'forwarded')).toEqual(['for="[2001:db8::1]";proto=http'])
  })

  test('carry the marker of this pilot after those of others', () => {
    expect(valuesOf(requestHeaders(['Paritygate-Pilot', 'p0'], leg, peer), 'paritygate-pilot')).toEqual([
      'p0, p1',
    ])
  })

  test('are set and removed by the plan, whatever their case', () => {
    const own = { ...leg, headers: { authorization: 'Basic new', 'x-debug': null, 'x-leg': 'old' } }
    const headers = requestHeaders(['AUTHORIZATION', 'Basic old', 'X-Debug', '1', 'X-Debug', '2'], own, peer)
    expect(valuesOf(headers, 'authorization')).toEqual(['Basic new'])
    expect(valuesOf(headers, 'x-debug')).toEqual([])
    expect(valuesOf(headers, 'x-leg')).toEqual(['old'])
  })

  test('are not the plan’s to set where they frame the message or mark a loop', () => {
    const own = {
      ...leg,
      headers: {
        'content-length': '0',
        'transfer-encoding': 'chunked',
        connection: 'close',
        'paritygate-pilot': null,
      },
    }
    const headers = requestHeaders(['Content-Length', '5'], own, peer)
    expect(valuesOf(headers, 'content-length')).toEqual(['5'])
    expect(valuesOf(headers, 'transfer-encoding')).toEqual([])
    expect(valuesOf(headers, 'connection')).toEqual([])
    expect(valuesOf(headers, 'paritygate-pilot')).toEqual(['p1'])
  })

  test('are untouched where a header or cookie has a name that every object has', () => {
    const own = { ...leg, headers: { 'x-a': '1' }, cookies: { a: 'b' } }
    const headers = requestHeaders(['constructor', '1', '__proto__', '2', 'Cookie', 'toString=3'], own, peer)
    expect(headers.slice(0, 6)).toEqual(['constructor', '1', '__proto__', '2', 'Cookie', 'toString=3'])
  })

  test('have cookies renamed and removed, their values untouched', () => {
    const own = { ...leg, cookies: { sid: 'PHPSESSID', trace: null } }
    const raw = ['Cookie', 'sid="a=b"; trace=1;theme=dark', 'cookie', 'flag; sid=2']
    expect(valuesOf(requestHeaders(raw, own, peer), 'cookie')).toEqual([
      'PHPSESSID="a=b"; theme=dark; flag; PHPSESSID=2',
    ])
    expect(clientCookies(raw, own)).toBe('PHPSESSID="a=b"; theme=dark; flag; PHPSESSID=2')
  })

  test('have no Cookie at all where the plan removes the only one', () => {
    expect(
      valuesOf(requestHeaders(['Cookie', 'a=1'], { ...leg, cookies: { a: null } }, peer), 'cookie'),
    ).toEqual([])
  })
})

describe('the headers a leg beside is sent', () => {
  const raw = [
    ...['If-None-Match', '"1"', 'If-Modified-Since', 'x', 'If-Range', '"1"', 'If-Match', '"2"'],
    ...['Idempotency-Key', '"k"', 'Cookie', 'sid=1'],
  ]

  test('ask for the whole answer, and keep the guards of writes', () => {
    const headers = requestHeaders(raw, leg, peer, beside)
    expect(headers.slice(0, 2)).toEqual(['If-Match', '"2"'])
  })

  test('have idempotency keys of their own, within quotes where there are any', () => {
    expect(valuesOf(requestHeaders(raw, leg, peer, beside), 'idempotency-key')).toEqual(['"shadow-k"'])
    const bare = requestHeaders(['Idempotency-Key', 'k'], leg, peer, beside)
    expect(valuesOf(bare, 'idempotency-key')).toEqual(['shadow-k'])
  })

  test('have the cookies of the jar in place of the client’s', () => {
    const jar = requestHeaders(raw, leg, peer, { ...beside, cookie: 'sid=9' })
    expect(valuesOf(jar, 'cookie')).toEqual(['sid=9'])
    expect(valuesOf(requestHeaders(raw, leg, peer, { ...beside, cookie: null }), 'cookie')).toEqual([])
    expect(valuesOf(requestHeaders(raw, leg, peer, beside), 'cookie')).toEqual(['sid=1'])
  })

  test('differ in nothing of that from the primary’s own', () => {
    const headers = requestHeaders(raw, leg, peer)
    expect(headers.slice(0, 10)).toEqual(raw.slice(0, 10))
  })
})

describe('the headers of an answer', () => {
  test('keep case, order and duplicates, and lose what belongs to the connection', () => {
    const raw = buffers(
      ...['Set-Cookie', 'a=1', 'SET-COOKIE', 'b=2', 'Connection', 'close, X-Hop', 'X-Hop', '1'],
      ...['Transfer-Encoding', 'chunked', 'Keep-Alive', 'timeout=5', 'X-End', '2'],
    )
    expect(answerHeaders(raw)).toEqual(['Set-Cookie', 'a=1', 'SET-COOKIE', 'b=2', 'X-End', '2'])
  })

  test('keep every byte of a value', () => {
    expect(answerHeaders([Buffer.from('X-A'), Buffer.from([0xe9, 0x20, 0xff])])).toEqual([
      'X-A',
      '\u00e9 \u00ff',
    ])
  })

  test('in trailers say nothing of how to read the message', () => {
    expect(answerTrailers(buffers('X-Sum', '1', 'Content-Length', '5', 'transfer-encoding', 'x'))).toEqual([
      ['X-Sum', '1'],
    ])
  })
})

describe('a peer', () => {
  const trusts = (entries: string[], address: string) =>
    peerOf({ remoteAddress: address } as never, trustedPeers(entries), 'p').trusted

  test('is trusted by address and by network, in either form of an IPv4 address', () => {
    expect(trusts(['10.0.0.0/8'], '10.1.2.3')).toBe(true)
    expect(trusts(['10.0.0.0/8'], '::ffff:10.1.2.3')).toBe(true)
    expect(trusts(['10.0.0.0/8'], '11.1.2.3')).toBe(false)
    expect(trusts(['2001:db8::/32', '::1'], '2001:db8:5::1')).toBe(true)
    expect(trusts(['2001:db8::/32', '::1'], '::1')).toBe(true)
    expect(trusts([], '127.0.0.1')).toBe(false)
  })

  test('cannot be trusted by what is no address', () => {
    expect(() => trustedPeers(['proxy.internal'])).toThrow('neither an address nor a network')
    expect(() => trustedPeers(['10.0.0.0/99'])).toThrow()
  })
})
