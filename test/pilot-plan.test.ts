import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ParitygateError } from '../src/model/error.ts'
import { loadPlan } from '../src/plan/load-plan.ts'
import { pilotOf } from '../src/plan/pilot.ts'

const folder = mkdtempSync(join(tmpdir(), 'pilot-plan-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const head = ['name: shop', 'source: { url: old.db }', 'target: { url: new.db }', 'tables: { people: }']

function planned(...pilot: string[]) {
  const file = join(folder, 'cutover.yaml')
  writeFileSync(file, [...head, ...pilot, ''].join('\n'))
  return pilotOf(loadPlan(file, {}))
}

function refusal(...pilot: string[]): ParitygateError {
  try {
    planned(...pilot)
  } catch (error) {
    if (error instanceof ParitygateError) return error
    throw error
  }
  throw new Error('it was taken')
}

const legs = [
  '  listen: 127.0.0.1:8080',
  '  primary: http://127.0.0.1:5000',
  '  shadow: http://127.0.0.1:3000',
]

test('three addresses are a pilot: everybody, GET and HEAD, without a control', () => {
  const pilot = planned('pilot:', ...legs)
  expect(pilot).toMatchObject({
    listen: { host: '127.0.0.1', port: 8080 },
    primary: { name: 'primary', origin: 'http://127.0.0.1:5000', host: null },
    shadow: { name: 'shadow', timeoutMs: 10_000, concurrency: 64, queue: 256, keepCookies: true },
    control: null,
    cohorts: [{ name: 'everybody', percent: 100, sticky: { by: 'address' } }],
    routes: [],
    rules: [],
    bodyLimit: 1_048_576,
    budget: { mismatch_rate: 0.001, confidence: 0.95, unscorable: 0.05, unseen: 0.01 },
  })
  expect(structuredClone(pilot)).toEqual(pilot)
})

test('everything a plan can say arrives', () => {
  const pilot = planned(
    'pilot:',
    '  listen: "[::1]:8443"',
    '  primary: { url: "http://127.0.0.1:5000", host: shop.example }',
    '  shadow:',
    '    url: https://new.example:3000',
    '    headers: { Authorization: Bearer x, X-Old: null }',
    '    cookies: { session: sid, tracking: null }',
    '    timeout: 500ms',
    '    keep_cookies: false',
    '  control: { url: "http://127.0.0.1:5001", percent: 25 }',
    '  cohorts:',
    '    staff: { header: { X-Pilot: staff } }',
    '    slice: { percent: 5, sticky: { jwt: { claim: sub } }, methods: [get], paths: ["/api/**"] }',
    '  routes: { "get /students/:id": , "POST /orders": { mirror: true } }',
    '  rules:',
    '    - { route: POST /orders, keyed: { path: $.lines, by: sku }, reason: order of no meaning }',
    '    - { timestamps: { path: $..at, precision: second, within: 2s }, reason: two clocks, expires: 2026-12-31 }',
    '    - { ignore_header: X-Request-Id, reason: one per request }',
    '  budget: { mismatch_rate: 1%, latency: { p95_ratio: 1.5 } }',
    '  body_limit: 64k',
  )
  expect(pilot.listen).toEqual({ host: '::1', port: 8443 })
  expect(pilot.primary.host).toBe('shop.example')
  expect(pilot.shadow).toMatchObject({
    headers: { authorization: 'Bearer x', 'x-old': null },
    cookies: { session: 'sid', tracking: null },
    timeoutMs: 500,
    keepCookies: false,
  })
  expect(pilot.control).toMatchObject({ name: 'control', percent: 25 })
  expect(pilot.cohorts).toMatchObject([
    { name: 'staff', headers: { 'x-pilot': 'staff' }, percent: 100 },
    {
      name: 'slice',
      percent: 5,
      methods: ['GET'],
      sticky: { by: 'jwt', claim: 'sub', in: { by: 'header', name: 'authorization' } },
    },
  ])
  expect(pilot.routes).toEqual([
    { name: 'get /students/:id', method: 'GET', path: '/students/:id', mirror: null },
    { name: 'POST /orders', method: 'POST', path: '/orders', mirror: true },
  ])
  expect(pilot.rules.map(({ number, excuse, expires }) => [number, excuse, expires])).toEqual([
    [1, { kind: 'keyed', path: '$.lines', by: 'sku' }, null],
    [2, { kind: 'timestamps', path: '$..at', precisionMs: 1000, withinMs: 2000 }, '2026-12-31'],
    [3, { kind: 'ignore_header', name: 'x-request-id' }, null],
  ])
  expect(pilot.bodyLimit).toBe(65_536)
  expect(pilot.budget).toMatchObject({ mismatch_rate: 0.01, p95_ratio: 1.5, p99_ratio: 1.2 })
})

test('a plan without a pilot says so', () => {
  expect(refusal()).toMatchObject({ code: 'pilot.missing', exitCode: 2 })
})

test('a rule of an unknown route names the nearest, with its place', () => {
  const error = refusal(
    'pilot:',
    ...legs,
    '  routes: { GET /students/:id: }',
    '  rules:',
    '    - route: GET /student/:id',
    '      ignore: $..at',
    '      reason: set at read time',
  )
  expect(error.code).toBe('plan.invalid')
  expect(error.message).toMatch(/cutover\.yaml:11:14: there is no route "GET \/student\/:id"/)
  expect(error.message).toContain('nearest: "GET /students/:id"')
})

test('a JSONPath that cannot be read is shown with its place, and where in it the mistake is', () => {
  const error = refusal(
    'pilot:',
    ...legs,
    '  rules:',
    '    - { ignore: "$.items[?@.a", reason: not yet known }',
    '    - { keyed: { path: "items", by: id }, reason: not yet known }',
    '  redact: [ "$..[" ]',
  )
  expect(error.code).toBe('plan.invalid')
  expect(error.message).toMatch(/cutover\.yaml:10:17: .*at character \d+ of \$\.items\[\?@\.a/)
  expect(error.message).toMatch(/cutover\.yaml:11:24: .*at character 1 of items/)
  expect(error.message).toMatch(/cutover\.yaml:12:13: /)
})

test.each([
  ['  primary: http://127.0.0.1:8080', 'primary'],
  ['  primary: http://localhost:8080', 'primary'],
  ['  primary: http://[::1]:8080/', 'primary'],
])('a stack that is the pilot itself is refused: %s', (line, leg) => {
  const error = refusal('pilot:', '  listen: 127.0.0.1:8080', line, '  shadow: http://127.0.0.1:3000')
  expect(error).toMatchObject({ code: 'pilot.loop', exitCode: 2 })
  expect(error.where).toMatch(/cutover\.yaml:7:12/)
  expect(error.message).toContain(leg)
})

test.each([
  [['  rules: [ { reason: because } ]'], 'a rule says one of'],
  [['  rules: [ { ignore: $.a, unordered: $.b, reason: because } ]'], 'ignore and unordered'],
  [['  rules: [ { ignore: $.a } ]'], '"reason" is missing'],
  [['  rules: [ { ignored: $.a, reason: because } ]'], 'did you mean "ignore"'],
  [['  rules: [ { ignore: $.a, reason: because, expires: 2026-02-30 } ]'], 'no day of the calendar'],
  [['  rules: [ { tolerance: { path: $.a }, reason: because } ]'], 'absolute, relative or both'],
  [['  routes: { students: }'], 'is no route'],
  [['  cohorts: { slice: { percent: 0 } }'], 'percent'],
  [['  cohorts: { slice: { sticky: { cookie: a, header: b } } }'], 'sticky'],
  [['  openapi: [ nowhere.yaml ]'], 'there is no file nowhere.yaml'],
  [['  tls: { certificate: a.pem, key: b.pem }'], 'there is no file a.pem'],
])('what makes no sense is refused with its place: %s', (lines, message) => {
  const error = refusal('pilot:', ...legs, ...lines)
  expect(error.code).toBe('plan.invalid')
  expect(error.message).toContain(message)
  expect(error.message).toMatch(/cutover\.yaml:9:\d+: /)
})

test.each([
  ['listen', ['  listen: localhost', legs[1]!, legs[2]!], 'is no host:port'],
  ['a port', ['  listen: 127.0.0.1:99999', legs[1]!, legs[2]!], 'is no host:port'],
  ['a path', [legs[0]!, '  primary: http://127.0.0.1:5000/api', legs[2]!], 'without user, path or query'],
  [
    'a user',
    [legs[0]!, '  primary: "http://me:secret@127.0.0.1:5000"', legs[2]!],
    'without user, path or query',
  ],
  ['a scheme', [legs[0]!, '  primary: ftp://127.0.0.1', legs[2]!], 'primary'],
])('an address that cannot be used is refused, and no secret repeated: %s', (_, lines, message) => {
  const error = refusal('pilot:', ...lines)
  expect(error.code).toBe('plan.invalid')
  expect(error.message).toContain(message)
  expect(error.message).not.toContain('secret')
})

const shadowed = (words: string) => [
  ...legs.slice(0, 2),
  `  shadow: { url: "http://127.0.0.1:3000", ${words} }`,
]

test.each([
  [[...legs, '  trust: [ 10.0.0.0/8, 10.0.0.0/33 ]'], '9:24', 'neither an address nor a network'],
  [[...legs, '  trust: [ "::/0/4" ]'], '9:12', 'neither an address nor a network'],
  [[...legs, '  trust: [ 10.0.0.0/ ]'], '9:12', 'neither an address nor a network'],
  [shadowed('headers: { "x y": z }'), '8:', 'is no name of a header'],
  [shadowed('headers: { authorization: "s3cret\\r\\nx: y" }'), '8:', 'characters that no header may hold'],
  [shadowed('headers: { X-A: one, x-a: two }'), '8:', 'x-a is said twice'],
  [shadowed('headers: { Transfer-Encoding: chunked }'), '8:', 'set by the pilot itself'],
  [shadowed('headers: { content-length: null }'), '8:', 'set by the pilot itself'],
  [shadowed('host: "shop.example/x"'), '8:', 'it is no host'],
  [shadowed('cookies: { a: "b=s3cret;c" }'), '8:', 'names of cookies'],
  [shadowed('timeout: 0ms'), '8:', 'from 1ms to 596h'],
  [shadowed('timeout: 9999999h'), '8:', 'from 1ms to 596h'],
  [shadowed('ca: cutover.yaml'), '8:', 'no certificate'],
  [[...legs, '  compare_headers: [ "x total" ]'], '9:22', 'is no name of a header'],
  [[...legs, '  rules: [ { ignore_header: "x:", reason: because } ]'], '9:29', 'is no name of a header'],
  [[...legs, '  cohorts: { a: { methods: [ "GE T" ] } }'], '9:30', 'is no method'],
  [[...legs, '  cohorts: { a: { header: { "a b": c } } }'], '9:', 'is no name of a header'],
  [[...legs, '  routes: { "GET /a?b=1": { mirror: false } }'], '9:', 'without query'],
  [[...legs, '  routes: { "GET /a/**": { mirror: false } }'], '9:', 'stands for one segment'],
  [
    [...legs, '  routes: { "POST /a/:id": { mirror: true }, "post /a/:x": { mirror: false } }'],
    '9:',
    'the same route as "POST /a/:id"',
  ],
])('what nobody can mean is refused with its place, and no value repeated: %j', (lines, place, message) => {
  const error = refusal('pilot:', ...lines)
  expect(error.code).toBe('plan.invalid')
  expect(error.message).toContain(`cutover.yaml:${place}`)
  expect(error.message).toMatch(/^cutover\.yaml:\d+:\d+: |\/cutover\.yaml:\d+:\d+: /)
  expect(error.message).toContain(message)
  expect(error.message).not.toContain('s3cret')
})

test.each([
  ['  shadow: http://127.0.0.1:5000', '', 'cutover.yaml:8:11: it is the primary'],
  ['  shadow: http://localhost:5000', '', 'cutover.yaml:8:11: it is the primary'],
  [legs[2]!, '  control: { url: "http://127.0.0.1:3000" }', 'cutover.yaml:9:12: it is the shadow'],
  [legs[2]!, '  control: { url: "http://127.0.0.1:5000" }', 'cutover.yaml:9:12: it is the primary'],
])('a stack is not held against itself: %s %s', (shadow, control, message) => {
  const error = refusal('pilot:', legs[0]!, legs[1]!, shadow, control)
  expect(error.code).toBe('plan.invalid')
  expect(error.message).toContain(message)
})

test('stacks behind one address are told apart by the host and the headers they are sent', () => {
  const pilot = planned(
    'pilot:',
    legs[0]!,
    legs[1]!,
    '  shadow: { url: "http://127.0.0.1:5000", host: new.example }',
    '  control: { url: "http://127.0.0.1:5000", headers: { x-instance: second } }',
  )
  expect([pilot.shadow.host, pilot.control!.headers]).toEqual(['new.example', { 'x-instance': 'second' }])
})
