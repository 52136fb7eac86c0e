import fc from 'fast-check'
import { expect, test } from 'vitest'
import { uuidOfKey } from '../src/engines/derived-fields.ts'
import { NamedMessage, writeUuid } from '../src/engines/values/uuid5.ts'
import { rfcUuid } from './rfc-uuid.ts'

const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
const namespaces = fc.uuid()

function uuid5(namespace: string, name: Uint8Array): string {
  const message = new NamedMessage(namespace)
  message.reserve(name.length)
  message.bytes.set(name, message.length)
  message.length += name.length
  const words = new Int32Array(5)
  message.uuid(words)
  const text = new Uint8Array(36)
  expect(writeUuid(words, new DataView(text.buffer), 0, true)).toBe(36)
  return Buffer.from(text).toString()
}

test('the UUID of the standard: RFC 9562, appendix A.4', () => {
  const uuid = '2ed6657d-e927-568b-95e1-2665a8aea6a2'
  expect(uuid5(DNS, Buffer.from('www.example.com'))).toBe(uuid)
  expect(uuidOfKey({ namespace: DNS, table: 'www.example.com' }, [])).toBe(uuid)
})

test('names of any bytes and length have the UUID node:crypto makes of them', () => {
  fc.assert(
    fc.property(namespaces, fc.uint8Array({ maxLength: 300 }), (namespace, name) => {
      expect(uuid5(namespace, name)).toBe(rfcUuid(namespace, name))
    }),
    { numRuns: 1000 },
  )
})

test('each length around the ends of blocks', () => {
  for (let length = 0; length <= 300; length++) {
    const name = Buffer.alloc(length, 0xe4)
    expect(uuid5(DNS, name)).toBe(rfcUuid(DNS, name))
  }
})

test.each([
  ['users', ['17'], 'users:17'],
  ['enrolments', ['17', '4'], 'enrolments:17:4'],
  ['a:b', ['c:d', 'e\\'], 'a\\:b:c\\:d:e\\\\'],
  ['users', [''], 'users:'],
  ['users', ['Əli'], 'users:Əli'],
])('the name of the key of %s is made of its parts', (table, parts, name) => {
  expect(uuidOfKey({ namespace: DNS, table }, parts)).toBe(rfcUuid(DNS, Buffer.from(name)))
})

test('no two keys have one name', () => {
  const part = fc.string({ unit: fc.constantFrom(':', '\\', 'a'), maxLength: 4 })
  const key = fc.array(part, { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(key, key, (one, other) => {
      const [first, second] = [one, other].map(parts => uuidOfKey({ namespace: DNS, table: 't' }, parts))
      expect(first === second).toBe(JSON.stringify(one) === JSON.stringify(other))
    }),
    { numRuns: 2000 },
  )
})
