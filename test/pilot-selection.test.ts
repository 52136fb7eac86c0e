import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Cohort, Route } from '../src/plan/pilot.ts'
import { routeMatcher } from '../src/proxy/route-match.ts'
import { type Selectable, selector } from '../src/proxy/selection.ts'
import { everybody } from './plain-pilot.ts'

const get = { method: 'GET', target: '/students', headers: [] as string[], address: '192.0.2.1' }

const asRequest = ({ method, target, headers, address }: typeof get): Selectable => ({
  method,
  target,
  rawHeaders: headers,
  peer: { address },
})

const route = (name: string, mirror: boolean | null = null): Route => {
  const [method, path] = name.split(' ')
  return { name, method: method!, path: path!, mirror }
}

function chosen(request: Partial<typeof get>, cohorts: Partial<Cohort>[] = [{}], routes: Route[] = []) {
  const select = selector({ cohorts: cohorts.map(cohort => ({ ...everybody, ...cohort })), routes })
  const selection = select(asRequest({ ...get, ...request }), true)
  return 'reason' in selection ? selection.reason : `${selection.cohort} ${selection.session}`
}

const token = (payload: string) => `e30.${Buffer.from(payload).toString('base64url')}.sig`

test('everybody is mirrored where the plan names no cohort, and nobody once mirroring is off', () => {
  expect(chosen({})).toBe('everybody null')
  expect(selector({ cohorts: [everybody], routes: [] })(asRequest(get), false)).toEqual({
    reason: 'mirroring is off',
  })
})

test('a request that has been through a pilot is not mirrored again', () => {
  expect(chosen({ headers: ['Paritygate-Pilot', 'another'] })).toBe('mirrored before')
  expect(chosen({ headers: ['paritygate-pilot', ''] })).toBe('mirrored before')
})

test('what may write is mirrored only where its route says so, and a route that says no never is', () => {
  const routes = [
    route('POST /search', true),
    route('GET /export', false),
    route('* /clone/:id', true),
    route('PUT /x'),
  ]
  const asked = (method: string, target: string) => chosen({ method, target }, [{}], routes)
  expect(asked('POST', '/search?q=1')).toBe('everybody null')
  expect(asked('DELETE', '/clone/7')).toBe('everybody null')
  expect(asked('POST', '/other')).toBe('may write')
  expect(asked('post', '/search')).toBe('may write')
  expect(asked('PUT', '/x')).toBe('may write')
  expect(asked('OPTIONS', '*')).toBe('route not mirrored')
  expect(asked('GET', '/export?all')).toBe('route not mirrored')
  expect(asked('HEAD', '/export')).toBe('route not mirrored')
  expect(asked('GET', '/%65xport')).toBe('route not mirrored')
  expect(asked('GET', '/x')).toBe('everybody null')
})

test('a cohort is those whose header or cookie has the value, or any value for a star', () => {
  const staff = [{ name: 'staff', headers: { 'x-staff': 'yes' }, cookies: { team: '*' } }]
  expect(chosen({ headers: ['X-Staff', 'yes', 'Cookie', 'a=1; team=blue'] }, staff)).toBe('staff null')
  expect(chosen({ headers: ['X-Staff', 'no', 'X-STAFF', ' yes ', 'cookie', 'team='] }, staff)).toBe(
    'staff null',
  )
  expect(chosen({ headers: ['X-Staff', 'no', 'Cookie', 'team=blue'] }, staff)).toBe('no cohort')
  expect(chosen({ headers: ['X-Staff', 'yes', 'Cookie', 'steam=blue; x'] }, staff)).toBe('no cohort')
})

test('a star in the paths of a cohort is one segment, two are any number', () => {
  const fits = (pattern: string, target: string) => chosen({ target }, [{ paths: [pattern] }]) !== 'no cohort'
  expect(fits('/a/*', '/a/b?c/d')).toBe(true)
  expect(fits('/a/*', '/a/b/c')).toBe(false)
  expect(fits('/a/**', '/a')).toBe(true)
  expect(fits('/a/**', '/a/b/c')).toBe(true)
  expect(fits('/a/**', '/ab')).toBe(false)
  expect(fits('/**/z', '/a/z/b/z')).toBe(true)
  expect(fits('/**/z/*', '/a/z/b/z')).toBe(false)
  expect(fits('/caf%C3%A9', '/caf%c3%a9')).toBe(true)
  expect(fits('/50%-off', '/50%-off')).toBe(true)
  expect(fits('/a/*', '/a%2Fb')).toBe(false)
  expect(fits('/**/a/**/a/**/a/**/b', `/${'a/'.repeat(4000)}`)).toBe(false)
})

test('patterns of paths fit what the same regular expression fits', () => {
  const segment = fc.constantFrom('a', 'b', '*', '**')
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 6 }), fc.array(fc.constantFrom('a', 'b')), (pattern, path) => {
      const source = pattern.map(word => (word === '**' ? '(/[^/]+)*' : word === '*' ? '/[^/]+' : `/${word}`))
      if (pattern.length === 0 || path.length === 0) return
      const fits = chosen({ target: `/${path.join('/')}` }, [{ paths: [`/${pattern.join('/')}`] }])
      expect(fits !== 'no cohort').toBe(new RegExp(`^${source.join('')}$`).test(`/${path.join('/')}`))
    }),
  )
})

test('the first cohort that fits is taken, also where an earlier one has left this person out', () => {
  const cohorts = [{ name: 'few', percent: 1e-9 }, { name: 'readers', methods: ['GET'] }, { name: 'rest' }]
  expect(chosen({}, cohorts)).toBe('readers null')
  expect(chosen({ method: 'HEAD' }, cohorts)).toBe('rest null')
})

test('who is asking is said by a cookie, a header, a claim of a token or the address', () => {
  const key = (sticky: Cohort['sticky'], headers: string[]) => chosen({ headers }, [{ name: 'c', sticky }])
  const jwt = { by: 'jwt', claim: 'sub', in: { by: 'header', name: 'authorization' } } as const
  const jwtCookie = { by: 'jwt', claim: 'sub', in: { by: 'cookie', name: 't' } } as const
  expect(key({ by: 'cookie', name: 'sid' }, ['Cookie', 'a=b; sid=77=8; sid=9'])).toBe('c 77=8')
  expect(key({ by: 'header', name: 'x-user' }, ['X-User', ' 5 '])).toBe('c 5')
  expect(key(jwt, ['Authorization', `Bearer ${token('{"sub":"ada"}')}`])).toBe('c ada')
  expect(key(jwt, ['Authorization', `bearer ${token('{"sub":12345678901234567891}')}`])).toBe(
    'c 12345678901234567891',
  )
  expect(key(jwtCookie, ['Cookie', `t=${token('{"sub":7}')}`])).toBe('c 7')
})

test('a malformed token, or a claim that is no name, is no key', () => {
  const sticky = { by: 'jwt', claim: '__proto__', in: { by: 'header', name: 'authorization' } } as const
  const malformed = ['', 'Bearer', 'Bearer a.b', 'Bearer a.!!.c', `Bearer ${token('{"sub"')}`, 'Basic YTpi']
  const unfit = ['null', '[]', '"sub"', '{}', '{"sub":{}}', '{"sub":""}'].map(json => `Bearer ${token(json)}`)
  for (const claim of ['sub', '__proto__', 'toString'])
    for (const value of [...malformed, ...unfit])
      expect(
        chosen({ headers: ['authorization', value] }, [{ name: 'c', sticky: { ...sticky, claim } }]),
      ).toBe('c null')
})

test('without a key nobody is in a part of a cohort', () => {
  const half: Partial<Cohort> = { percent: 99.999, sticky: { by: 'cookie', name: 'sid' } }
  expect(chosen({}, [half])).toBe('no cohort')
  expect(chosen({ headers: ['cookie', 'sid='] }, [half])).toBe('no cohort')
})

const isIn = (percent: number, key: string, name = 'c') =>
  chosen({ address: key }, [{ name, percent }]) !== 'no cohort'

test('the share of people in a cohort is near its percent', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99 }), fc.string({ minLength: 1 }), (percent, name) => {
      const select = selector({ cohorts: [{ ...everybody, name, percent }], routes: [] })
      let selected = 0
      for (let person = 0; person < 4000; person++)
        if (!('reason' in select(asRequest({ ...get, address: `person-${person}` }), true))) selected += 1
      // Six standard deviations of a binomial: once in 500 million.
      const deviation = Math.sqrt((percent / 100) * (1 - percent / 100) * 4000)
      expect(Math.abs(selected - 40 * percent)).toBeLessThan(6 * deviation)
    }),
    { numRuns: 30 },
  )
})

test('raising the percent only adds people, and the same person is always on the same side', () => {
  const percent = fc.double({ min: 0.01, max: 100, noNaN: true })
  fc.assert(
    fc.property(percent, percent, fc.string({ minLength: 1 }), (one, other, key) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)]
      expect(isIn(low, key)).toBe(isIn(low, key))
      if (isIn(low, key)) expect(isIn(high, key)).toBe(true)
    }),
  )
})

test('which people are in a cohort stays as it was in earlier versions', () => {
  const people = Array.from({ length: 24 }, (_, person) => `person-${person}`)
  expect(people.map(key => (isIn(50, key, 'beta') ? 1 : 0)).join('')).toBe('100001010000111011100010')
})

test('two cohorts of half the people are not the same half', () => {
  const people = Array.from({ length: 4000 }, (_, person) => `person-${person}`)
  const both = people.filter(key => isIn(50, key, 'one') && isIn(50, key, 'two')).length
  expect(Math.abs(both - 1000)).toBeLessThan(170)
})

test('the most specific route is found: literals before parameters before stars, methods before any', () => {
  const names = [
    '* /students/:id',
    'GET /students/:id',
    'GET /students/me',
    'GET /*/me',
    'POST /students',
    '* /:kind/:id/marks',
    'GET /students/:other',
    'GET /',
  ]
  const match = routeMatcher(names.map(name => route(name)))
  const found = (method: string, target: string) => match(method, target)?.name ?? null
  expect(found('GET', '/students/me')).toBe('GET /students/me')
  expect(found('GET', '/students/m%65?x=/y')).toBe('GET /students/me')
  expect(found('PUT', '/students/me')).toBe('* /students/:id')
  expect(found('GET', '/students/17')).toBe('GET /students/:id')
  expect(found('GET', '/teachers/me')).toBe('GET /*/me')
  expect(found('GET', '/students/17/marks')).toBe('* /:kind/:id/marks')
  expect(found('GET', '/students/a%2Fb')).toBe('GET /students/:id')
  expect(found('GET', '/students/50%')).toBe('GET /students/:id')
  expect(found('GET', '/?q')).toBe('GET /')
  for (const stranger of [
    '/students/',
    '/students',
    '//students/1',
    '/students/1/',
    '*',
    'http://h/students/1',
  ])
    expect(found('GET', stranger)).toBe(null)
})
