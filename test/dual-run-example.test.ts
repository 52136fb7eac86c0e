import { createHash } from 'node:crypto'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { generate, sizes } from '../examples/dual-run/generate.mjs'
import { startNewStack } from '../examples/dual-run/new-stack.mjs'
import { startOldStack } from '../examples/dual-run/old-stack.mjs'
import { paritygate } from './command.ts'
import { postgresDatabase, temporaryFolder } from './databases.ts'
import { ask, type Got, naiveDifferences } from './naive-answers.ts'

const example = fileURLToPath(new URL('../examples/dual-run/', import.meta.url))
const secret = 'of both stacks'

/** Requests by endpoint: the ids of each reach every kind of row it has. */
const numbers = (count: number, step: number) => Array.from({ length: count }, (_, n) => 1 + n * step)
const endpoints: Record<string, string[]> = {
  'GET /': ['/'],
  'GET /courses': ['/courses'],
  'GET /courses/:id': numbers(20, 17).map(id => `/courses/${id}`),
  'GET /courses/:id, unknown': ['/courses/9000'],
  'GET /course/:id': numbers(5, 60).map(id => `/course/${id}`),
  'GET /nowhere': ['/nowhere', '/api/courses/x', '/api/courses/12345678901'],
  'GET /api/courses': ['', '?page=2', '?page=x', '?subject=cooking', '?term=2024-1&subject=music&page=9'].map(
    query => `/api/courses${query}`,
  ),
  'GET /api/courses/:id': numbers(20, 17).map(id => `/api/courses/${id}`),
  'GET /api/courses/:id, unknown': ['/api/courses/9000'],
  'GET /api/search': ['yoga', 'PYTHON', 'nothing like it', '%', ''].map(q => `/api/search?q=${escape(q)}`),
  'GET /api/me': ['/api/me'],
  'GET /api/people': ['', '?role=teacher', '?role=staff&page=1', '?role=pilot', '?page=60'].map(
    query => `/api/people${query}`,
  ),
  'GET /api/people/:id': [1, 2, 20, 100, 900].map(id => `/api/people/${id}`),
  'GET /api/people/:id, unknown': ['/api/people/9000'],
  'GET /api/people/:id/enrollments': numbers(20, 57).map(id => `/api/people/${id}/enrollments`),
  'GET /api/invoices': ['', '?status=open', '?status=paid&page=3'].map(query => `/api/invoices${query}`),
  'GET /api/invoices/:id': numbers(60, 39).map(id => `/api/invoices/${id}`),
  'GET /api/dashboard': ['', '?term=2025-1', '?subject=music'].map(query => `/api/dashboard${query}`),
  'GET /api/export/enrollments.csv': ['music', 'cooking'].map(
    subject => `/api/export/enrollments.csv?term=2023-2&subject=${subject}`,
  ),
}

test('the generator writes the same rows every time', () => {
  const [first, second] = [join(temporaryFolder(), 'old.db'), join(temporaryFolder(), 'old.db')]
  expect(generate(first).counts).toEqual(sizes)
  generate(second)
  const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
  expect(digest(second)).toBe(digest(first))
})

test('the old stack answers as Flask does', async () => {
  const old = await oldStack()
  const { cookie } = await signIn(old.url, 1)
  const { headers, text } = await ask(`${old.url}/api/me`, { headers: { cookie } })
  expect(headers.get('server')).toMatch(/^Werkzeug\//)
  expect(headers.get('content-type')).toBe('application/json')
  expect(text).toBe(
    '{"created_at":"Mon, 09 Jan 2023 12:35:00 GMT","email":"person1@school.example","first_name":"Bj\\u00f6rn","id":1,' +
      '"last_name":"G\\u00f6rlitz","phone":"+00 555 100037","role":"staff"}\n',
  )
  expect((await ask(`${old.url}/api/courses/1`)).text).toContain('"price":92.5,')
  expect((await ask(`${old.url}/api/invoices/4`, { headers: { cookie } })).text).toMatch(/"hours":\d\.0,/)
  expect((await ask(`${old.url}/api/me`)).status).toBe(401)
  expect((await ask(`${old.url}/api/me`, { headers: { cookie: `${cookie}x` } })).status).toBe(401)
})

test('moved by the plan, the two stacks differ in the six behaviours and in nothing else', async () => {
  const { old, fresh } = await bothStacks()
  const { cookie } = await signIn(old.url, 7)
  const both = async (path: string, init: RequestInit = {}) => {
    const headers = { cookie, 'content-type': 'application/json' }
    const [theirs, ours] = [old, fresh].map(({ url }) => ask(`${url}${path}`, { ...init, headers }))
    return [await theirs!, await ours!] as const
  }

  const found = new Map<string, number>()
  const compare = (endpoint: string, [theirs, ours]: readonly [Got, Got]) => {
    for (const difference of naiveDifferences(theirs, ours)) {
      const key = `${endpoint}: ${difference}`
      found.set(key, (found.get(key) ?? 0) + 1)
    }
  }
  for (const [endpoint, paths] of Object.entries(endpoints))
    await Promise.all(paths.map(async path => compare(endpoint, await both(path))))
  const post = (body: object) => both('/api/enrollments', { method: 'POST', body: JSON.stringify(body) })
  compare('POST /api/enrollments', await post({ course_id: 300 }))
  compare('POST /api/enrollments, again', await post({ course_id: 300 }))
  compare('POST /api/enrollments, unknown', await post({ course_id: 9000 }))
  compare('POST /api/enrollments, no object', await post([]))
  compare('POST /login, wrong', await both('/login', { method: 'POST', body: '{"email":"nobody"}' }))

  expect([...found.keys()].sort()).toEqual([
    'GET /api/dashboard: $.generated_at differs',
    'GET /api/invoices/:id: $.total differs',
    'GET /api/people/:id/enrollments: $.enrollments array order',
    'GET /api/people/:id: $.phone absent',
    'POST /api/enrollments: status 201 → 200',
  ])
  expect(found.get('GET /api/dashboard: $.generated_at differs')).toBe(3)
  expect(found.get('GET /api/people/:id: $.phone absent')).toBe(5)
  const roundings = found.get('GET /api/invoices/:id: $.total differs')!
  expect(roundings).toBeGreaterThan(5)
  expect(roundings).toBeLessThan(30)
})

test('the old stack differs from itself in the noise alone, and only the new one is slow', async () => {
  const { old, fresh } = await bothStacks()
  const control = await oldStack()
  const { cookie } = await signIn(old.url, 7)
  const found = new Set<string>()
  for (const [endpoint, paths] of Object.entries(endpoints)) {
    const askBoth = (path: string) =>
      Promise.all([old, control].map(({ url }) => ask(`${url}${path}`, { headers: { cookie } })))
    for (const [first, second] of await Promise.all(paths.map(askBoth)))
      for (const difference of naiveDifferences(first!, second!)) found.add(`${endpoint}: ${difference}`)
  }
  expect([...found]).toEqual(['GET /api/dashboard: $.generated_at differs'])

  const quickest = async (url: string) => {
    const times: number[] = []
    for (let n = 0; n < 10; n++) times.push((await ask(url)).milliseconds)
    return Math.min(...times)
  }
  expect(await quickest(`${fresh.url}/api/search?q=yoga`)).toBeGreaterThan(40)
  expect(await quickest(`${old.url}/api/search?q=yoga`)).toBeLessThan(40)
  expect(await quickest(`${fresh.url}/api/courses?page=2`)).toBeLessThan(40)
})

async function oldStack() {
  const file = join(temporaryFolder(), 'old.db')
  generate(file)
  const stack = await startOldStack({ file, secret })
  onTestFinished(stack.close)
  return { ...stack, file }
}

/** Both stacks, the new one on what the example's plan has moved there. */
async function bothStacks() {
  const old = await oldStack()
  const folder = temporaryFolder()
  cpSync(`${example}cutover.yaml`, join(folder, 'cutover.yaml'))
  const { url } = await postgresDatabase(readFileSync(`${example}schema.target.sql`, 'utf8'))
  const env = { OLD_DATABASE: old.file, NEW_DATABASE_URL: url }
  for (const verb of ['migrate', 'verify']) {
    const { code, stdout, stderr } = await paritygate([verb, '--json'], { cwd: folder, env })
    if (code !== 0) expect.fail(`${verb} ended with ${code}: ${stderr}`)
    if (verb === 'verify') expect(JSON.parse(stdout)).toMatchObject({ verdict: 'match', not_covered: [] })
  }
  const fresh = await startNewStack({ databaseUrl: url, secret })
  onTestFinished(fresh.close)
  return { old, fresh }
}

async function signIn(url: string, id: number): Promise<{ cookie: string }> {
  const body = JSON.stringify({
    email: `person${id}@school.example`,
    pin: String(1000 + ((id * 7919) % 9000)),
  })
  const { status, headers } = await ask(`${url}/login`, { method: 'POST', body })
  expect(status).toBe(200)
  const cookies = headers.getSetCookie().map(cookie => cookie.split(';')[0]!)
  return { cookie: cookies.find(cookie => cookie.startsWith('session='))! }
}
