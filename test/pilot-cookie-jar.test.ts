import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cookieJars } from '../src/proxy/cookie-jar.ts'

const sent = (jars: ReturnType<typeof cookieJars>, key = 'ada', target = '/') => {
  const cookies = jars.of(key, target)
  return cookies === null ? null : Object.fromEntries(cookies)
}

test('cookies of a stack are kept for the client they were set for, and for nobody else', () => {
  const jars = cookieJars()
  jars.keep('ada', '/login', [
    'sid=1; HttpOnly; Secure; SameSite=Strict; Domain=new.example.com; Path=/',
    'no cookie',
  ])
  expect(sent(jars)).toEqual({ sid: '1' })
  expect(sent(jars, 'ben')).toBe(null)
  jars.keep('ada', '/', ['sid=2; Path=/'])
  expect(sent(jars)).toEqual({ sid: '2' })
})

test('a cookie belongs to its path, and of two of one name that of the longer path is sent', () => {
  const jars = cookieJars()
  jars.keep('ada', '/shop/cart?x=/y/z', ['here=1', 'a=deep; Path=/shop/cart', 'a=all; Path=/'])
  expect(sent(jars, 'ada', '/shop/cart?q')).toEqual({ here: '1', a: 'deep' })
  expect(sent(jars, 'ada', '/shopping')).toEqual({ a: 'all' })
})

test('a cookie that is removed or has expired is known as removed, so that the client’s own is not sent for it', () => {
  let now = Date.UTC(2026, 0, 1)
  const jars = cookieJars(() => now)
  jars.keep('ada', '/', ['sid=1', 'brief=1; Max-Age=60', 'dated=1; Expires=Thu, 01 Jan 2026 00:02:00 GMT'])
  expect(sent(jars)).toEqual({ sid: '1', brief: '1', dated: '1' })
  jars.keep('ada', '/', ['sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])
  now += 61_000
  expect(sent(jars)).toEqual({ sid: null, brief: null, dated: '1' })
  now += 60_000
  expect(sent(jars)).toEqual({ sid: null, brief: null, dated: null })
})

test('the client heard of least recently is forgotten', () => {
  const jars = cookieJars(Date.now, 2)
  jars.keep('ada', '/', ['a=1'])
  jars.keep('ben', '/', ['b=1'])
  jars.of('ada', '/')
  jars.keep('cy', '/', ['c=1'])
  expect([sent(jars, 'ada'), sent(jars, 'ben'), sent(jars, 'cy')]).toEqual([{ a: '1' }, null, { c: '1' }])
  expect(jars.size).toBe(2)
})

test('a stack cannot fill a jar beyond its bounds', () => {
  const jars = cookieJars()
  for (let count = 0; count < 500; count++) jars.keep('ada', '/', [`c${count}=${'x'.repeat(100)}`])
  expect(Object.keys(sent(jars)!).length).toBe(50)
  expect(sent(jars)!.c499).toBe('x'.repeat(100))
  jars.keep('ada', '/', [`huge=${'x'.repeat(9000)}`, `big=${'x'.repeat(8000)}`])
  expect(Object.keys(sent(jars)!)).toContain('big')
  expect(JSON.stringify(sent(jars)).length).toBeLessThan(9000)
})

test('clients with long keys that differ only at the end have jars of their own', () => {
  const jars = cookieJars()
  const key = 'k'.repeat(10_000)
  jars.keep(`${key}1`, '/', ['a=1'])
  jars.keep(`${key}2`, '/', ['a=2'])
  expect([sent(jars, `${key}1`), sent(jars, `${key}2`)]).toEqual([{ a: '1' }, { a: '2' }])
})

test('nothing a stack sends as Set-Cookie, and no path, can break a jar', () => {
  const jars = cookieJars()
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (line, target) => {
      jars.keep('ada', target, [line, `a=${line}`])
      jars.of('ada', `/${target}`)
    }),
  )
})
