import { describe, expect, test } from 'vitest'
import type { Comparison, FoundDifference } from '../src/proxy/diff/comparison.ts'
import type { Answer, Exchange } from '../src/proxy/exchange.ts'
import { endpointLearner } from '../src/proxy/learn/endpoints.ts'
import { DifferenceGroups } from '../src/proxy/learn/groups.ts'
import { shownRequest } from '../src/proxy/learn/shown-request.ts'

const AT = Date.UTC(2026, 10, 22)

function answer(status: number, json?: unknown, headers: string[] = []): Answer {
  const bytes = Buffer.from(json === undefined ? '' : JSON.stringify(json))
  return {
    status,
    headers: ['Content-Type', 'application/json', ...headers],
    body: { kind: 'whole', bytes },
    firstMs: 1,
    totalMs: 2,
  }
}

function exchange(
  method: string,
  target: string,
  primary: Answer,
  shadow: Answer,
  control?: Answer,
): Exchange {
  const request = { at: AT, method, target, cohort: 'staff', bodyDigest: null }
  return { kind: 'exchange', request, primary, shadow, control: control ?? null }
}

const difference = (field: string, kind: string): FoundDifference => ({
  field,
  kind,
  path: field.replace('body ', ''),
  primary: '"old"',
  shadow: '"new"',
})
const different = (...differences: FoundDifference[]): Comparison => ({
  outcome: 'different',
  differences,
  more: false,
  excusedBy: [],
  asked: [],
  shape: 'x',
})
const same: Comparison = { outcome: 'same', excusedBy: [], asked: [], shape: 'x' }
const status = difference('status', 'different status')

/** Statuses as the answers have them, and the differ's word for them. */
function record(
  groups: DifferenceGroups,
  of: Exchange,
  comparison: Comparison | null = null,
  endpoint?: string,
): string[] {
  const { method, target } = of.request
  const found = comparison ?? (of.primary.status === of.shadow.status ? same : different(status))
  return groups.record({
    exchange: of,
    endpoint: endpoint ?? endpointLearner({ routes: [], openapi: [] }).endpointOf(method, target),
    comparison: found,
    control: null,
  })
}

describe('groups', () => {
  const price = difference('body $.items[*].price', 'rounded differently')
  const name = difference('body $.name', 'case')
  const ok = (target: string) => exchange('GET', target, answer(200), answer(200))

  test('the same difference of many exchanges is one group, with its first samples', () => {
    const groups = new DifferenceGroups()
    const signatures = Array.from({ length: 9 }, (_, n) =>
      record(groups, ok(`/orders/${n}?full=1`), different(price, price, name)),
    )
    expect(new Set(signatures.map(ids => ids.join())).size).toBe(1)
    expect(signatures[0]).toHaveLength(2)
    const [first] = groups.standings().filter(({ field }) => field === price.field)
    expect(first).toMatchObject({
      endpoint: 'GET /orders/{number}',
      status: '200',
      kind: 'rounded differently',
      exchanges: 9,
      standing: 'difference',
      explanation: null,
      first_seen: '2026-11-22T00:00:00.000Z',
    })
    expect(first?.samples).toHaveLength(5)
    expect(first?.samples[0]?.request).toBe('GET /orders/0?full=1')
  })

  test('another status, kind, field or endpoint is another group, with the same id in every run', () => {
    const ids = () => {
      const groups = new DifferenceGroups()
      return [
        record(groups, ok('/orders/1'), different(price)),
        record(groups, ok('/orders/1'), different({ ...price, kind: 'absent' })),
        record(groups, ok('/orders/1'), different(name)),
        record(groups, ok('/students/1'), different(price)),
        record(groups, exchange('GET', '/orders/1', answer(200), answer(201)), different(price)),
      ].flat()
    }
    expect(new Set(ids()).size).toBe(5)
    expect(ids()).toEqual(ids())
  })

  test('what is the same, or could not be compared, is in no group', () => {
    const groups = new DifferenceGroups()
    expect(record(groups, ok('/a'), same)).toEqual([])
    expect(record(groups, ok('/a'), { outcome: 'unscorable', cause: 'too deep', detail: '' })).toEqual([])
    expect(groups.standings()).toEqual([])
  })

  test('another status class explains a different body; another status of the same class does not', () => {
    const groups = new DifferenceGroups()
    const found = different(status, price, difference('header content-type', 'different value'))
    record(groups, exchange('GET', '/a', answer(200), answer(500)), found)
    expect(groups.standings().map(({ field, status }) => [field, status])).toEqual([['status', '200 → 500']])
    record(groups, exchange('GET', '/b', answer(201), answer(200)), found)
    expect(groups.standings().filter(({ endpoint }) => endpoint === 'GET /b')).toHaveLength(3)
  })

  test('a status that a rule excuses leaves the differences of the body', () => {
    const groups = new DifferenceGroups()
    expect(record(groups, exchange('GET', '/a', answer(200), answer(404)), different(price))).toHaveLength(1)
    expect(groups.standings()[0]).toMatchObject({ field: price.field, status: '200 → 404' })
  })

  test('differences that are not listed are a group that nothing explains', () => {
    const groups = new DifferenceGroups()
    const ids = record(groups, ok('/a'), { ...different(price), more: true } as Comparison)
    expect(ids).toHaveLength(2)
    expect(groups.isExplained(ids[1]!)).toBe(false)
  })

  test('endpoints that merge take their groups along, and ids given before still lead to them', () => {
    const groups = new DifferenceGroups()
    const [one] = record(groups, ok('/u/ada'), different(price), 'GET /u/ada')
    const [two] = record(groups, ok('/u/bob'), different(price), 'GET /u/bob')
    record(groups, ok('/u/bob'), different(name), 'GET /u/bob')
    groups.merge([
      { from: 'GET /u/ada', into: 'GET /u/{slug}' },
      { from: 'GET /u/bob', into: 'GET /u/{slug}' },
      { from: 'GET /u/eve', into: 'GET /u/{slug}' },
    ])
    const [now] = record(groups, ok('/u/joe'), different(price), 'GET /u/{slug}')
    expect([groups.currentId(one!), groups.currentId(two!)]).toEqual([now, now])
    expect(groups.standings().map(({ endpoint, exchanges }) => [endpoint, exchanges])).toEqual([
      ['GET /u/{slug}', 3],
      ['GET /u/{slug}', 1],
    ])
  })

  test('no traffic makes more groups than there is room for, and none of its exchanges passes for explained', () => {
    const groups = new DifferenceGroups()
    const long = 'x'.repeat(5000)
    let ids: string[] = []
    for (let n = 0; n < 30_000; n++) {
      const found = different({
        ...difference(`body $.${long}${n}`, 'absent'),
        path: long,
        primary: long,
        shadow: long,
      })
      ids = record(groups, ok(`/${long}?${long}`), found, `GET /some/endpoint/number/${n % 700}`)
      expect(ids).toHaveLength(1)
    }
    expect(groups.isExplained(ids[0]!)).toBe(false)
    expect(groups.standings().length).toBeLessThan(1800)
    expect(groups.notes()[0]).toMatch(/^\d+ exchanges have differences there was no room to group/)
    expect(JSON.stringify(groups.state()).length).toBeLessThan(2_000_000)
    expect(groups.standings().reduce((sum, { exchanges }) => sum + exchanges, 0)).toBe(30_000)
  })

  test('what was kept is the same after a restart', () => {
    const groups = new DifferenceGroups()
    record(groups, ok('/u/ada'), different(price), 'GET /u/ada')
    groups.merge([{ from: 'GET /u/ada', into: 'GET /u/{slug}' }])
    record(groups, exchange('POST', '/orders', answer(201, { id: 17 }), answer(500)))
    record(groups, exchange('GET', '/orders/17', answer(200), answer(404)))
    const again = new DifferenceGroups(JSON.parse(JSON.stringify(groups.state())))
    expect(again.standings()).toEqual(groups.standings())
    record(groups, exchange('GET', '/orders/17/items', answer(200), answer(404)))
    record(again, exchange('GET', '/orders/17/items', answer(200), answer(404)))
    expect(again.state()).toEqual(groups.state())
  })
})

describe('noise in groups', () => {
  const at = difference('body $.generatedAt', 'different time')
  const shifted = difference('body $.generatedAt', 'off by exactly 3600 s')
  const ask = (
    groups: DifferenceGroups,
    comparison: Comparison,
    control: Comparison,
    statuses = [200, 200, 200],
  ) =>
    groups.record({
      exchange: exchange('GET', '/a', answer(statuses[0]!), answer(statuses[1]!), answer(statuses[2]!)),
      endpoint: 'GET /a',
      comparison,
      control,
    })

  test('what two old stacks differ in as well is noise, and is said to be', () => {
    const groups = new DifferenceGroups()
    let ids: string[] = []
    for (let n = 0; n < 40; n++) ids = ask(groups, different(at), n % 10 === 0 ? same : different(at))
    // Four of 40 on the new stack alone are no reason yet to think that it differs more.
    expect(groups.isExplained(ids[0]!)).toBe(false)
    for (let n = 0; n < 300; n++) ids = ask(groups, different(at), different(at))
    expect(groups.isExplained(ids[0]!)).toBe(true)
    expect(groups.standings()[0]).toMatchObject({ standing: 'noise' })
    expect(groups.standings()[0]?.explanation).toMatch(
      /^differs between two old stacks in 336 of 340 asked twice/,
    )
  })

  test('noise of one kind does not explain another kind in the same field', () => {
    const groups = new DifferenceGroups()
    for (let n = 0; n < 200; n++) ask(groups, different(at), different(at))
    for (const kind of ['off by exactly 3600 s', 'absent', 'number became string']) {
      const [id] = ask(groups, different({ ...shifted, kind }), different(at))
      expect(groups.isExplained(id!)).toBe(false)
    }
  })

  test('noise of one endpoint explains nothing of another', () => {
    const groups = new DifferenceGroups()
    for (let n = 0; n < 200; n++) ask(groups, different(at), different(at))
    const [id] = record(groups, exchange('GET', '/b', answer(200), answer(200)), different(at))
    expect(groups.isExplained(id!)).toBe(false)
  })

  test('without a control nothing is noise', () => {
    const groups = new DifferenceGroups()
    const id = record(groups, exchange('GET', '/a', answer(200), answer(200)), different(at))[0]!
    for (let n = 0; n < 500; n++)
      record(groups, exchange('GET', '/a', answer(200), answer(200)), different(at))
    expect(groups.isExplained(id)).toBe(false)
    expect(groups.isExplained('no such id')).toBe(false)
  })

  test('an error page of the control teaches nothing of the body', () => {
    const groups = new DifferenceGroups()
    const page = different(status, difference('body $.name', 'absent'))
    for (let n = 0; n < 200; n++) ask(groups, same, page, [200, 200, 500])
    const [id] = ask(groups, different(difference('body $.name', 'absent')), same)
    expect(groups.isExplained(id!)).toBe(false)
  })

  test('of a body that an error page took the place of, nothing is counted', () => {
    const groups = new DifferenceGroups()
    const unavailable = different(status, difference('body $.generatedAt', 'absent'))
    for (let n = 0; n < 25; n++) ask(groups, different(at), different(at))
    for (let n = 0; n < 25; n++) ask(groups, different(at), unavailable, [200, 200, 503])
    expect(groups.standings().find(({ field }) => field === at.field)).toMatchObject({
      standing: 'difference',
      explanation: 'differs between two old stacks in 25 of 25 asked twice: too few to call it noise',
    })
  })

  test('a status is noise only in what it becomes: a control that is unavailable explains no missing page', () => {
    const groups = new DifferenceGroups()
    for (let n = 0; n < 200; n++) ask(groups, different(status), different(status), [200, 503, 503])
    const [unavailable] = ask(groups, different(status), different(status), [200, 503, 503])
    const [missing] = ask(groups, different(status), same, [200, 404, 200])
    expect([groups.isExplained(unavailable!), groups.isExplained(missing!)]).toEqual([true, false])
  })

  test('answers that could not be compared to their end count for nothing', () => {
    const groups = new DifferenceGroups()
    const cut = { ...different(at), more: true } as Comparison
    for (let n = 0; n < 200; n++) {
      ask(groups, different(at), cut)
      ask(groups, different(at), { outcome: 'unscorable', cause: 'undecodable', detail: '' })
    }
    const [id] = ask(groups, different(at), same)
    expect(groups.isExplained(id!)).toBe(false)
  })

  test('what is noise can become a difference again', () => {
    const groups = new DifferenceGroups()
    for (let n = 0; n < 400; n++)
      ask(groups, n % 20 === 0 ? different(at) : same, n % 20 === 1 ? different(at) : same)
    const [id] = ask(groups, different(at), same)
    expect(groups.isExplained(id!)).toBe(true)
    for (let n = 0; n < 30; n++) ask(groups, different(at), same)
    expect(groups.isExplained(id!)).toBe(false)
  })

  test('endpoints that merge are counted together', () => {
    const groups = new DifferenceGroups()
    for (const endpoint of ['GET /u/ada', 'GET /u/bob'])
      for (let n = 0; n < 20; n++)
        groups.record({
          exchange: exchange('GET', '/u', answer(200), answer(200), answer(200)),
          endpoint,
          comparison: different(at),
          control: different(at),
        })
    expect(groups.standings().map(({ standing }) => standing)).toEqual(['difference', 'difference'])
    groups.merge(['ada', 'bob'].map(name => ({ from: `GET /u/${name}`, into: 'GET /u/{slug}' })))
    expect(groups.standings()[0]?.explanation).toMatch(/40 of 40/)
    expect(groups.standings()[0]?.standing).toBe('noise')
  })
})

describe('one cause that cascades', () => {
  const missing = (target: string, method = 'GET') => exchange(method, target, answer(200), answer(404))
  const standingOf = (groups: DifferenceGroups, endpoint: string) =>
    groups.standings().find(group => group.endpoint === endpoint)

  test('what a failed create should have made is shown under it, and still counts', () => {
    const groups = new DifferenceGroups()
    const [root] = record(groups, exchange('POST', '/orders', answer(201, { id: 17 }), answer(500)))
    const [follower] = record(groups, missing('/orders/17?full=1'))
    record(groups, missing('/orders/17/items'))
    record(groups, missing('/orders/17/', 'DELETE'))
    for (const endpoint of ['GET /orders/{number}', 'GET /orders/{number}/items', 'DELETE /orders/{number}'])
      expect(standingOf(groups, endpoint)).toMatchObject({
        standing: 'follows',
        explanation: `follows from ${root} (POST /orders, 201 → 500): what that should have made is not there`,
      })
    expect(standingOf(groups, 'POST /orders')?.standing).toBe('difference')
    expect(groups.isExplained(follower!)).toBe(false)
  })

  test.each([
    ['Location', answer(201, {}, ['Location', '/api/orders/17'])],
    [
      'an absolute Location after a form',
      answer(302, undefined, ['location', 'http://old.example/api/orders/17?new=1']),
    ],
    ['an id in an envelope', answer(201, { order: { id: 17, items: [] } })],
    ['an id under data', answer(200, { data: { id: '17' }, meta: {} })],
  ])('the thing is known by %s', (_, created) => {
    const groups = new DifferenceGroups()
    record(groups, exchange('POST', '/api/orders', created, answer(503)))
    record(groups, missing('/api/orders/17'))
    expect(standingOf(groups, 'GET /api/orders/{number}')?.standing).toBe('follows')
  })

  test('an id that is unique by its form is known in any path', () => {
    const groups = new DifferenceGroups()
    const id = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
    record(groups, exchange('POST', '/orders', answer(201, { id }), answer(500)))
    record(groups, missing(`/invoices/of/${id}/pdf`))
    expect(standingOf(groups, 'GET /invoices/of/{uuid}/pdf')?.standing).toBe('follows')
  })

  test('one 404 of another thing, and the whole group is a difference', () => {
    const groups = new DifferenceGroups()
    const [root] = record(groups, exchange('POST', '/orders', answer(201, { id: 17 }), answer(500)))
    record(groups, missing('/orders/17'))
    record(groups, missing('/orders/18'))
    expect(standingOf(groups, 'GET /orders/{number}')).toMatchObject({ standing: 'difference', exchanges: 2 })
    expect(standingOf(groups, 'GET /orders/{number}')?.explanation).toContain(
      `in 1 of 2 exchanges follows from ${root}`,
    )
  })

  test.each([
    ['a number like it elsewhere', answer(201, { id: 17 }), '/students/17'],
    ['a longer number', answer(201, { id: 17 }), '/orders/171'],
    ['the page a form leads to', answer(302, undefined, ['Location', '/dashboard']), '/dashboard'],
    ['the list itself', answer(302, undefined, ['Location', '/orders']), '/orders'],
    ['an id JavaScript rounds', answer(201), '/orders/9007199254740993'],
  ])('%s does not follow', (_, created, target) => {
    const groups = new DifferenceGroups()
    if (created.body.kind === 'whole' && created.body.bytes.length === 0 && created.status === 201)
      created.body = { kind: 'whole', bytes: Buffer.from('{"id":9007199254740993}') }
    record(groups, exchange('POST', '/orders', created, answer(500)))
    record(groups, missing(target))
    expect(groups.standings().map(({ standing }) => standing)).toEqual(['difference', 'difference'])
  })

  test('an action that fails has made nothing, though it answers with the thing', () => {
    const groups = new DifferenceGroups()
    const id = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
    record(groups, exchange('POST', `/orders/${id}/cancel`, answer(200, { id }), answer(500)))
    record(groups, exchange('PUT', `/orders/${id}`, answer(200, { id }), answer(500)))
    record(groups, missing(`/orders/${id}`))
    expect(standingOf(groups, 'GET /orders/{uuid}')?.standing).toBe('difference')
  })

  test('another status than 404 does not follow', () => {
    const groups = new DifferenceGroups()
    record(groups, exchange('POST', '/orders', answer(201, { id: 17 }), answer(500)))
    record(groups, exchange('GET', '/orders/17', answer(200), answer(500)))
    expect(standingOf(groups, 'GET /orders/{number}')?.standing).toBe('difference')
  })

  test('where the shadow gives another id, what has the old one follows from that', () => {
    const groups = new DifferenceGroups()
    const created = exchange('POST', '/orders', answer(201, { id: 17 }), answer(201, { id: 4 }))
    const [root] = record(groups, created, different(difference('body $.id', 'different value')))
    record(groups, missing('/orders/17'))
    expect(standingOf(groups, 'GET /orders/{number}')?.explanation).toContain(`follows from ${root}`)
  })

  test('a create below what was not made leads to the first cause', () => {
    const groups = new DifferenceGroups()
    const [root] = record(groups, exchange('POST', '/orders', answer(201, { id: 17 }), answer(500)))
    record(groups, exchange('POST', '/orders/17/items', answer(201, { id: 5 }), answer(404)))
    record(groups, missing('/orders/17/items/5'))
    const items = standingOf(groups, 'GET /orders/{number}/items/{number}')
    expect(items).toMatchObject({ standing: 'follows' })
    expect(items?.explanation).toContain(root!)
  })

  test('a thing that is made after all is not missing any more', () => {
    const groups = new DifferenceGroups()
    record(groups, exchange('PUT', '/orders/17', answer(201), answer(500)))
    record(groups, exchange('PUT', '/orders/17', answer(201), answer(201)))
    record(groups, missing('/orders/17'))
    expect(standingOf(groups, 'GET /orders/{number}')?.standing).toBe('difference')
  })

  test('a cause whose endpoint merges is still named', () => {
    const groups = new DifferenceGroups()
    record(
      groups,
      exchange('POST', '/shops/ada', answer(201, { id: 17 }), answer(500)),
      null,
      'POST /shops/ada',
    )
    record(groups, missing('/shops/ada/17'), null, 'GET /shops/ada/{number}')
    groups.merge([{ from: 'POST /shops/ada', into: 'POST /shops/{slug}' }])
    expect(standingOf(groups, 'GET /shops/ada/{number}')?.explanation).toContain(
      '(POST /shops/{slug}, 201 → 500)',
    )
  })

  test('things are remembered within bounds', () => {
    const groups = new DifferenceGroups()
    for (let n = 0; n < 5000; n++)
      record(groups, exchange('POST', '/orders', answer(201, { id: n }), answer(500)), null, 'POST /orders')
    expect(groups.state().creates.length).toBeLessThanOrEqual(1000)
    record(groups, missing('/orders/1'))
    expect(standingOf(groups, 'GET /orders/{number}')?.standing).toBe('difference')
  })
})

describe('requests in samples', () => {
  test.each([
    ['/students?full=1', '/students?full=1'],
    ['/students?access_token=abc&full=1', '/students?access_token=[redacted]&full=1'],
    ['/x?user%5Bpassword%5D=abc', '/x?user%5Bpassword%5D=[redacted]'],
    ['/cb?code=abc&state=x', '/cb?code=[redacted]&state=[redacted]'],
    ['/f?X-Amz-Signature=abc', '/f?X-Amz-Signature=[redacted]'],
    ['/x;jsessionid=ABC/y', '/x;jsessionid=[redacted]/y'],
    ['/password_reset/dQw4w9WgXcQ-1aZ9kLmPq', '/password_reset/[redacted]'],
    ['/x?q=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig', '/x?q=[redacted]'],
    ['/x?dQw4w9WgXcQ-1aZ9kLmPq', '/x?[redacted]'],
    ['/x?%zz=%', '/x?%zz=%'],
  ])('%s is shown as %s', (target, shown) => {
    expect(shownRequest('GET', target)).toBe(`GET ${shown}`)
  })

  test('long ones are cut, and no secret shows in what is left', () => {
    const shown = shownRequest('GET', `/x?${'a=1&'.repeat(50)}token=${'secret'.repeat(2000)}`)
    expect(shown.length).toBeLessThanOrEqual(240)
    expect(shown).not.toContain('secret')
  })
})
