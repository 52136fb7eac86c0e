import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EndpointLearner, endpointLearner } from '../src/proxy/learn/endpoints.ts'
import { ESTABLISHED } from '../src/proxy/learn/learned-paths.ts'

function learner(limit = 500): EndpointLearner {
  return endpointLearner({ routes: [], openapi: [], limit })
}

/** The names after everything has been asked: what was learned late holds for what was asked early. A 404 teaches nothing. */
function namesOf(given: EndpointLearner, targets: string[]): string[] {
  for (const target of targets) given.endpointOf('GET', target)
  return [...new Set(targets.map(target => given.endpointOf('GET', target, 404)))].sort()
}

const nameOf = (target: string) => learner().endpointOf('GET', target).replace('GET ', '')

describe('what a path is called', () => {
  test.each([
    ['/students/17?full=1', '/students/{number}'],
    ['/students/17/grades/3', '/students/{number}/grades/{number}'],
    ['/students/new', '/students/new'],
    ['/api/v2/students', '/api/v2/students'],
    ['/api/v1beta1/x', '/api/v1beta1/x'],
    ['/', '/'],
    ['', '/'],
    ['/?q=1', '/'],
    ['/u/3F2504E0-4F89-11D3-9A0C-0305E82C3301', '/u/{uuid}'],
    ['/u/507f1f77bcf86cd799439011', '/u/{hash}'],
    ['/c/da39a3ee5e6b4b0d3255bfef95601890afd80709', '/c/{hash}'],
    ['/e/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/e/{ulid}'],
    ['/e/0ujtsYcgvSTl8PAuAdqWYSMnLOv', '/e/{token}'],
    ['/e/cjld2cjxh0000qzrmn831i7rn', '/e/{token}'],
    ['/v1/customers/cus_NffrFeUfNV2Hib', '/v1/customers/{token}'],
    ['/w/dQw4w9WgXcQ-_1aZ9kLmPq', '/w/{token}'],
    ['/e/ada%40example.com', '/e/{email}'],
    ['/reports/2024-05-17', '/reports/{date}'],
    ['/blog/2024/05/how-to-move', '/blog/{number}/{number}/how-to-move'],
    ['/orders/ORD-2024-0017', '/orders/{code}'],
    ['/people/17-ada-lovelace', '/people/{slug}'],
    ['/students/17.json', '/students/{number}.json'],
    ['/tiles/12/654/1583.png', '/tiles/{number}/{number}/{number}.png'],
    ['/static/js/main.8e0d6f2c.chunk.js', '/static/js/main.{hash}.chunk.js'],
    ['/assets/index-BxK3f9aQ.js', '/assets/index-{hash}.js'],
    ['/_next/static/chunks/pages/index-3f2a1b4c5d6e7f80.js', '/_next/static/chunks/pages/index-{hash}.js'],
    ['/_next/data/aR9tQv3ZxK0bLw7YpM2cd/index.json', '/_next/data/{token}/index.json'],
    ['/odata/Students(17)', '/odata/Students({key})'],
    ['/v1/jobs/17:cancel', '/v1/jobs/{number}:cancel'],
    ['/map/52.52,13.40', '/map/{numbers}'],
    ['/graphql', '/graphql'],
    ['/wp-json/wp/v2/posts', '/wp-json/wp/v2/posts'],
    ['/rails/active_storage/blobs', '/rails/active_storage/blobs'],
    ['/accounts/password_reset', '/accounts/password_reset'],
    ['/getStudentsByNameAndYear', '/getStudentsByNameAndYear'],
    ['/sha256', '/sha256'],
    ['/oauth2/token', '/oauth2/token'],
  ])('%s is %s', (target, name) => {
    expect(nameOf(target)).toBe(name)
  })

  test('a slash at the end, doubled slashes and parameters of segments make no other endpoint', () => {
    for (const target of [
      '/students/',
      '//students',
      '/students;jsessionid=1A2B',
      '/students/;a=1',
      '/students#x',
    ])
      expect(nameOf(target)).toBe('/students')
  })

  test('case counts, and so does what the stacks themselves resolve', () => {
    expect(nameOf('/Students')).toBe('/Students')
    expect(nameOf('/a/../b/./c')).toBe('/a/../b/./c')
  })

  test('percent-encoding that is not needed makes no other endpoint, and an encoded slash splits nothing', () => {
    expect(nameOf('/%73tudents')).toBe('/students')
    expect(nameOf('/a%2Fb')).toBe('/a%2Fb')
    expect(nameOf('/50%-off')).toBe('/50%-off')
  })

  test('a path cannot pass itself off as a placeholder, or break a line', () => {
    expect(nameOf('/students/{number}')).toBe('/students/%7Bnumber%7D')
    expect(nameOf('/a%0Ab%00/c\u{1F600}')).toBe('/a%0Ab%00/c%F0%9F%98%80')
    expect(nameOf('/\ud800')).toMatch(/^\/[\x21-\x7e]+$/)
  })

  test('very long segments and very deep paths have short names', () => {
    expect(nameOf(`/${'a'.repeat(8000)}`)).toBe('/{slug}')
    expect(nameOf('/a'.repeat(4000))).toBe(`${'/a'.repeat(16)}/{rest}`)
  })
})

describe('names that turn out to be values', () => {
  const slugs = Array.from(
    { length: 60 },
    (_, n) => `/articles/why-number-${['a', 'b', 'c'][n % 3]}${n}-is-good`,
  )
  const users = Array.from({ length: 80 }, (_, n) => `/users/${letters(n)}/posts`)

  test('many slugs are one endpoint, and words beside them stay', () => {
    const given = learner()
    expect(namesOf(given, ['/articles/new', '/articles/search', ...slugs])).toEqual([
      'GET /articles/new',
      'GET /articles/search',
      'GET /articles/{slug}',
    ])
  })

  test('many user names are one endpoint, with what is below them', () => {
    expect(namesOf(learner(), users)).toEqual(['GET /users/{slug}/posts'])
  })

  test('values below values are found, though each has few of them', () => {
    const pages = Array.from({ length: 120 }, (_, n) => `/u/${letters(n >> 1)}/${letters(n)}`)
    expect(namesOf(learner(), pages)).toEqual(['GET /u/{slug}/{slug}'])
  })

  test('what is known to be a value below one name is so below all that it merges with', () => {
    const given = learner()
    for (let n = 0; n < 25; n++) given.endpointOf('GET', `/u/ada/on-the-${letters(n)}`)
    for (let n = 0; n < 60; n++) given.endpointOf('GET', `/u/${letters(n)}`)
    expect(given.endpointOf('GET', '/u/someone/on-the-road')).toBe('GET /u/{slug}/{slug}')
  })

  test('every name given before leads to the name given now', () => {
    const given = learner()
    const early = new Map(users.map(target => [target, given.endpointOf('GET', target)]))
    const into = new Map(given.merges().map(merge => [merge.from, merge.into]))
    for (const [target, name] of early) {
      let last = name
      while (into.has(last)) last = into.get(last)!
      expect(last).toBe(given.endpointOf('GET', target))
    }
    expect(given.merges()).toEqual([])
  })

  test('a file keeps its extension where names are values', () => {
    const files = Array.from({ length: 60 }, (_, n) => `/covers/${letters(n)}.jpg`)
    expect(namesOf(learner(), [...files, '/covers/index.json'])).toEqual([
      'GET /covers/{slug}.jpg',
      'GET /covers/{slug}.json',
    ])
  })

  test('few names never become values, however often they are asked', () => {
    const given = learner()
    const words = Array.from({ length: 50 }, (_, n) => `/api/${letters(n)}`)
    for (let round = 0; round < 100; round++) for (const word of words) given.endpointOf('GET', word)
    expect(namesOf(given, words)).toHaveLength(50)
    expect(given.merges()).toEqual([])
  })

  test('what the primary does not know teaches nothing', () => {
    const given = learner()
    given.endpointOf('GET', '/students', 200)
    for (let n = 0; n < 1000; n++)
      expect(given.endpointOf('GET', `/${letters(n)}.php`, 404)).toBe('unknown path')
    expect(given.endpointOf('GET', '/students', 404)).toBe('GET /students')
    expect(given.endpointOf('DELETE', '/students', 405)).toBe('unknown path')
  })

  test('words of the plan stay among any number of values', () => {
    const given = endpointLearner({
      routes: [{ name: '', method: 'POST', path: '/settings/:section', mirror: null }],
      openapi: [],
    })
    for (let n = 0; n < 200; n++) given.endpointOf('GET', `/${letters(n)}`)
    expect(given.endpointOf('GET', '/settings')).toBe('GET /settings')
    expect(given.endpointOf('GET', '/somebody')).toBe('GET /{slug}')
  })
})

describe('whatever the traffic', () => {
  const segment = fc.oneof(
    fc.constantFrom('api', 'v2', 'users', 'new', 'posts', '17', 'index.js', 'my-long-slug', 'x1y2'),
    fc.integer({ min: 0, max: 99 }).map(letters),
    fc.integer({ min: 0, max: 49 }).map(n => `a-b-${letters(n)}`),
    fc.integer({ min: 0, max: 60 }).map(n => `${letters(n)}.json`),
  )
  /** No name is asked so often that it is established before its place is full. */
  const paths = fc
    .array(fc.array(segment, { maxLength: 4 }), { minLength: 300, maxLength: 900 })
    .map(paths => {
      const asked = new Map<string, number>()
      return paths
        .filter(segments => {
          const names = segments.map((name, depth) => `${depth} ${name}`)
          if (names.some(name => (asked.get(name) ?? 0) >= ESTABLISHED - 1)) return false
          for (const name of names) asked.set(name, (asked.get(name) ?? 0) + 1)
          return true
        })
        .map(segments => `/${segments.join('/')}`)
    })

  test('the order of arrival does not change the endpoints', () => {
    fc.assert(
      fc.property(paths, fc.integer(), (targets, seed) => {
        const shuffled = shuffle(targets, seed)
        expect(namesOf(learner(10_000), shuffled)).toEqual(namesOf(learner(10_000), targets))
      }),
      { numRuns: 40 },
    )
  })

  test('an application with traffic of every kind has the same endpoints in any order', () => {
    const routes = [
      '/students',
      '/students/new',
      '/orders',
      '/orders/search',
      '/settings',
      '/login',
      '/api/v2/me',
    ]
    const traffic = [
      ...routes.flatMap(route => Array.from({ length: 2000 }, () => route)),
      ...Array.from({ length: 4000 }, (_, n) => `/students/${n}/grades`),
      ...Array.from({ length: 3000 }, (_, n) => `/articles/${letters(n)}-or-${letters(n * 7)}`),
      ...Array.from({ length: 3000 }, (_, n) => `/u/${letters(n % 400)}/posts`),
      // What strangers try, where the application answers everything with its front page.
      ...Array.from({ length: 300 }, (_, n) => `/${letters(n * 3)}`),
    ]
    const expected = [
      ...routes.map(route => `GET ${route}`),
      'GET /articles/{slug}',
      'GET /students/{number}/grades',
      'GET /u/{slug}/posts',
      'GET /{slug}',
    ].sort()
    for (let seed = 1; seed <= 5; seed++)
      expect(namesOf(learner(), shuffle(traffic, seed * 7919))).toEqual(expected)
  })

  test('names that were asked often before there were too many stay, and no others join them', () => {
    const users = Array.from({ length: 70 }, (_, n) => `/u/${letters(n)}`)
    const often = users.flatMap(user => Array.from({ length: 100 }, () => user))
    expect(namesOf(learner(), often)).toEqual([
      ...users.slice(0, 50).map(user => `GET ${user}`),
      'GET /u/{slug}',
    ])
  })

  test('a learner restored in the middle goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(paths, fc.nat(), (targets, cut) => {
        const at = cut % targets.length
        const before = learner(10_000)
        const undisturbed = learner(10_000)
        for (const target of targets.slice(0, at)) before.endpointOf('GET', target)
        const state = JSON.parse(JSON.stringify(before.state()))
        const restored = endpointLearner({ routes: [], openapi: [], limit: 10_000, state })
        expect(restored.merges()).toEqual([])
        for (const target of targets.slice(0, at)) undisturbed.endpointOf('GET', target)
        for (const target of targets.slice(at))
          expect(restored.endpointOf('GET', target)).toBe(undisturbed.endpointOf('GET', target))
        expect(restored.state()).toEqual(undisturbed.state())
      }),
      { numRuns: 25 },
    )
  })

  test('names a plan no longer says merge when the learner is restored, and are told', () => {
    const routes = [{ name: '', method: 'GET', path: '/settings/all', mirror: null }]
    const before = endpointLearner({ routes, openapi: [] })
    for (let n = 0; n < 100; n++) before.endpointOf('GET', `/${letters(n)}`)
    before.endpointOf('POST', '/settings')
    const after = endpointLearner({ routes: [], openapi: [], state: before.state() })
    expect(after.merges()).toEqual([{ from: 'POST /settings', into: 'POST /{slug}' }])
    expect(after.notes()).toEqual([
      'Names that come below / are taken for values, there were so many; name endpoints there in pilot.routes.',
    ])
  })

  test('merges lead every earlier name to the present one, however they nest', () => {
    fc.assert(
      fc.property(paths, targets => {
        const given = learner(10_000)
        const score = new Map<string, Set<string>>()
        const follow = () => {
          for (const { from, into } of given.merges()) {
            const moved = score.get(from)
            score.delete(from)
            if (moved) score.set(into, new Set([...(score.get(into) ?? []), ...moved]))
          }
        }
        for (const target of targets) {
          const name = given.endpointOf('GET', target)
          follow()
          score.set(name, (score.get(name) ?? new Set()).add(target))
        }
        for (const [name, asked] of score)
          for (const target of asked) expect(given.endpointOf('GET', target, 404)).toBe(name)
      }),
      { numRuns: 40 },
    )
  })

  test('there are never more endpoints than the limit, and what is left out is counted', () => {
    const given = learner(40)
    const names = new Set<string>()
    for (let n = 0; n < 30_000; n++)
      names.add(
        given.endpointOf('GET', `/${letters(n % 45)}/${letters((n * 7) % 45)}/${letters((n * 13) % 45)}`),
      )
    for (const { from } of given.merges()) names.delete(from)
    expect(names.delete('other')).toBe(true)
    expect(names.size).toBeLessThanOrEqual(40)
    expect(given.notes()[0]).toMatch(/^\d+ requests are named "other": there is room for 40 endpoints/)
  })

  test('hostile paths by the thousand leave little behind', () => {
    const given = learner()
    let random = 1
    const next = () => {
      random = (Math.imul(random, 1103515245) + 12345) >>> 0
      return random
    }
    for (let n = 0; n < 15_000; n++) {
      const depth = next() % 20
      const target = Array.from(
        { length: depth },
        () => `/${letters(next() % 5000).repeat((next() % 20) + 1)}.${letters(next() % 900)}`,
      )
      given.endpointOf('GET', target.join(''))
    }
    expect(JSON.stringify(given.state()).length).toBeLessThan(1_000_000)
  })
})

/** 0 → aa, 1 → ab: names without digits. */
function letters(n: number): string {
  const letter = (of: number) => String.fromCharCode(97 + (of % 26))
  return letter(n / 676) + letter(n / 26) + letter(n)
}

function shuffle<T>(values: T[], seed: number): T[] {
  let random = seed | 1
  const shuffled = [...values]
  for (let at = shuffled.length - 1; at > 0; at--) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0
    const other = random % (at + 1)
    ;[shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!]
  }
  return shuffled
}
