import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { errorTable } from '../src/model/error.ts'
import { PlanSchema } from '../src/plan/schema.ts'

const root = resolve(import.meta.dirname, '..')

test('the published JSON Schema is what the source says; npm run generate writes it', () => {
  const document = JSON.parse(readFileSync(`${root}/cutover.schema.json`, 'utf8'))
  const { $schema, ...published } = document
  expect($schema).toContain('json-schema.org')
  expect(published).toEqual(JSON.parse(JSON.stringify(PlanSchema)))
  // What the program itself does not look at when it starts.
  expect(new Ajv({ strict: false }).validateSchema(document)).toBe(true)
})

test('every error code is documented with its exit code', () => {
  const documented = readFileSync(`${root}/docs/errors.md`, 'utf8')
  for (const [code, { exit, title }] of Object.entries(errorTable)) {
    expect(documented).toContain(`| \`${code}\` | ${exit} | ${title} |`)
  }
  expect(documented.match(/^\| `/gm)).toHaveLength(Object.keys(errorTable).length)
})
