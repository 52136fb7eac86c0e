import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Route } from '../src/plan/pilot.ts'
import { endpointLearner } from '../src/proxy/learn/endpoints.ts'
import { openapiTemplates, templatesOf } from '../src/proxy/learn/openapi.ts'

const route = (method: string, path: string): Route => ({
  name: `${method} ${path}`,
  method,
  path,
  mirror: null,
})

test('an OpenAPI 3 document in YAML names endpoints behind the path of its server', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'paritygate-')), 'openapi.yaml')
  writeFileSync(
    file,
    `openapi: 3.1.0
servers: [{ url: 'https://school.example/{base}/', variables: { base: { default: api } } }]
paths:
  /students/{studentId}: { parameters: [], get: {}, patch: {} }
  /students/{studentId}/report.{format}: { get: {} }
  /students/me: { get: {} }
  x-internal: {}
`,
  )
  const openapi = openapiTemplates(file)
  expect(openapi).toContainEqual({ method: 'PATCH', path: '/api/students/{studentId}' })
  const { endpointOf } = endpointLearner({ routes: [], openapi })
  expect(endpointOf('GET', '/api/students/ada?x=1')).toBe('GET /api/students/{studentId}')
  expect(endpointOf('GET', '/api/students/me')).toBe('GET /api/students/me')
  expect(endpointOf('GET', '/api/students/17/report.pdf')).toBe(
    'GET /api/students/{studentId}/report.{format}',
  )
  expect(endpointOf('GET', '/api/students/17/summary')).toBe('GET /api/students/{number}/summary')
  expect(endpointOf('DELETE', '/api/students/17')).toBe('DELETE /api/students/{studentId}')
  expect(endpointOf('GET', '/students/17')).toBe('GET /students/{number}')
})

test('a Swagger 2 document in JSON names endpoints behind its basePath', () => {
  const text = JSON.stringify({
    swagger: '2.0',
    basePath: '/v1/',
    paths: { '/pets/{id}': { get: {} }, '/': { get: {} } },
  })
  expect(templatesOf(text, 'swagger.json')).toEqual([
    { method: 'GET', path: '/v1/pets/{id}' },
    { method: 'GET', path: '/v1/' },
  ])
})

test('several servers, servers of one path and relative ones are all prefixes', () => {
  const templates = templatesOf(
    `openapi: 3.0.3
servers: [{ url: / }, { url: v2 }, { url: 'http://[::1]:8080/v2/' }]
paths: { /a: { get: {} }, /b: { servers: [{ url: //cdn.example/c }], get: {} }, /d: { $ref: other.yaml } }`,
    'x',
  )
  expect(templates.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /a',
    'GET /v2/a',
    'GET /c/b',
    '* /d',
    '* /v2/d',
  ])
})

test('a document that cannot be used is refused, and the file is named', () => {
  const refused = (text: string) => {
    try {
      templatesOf(text, '/plans/openapi.yaml')
    } catch (error) {
      const { code, where } = error as { code: string; where: string }
      return `${code} ${where}`
    }
    return 'accepted'
  }
  expect(refused('{ openapi: 3.0.0, paths: {')).toMatch(/^plan.invalid \/plans\/openapi.yaml:1:\d+$/)
  for (const text of [
    '',
    'hello',
    '[]',
    'openapi: 4.0.0\npaths: {}',
    'openapi: 3.1.0',
    'openapi: 3.1.0\npaths: [1]',
  ])
    expect(refused(text)).toBe('plan.invalid /plans/openapi.yaml')
  expect(() => openapiTemplates('/nowhere/openapi.yaml')).toThrow(/cannot be read/)
})

test("the plan's routes go before OpenAPI paths and what is learned, and literals before parameters", () => {
  const { endpointOf } = endpointLearner({
    routes: [route('GET', '/students/:id'), route('*', '/students/new'), route('GET', '/files/*')],
    openapi: [{ method: 'GET', path: '/students/{studentId}' }],
  })
  expect(endpointOf('GET', '/students/ada')).toBe('GET /students/{id}')
  expect(endpointOf('GET', '/students/ada/')).toBe('GET /students/{id}')
  expect(endpointOf('GET', '/students/new')).toBe('GET /students/new')
  expect(endpointOf('GET', '/files/a')).toBe('GET /files/*')
  expect(endpointOf('GET', '/students/17/grades')).toBe('GET /students/{number}/grades')
})

test('routes and documents that are added later hold for a restored learner', () => {
  const before = endpointLearner({ routes: [], openapi: [] })
  before.endpointOf('GET', '/students/17')
  const after = endpointLearner({
    routes: [route('GET', '/students/:id')],
    openapi: [],
    state: before.state(),
  })
  expect(after.endpointOf('GET', '/students/17')).toBe('GET /students/{id}')
})
