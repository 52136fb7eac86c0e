import { JSONPathEnvironment } from 'json-p3'
import { expect, test } from 'vitest'
import { nodesOf } from '../src/proxy/diff/json-nodes.ts'

const document = {
  a: [{ b: 1, c: [1, 2, { b: 3 }] }, { b: 2, x: null }, [{ b: [4] }]],
  b: { a: { b: { b: 5 } }, 'odd name': [], '': 0 },
  items: Array.from({ length: 12 }, (_, id) => ({ id, ad: id % 3 === 0, tags: [id, id + 1] })),
}

test.each([
  '$',
  '$.a',
  '$.a[*].b',
  '$..b',
  '$..*',
  '$.*.*',
  '$..b..b',
  "$['odd name','']",
  "$.b['odd name']",
  '$..[0]',
  '$.items[-1]',
  '$.items[2:8:3].tags[*]',
  '$.items[?@.ad == true]',
  '$.items[?@.ad == true].tags[1]',
  '$..[?@.b]',
  '$.items[?@.id > $.a[0].b].id',
  '$..[?length(@.tags) == 2]',
  '$.missing..*',
])('%s selects what the JSONPath library selects', path => {
  const query = new JSONPathEnvironment().compile(path)
  const expected = [...query.query(document)].map(({ value }) => JSON.stringify(value))
  const nodes = nodesOf(query, document)
  expect(nodes.map(({ value }) => JSON.stringify(value)).sort()).toEqual(expected.sort())
  for (const { holder, key, value } of nodes)
    if (holder !== null) expect((holder as Record<string | number, unknown>)[key]).toBe(value)
})
