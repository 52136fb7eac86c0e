import { expect, test } from 'vitest'
import { answer, compare, differences, json, rules, told } from './pilot-answer.ts'

const text = (body: string) => answer(body)

test.each([
  ['{"a":1,"b":[1,2]}', '{"b":[1.0,2e0],"a":10e-1}'],
  ['{"a":-0}', '{"a":0}'],
  ['{"a":0.1}', '{"a":1e-1}'],
  ['12345678901234567890', '1234567890123456789.0e1'],
  ['{"a":"\\u00e9"}', '{"a":"é"}'],
  ['1e400', '10e399'],
  ['{"__proto__":{"a":1}}', ' {"__proto__":{"a":1.0}}'],
  ['"\\ud800"', ' "\\ud800"'],
])('%s and %s are the same value', (primary, shadow) => {
  expect(compare(text(primary), text(shadow))).toMatchObject({ outcome: 'same', excusedBy: [] })
})

test.each([
  ['12345678901234567890', '12345678901234567891', 'body $: different value'],
  ['0.1', '0.10000000000000000001', 'body $: rounded differently'],
  ['1e400', '1e401', 'body $: multiplied by 10'],
  ['{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}', 'body $.__proto__.a: different value'],
  ['{"__proto__":1}', '{}', 'body $.__proto__: absent'],
  ['{"constructor":1}', '{}', 'body $.constructor: absent'],
  ['{}', '{"toString":1}', 'body $.toString: extra'],
  ['"\\ud800"', '"\\ud801"', 'body $: different value'],
  ['{"a":null}', '{}', 'body $.a: null became absent'],
  ['{}', '{"a":null}', 'body $.a: absent became null'],
  ['{"a":1}', '{"a":null}', 'body $.a: null instead of value'],
  ['{"a":null}', '{"a":1}', 'body $.a: value instead of null'],
  ['{"a":1}', '{"a":"1"}', 'body $.a: number became string'],
  ['{"a":"1.50"}', '{"a":1.5}', 'body $.a: string became number'],
  ['{"a":true}', '{"a":1}', 'body $.a: boolean became number'],
  ['{"a":true}', '{"a":0}', 'body $.a: boolean became number, of another value'],
  ['{"a":[]}', '{"a":{}}', 'body $.a: array became object'],
  ['{"a":12.345}', '{"a":12.35}', 'body $.a: rounded differently'],
  ['{"a":12.34}', '{"a":12.35}', 'body $.a: rounded differently'],
  ['{"a":12}', '{"a":13}', 'body $.a: different value'],
  ['{"a":1999}', '{"a":19.99}', 'body $.a: divided by 100'],
  ['{"a":"2024-01-01T00:00:00Z"}', '{"a":"2024-01-01T01:00:00Z"}', 'body $.a: off by exactly 3600 s'],
  ['{"a":"2024-01-01T00:00:00Z"}', '{"a":"2024-01-01T01:00:01Z"}', 'body $.a: off by about 3600 s'],
  ['{"a":"2024-01-01T00:00:00Z"}', '{"a":"2023-12-31T22:00:00Z"}', 'body $.a: off by exactly -7200 s'],
  ['{"a":"2024-01-01T00:00:00Z"}', '{"a":"2024-01-01T00:00:07Z"}', 'body $.a: different time'],
  [
    '{"a":"2024-01-01T00:00:00Z"}',
    '{"a":"2024-01-01 01:00:00+01"}',
    'body $.a: same time, written differently',
  ],
  ['{"a":"2024-01-01T00:00:00.999Z"}', '{"a":"2024-01-01T00:00:00Z"}', 'body $.a: time rounded differently'],
  [
    '{"a":"2024-01-01T00:00:00Z"}',
    '{"a":"Mon, 01 Jan 2024 00:00:00 GMT"}',
    'body $.a: same time, written differently',
  ],
  ['{"a":1704067200}', '{"a":"2024-01-01T00:00:00Z"}', 'body $.a: same time, written differently'],
  ['{"a":1704067200}', '{"a":1704067200000}', 'body $.a: same time, written differently'],
  ['{"a":1704067200}', '{"a":1704070800}', 'body $.a: off by exactly 3600 s'],
  ['{"createdAt":1704067200}', '{"createdAt":1704067207}', 'body $.createdAt: different time'],
  ['{"views":1704067200}', '{"views":1704067207}', 'body $.views: different value'],
  ['{"a":"Straße"}', '{"a":"StraÃŸe"}', 'body $.a: encoding'],
  ['{"a":"Zürich"}', '{"a":"Z?rich"}', 'body $.a: encoding'],
  ['{"a":"Ada"}', '{"a":"ADA"}', 'body $.a: case'],
  ['{"a":"Ada "}', '{"a":"Ada"}', 'body $.a: whitespace'],
  ['{"a":"é"}', '{"a":"e\\u0301"}', 'body $.a: Unicode normalisation'],
  ['{"a":"R&D"}', '{"a":"R&amp;D"}', 'body $.a: HTML escaping'],
  ['{"a":"http://old/x?y"}', '{"a":"https://new/x?y"}', 'body $.a: other host'],
  ['{"a":"12.50"}', '{"a":"12.5"}', 'body $.a: same number, written differently'],
  ['[1,2,3]', '[3,1,2]', 'body $: array order'],
  ['{"a":1,"a":2}', '{"a":2}', 'body $: duplicate members'],
  ['{"a":1}', '{"a":1', 'body: json became text'],
  ['{"a":1}', '{"a":NaN}', 'body: json became text'],
  ['{"a":1}', '', 'body: json became empty'],
  ['{"a":NaN}', '{"a":Infinity}', 'body text: different value'],
])('%s against %s is told as %s', (primary, shadow, expected) => {
  expect(told(compare(text(primary), text(shadow)))).toEqual([expected])
})

test('one element put in or left out is one difference, and not one in each element behind it', () => {
  const items = Array.from({ length: 30 }, (_, id) => ({ id, name: `n${id}`, tags: [id] }))
  const inserted = items.toSpliced(3, 0, { id: 99, name: 'new', tags: [] })
  expect(told(compare(json({ items }), json({ items: inserted })))).toEqual(['body $.items[*]: extra'])
  expect(differences(compare(json({ items: inserted }), json({ items })))).toMatchObject([
    { field: 'body $.items[*]', path: '$.items[3]', kind: 'absent', shadow: null },
  ])
})

test('an element put in among elements that all differ is told as extra beside their differences', () => {
  const items = Array.from({ length: 4 }, (_, id) => ({ id, price: id + 0.125, name: `n${id}` }))
  const others = items
    .map(item => ({ ...item, price: Number(item.price.toFixed(1)) }))
    .toSpliced(1, 0, { id: 99, price: 7, name: 'new' })
  expect(told(compare(json({ items }), json({ items: others }))).sort()).toEqual(
    [
      'body $.items[*].price: rounded differently',
      'body $.items[*].price: rounded differently',
      'body $.items[*].price: rounded differently',
      'body $.items[*].price: rounded differently',
      'body $.items[*]: extra',
    ].sort(),
  )
})

test('another order and a value that differs are one difference each', () => {
  const items = Array.from({ length: 5 }, (_, id) => ({ id, price: id + 0.5 }))
  const others = items.toReversed().map(item => (item.id === 2 ? { ...item, price: 2.49 } : item))
  expect(told(compare(json({ items }), json({ items: others })))).toEqual([
    'body $.items: array order',
    'body $.items[*].price: rounded differently',
  ])
})

test('members whose names are ids share one field, and the path names them', () => {
  const primary = { '17': { a: 1 }, '0b5f7d6e-93c5-4d0c-8c59-3d1e0f6f8a11': { a: 1 }, sha256: 'x' }
  const shadow = { '17': { a: 2 }, '0b5f7d6e-93c5-4d0c-8c59-3d1e0f6f8a11': { a: 3 }, sha256: 'y' }
  expect(differences(compare(json(primary), json(shadow))).map(({ field, path }) => [field, path])).toEqual([
    ['body $.*.a', "$['17'].a"],
    ['body $.*.a', "$['0b5f7d6e-93c5-4d0c-8c59-3d1e0f6f8a11'].a"],
    ['body $.sha256', '$.sha256'],
  ])
})

test('at most 50 differences are told, and that there are more', () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`m${n}`, n]))
  const found = compare(json(many), json({}))
  expect(differences(found)).toHaveLength(50)
  expect(found).toMatchObject({ outcome: 'different', more: true })
  const fifty = Object.fromEntries(Object.entries(many).slice(0, 50))
  expect(compare(json(fifty), json({}))).toMatchObject({ outcome: 'different', more: false })
})

test('values of secret names and redacted paths are never shown, nor those within them', () => {
  const primary = {
    user: { password: 'hunter2', name: 'Ada' },
    card: { number: '4111' },
    list: [{ token: 't1' }],
  }
  const shadow = { user: { password: 'hunter3', name: 'Bob' }, card: { number: '4222' }, list: [] }
  const found = differences(compare(json(primary), json(shadow), { redact: ['$.card'] }))
  expect(found.map(({ path, primary, shadow }) => [path, primary, shadow])).toEqual([
    ['$.user.password', '[redacted]', '[redacted]'],
    ['$.user.name', '"Ada"', '"Bob"'],
    ['$.card.number', '[redacted]', '[redacted]'],
    ['$.list[0]', '{"token":"[redacted]"}', null],
  ])
  expect(JSON.stringify(found)).not.toMatch(/hunter|4111|4222|t1/)
})

test('values are cut to 120 characters, never within one', () => {
  const [difference] = differences(compare(json('😀'.repeat(500)), json(1)))
  expect(difference!.primary!.length).toBeLessThanOrEqual(120)
  expect(difference!.primary).toMatch(/😀…$/)
})

test('JSON nested 10,000 deep is too deep to be compared, and the same bytes are the same', () => {
  const deep = (inside: string) => text(`${'['.repeat(10_000)}${inside}${']'.repeat(10_000)}`)
  expect(compare(deep('1'), deep('2'))).toMatchObject({ outcome: 'unscorable', cause: 'too deep' })
  expect(compare(deep('1'), text('{}'))).toMatchObject({ outcome: 'unscorable', cause: 'too deep' })
  expect(compare(deep('1'), deep('1'))).toMatchObject({ outcome: 'same' })
})

test('JSON nested just less deep than the bound is compared, rules and all', () => {
  const deep = (inside: string) => text(`${'{"a":['.repeat(249)}${inside}${']}'.repeat(249)}`)
  expect(differences(compare(deep('1'), deep('2')))).toMatchObject([{ kind: 'different value' }])
  const excused = compare(deep('1'), deep('2'), { rules: rules({ kind: 'ignore', path: '$..a[?@ == 1]' }) })
  expect(excused).toMatchObject({ outcome: 'same', excusedBy: [1] })
})

test('lines of JSON are compared as one array, whatever space is between them', () => {
  const lines = (body: string) => answer(body, { 'content-type': 'application/x-ndjson' })
  expect(told(compare(lines('{"a":1}\n{"b":2}\n'), lines('{"a":1.0}\r\n\r\n{"b":2}')))).toEqual([])
  expect(told(compare(lines('{"a":1}\n{"b":2}\n'), lines('{"a":1}\n{"b":3}\n')))).toEqual([
    'body $[*].b: different value',
  ])
})

test('a long list whose every element differs alike is one field and kind, and nothing more than that', () => {
  const list = (hour: string) =>
    json(
      Array.from({ length: 300 }, (_, n) => ({
        id: n,
        at: `2024-01-01T${hour}:00:${String(n % 60).padStart(2, '0')}Z`,
      })),
    )
  const comparison = compare(list('10'), list('11'))
  expect(comparison).toMatchObject({ outcome: 'different', more: false })
  expect(new Set(told(comparison))).toEqual(new Set(['body $[*].at: off by exactly 3600 s']))
})

test('numbers are shown as people write them, also those that no double holds', () => {
  const found = differences(
    compare(
      text('{"a":12345678901234567890,"b":-0.10000000000000000001,"c":1e999999999,"d":100}'),
      text('{"a":12345678901234567891,"b":-12345678901234567890.5,"c":1e999999998,"d":0.05}'),
    ),
  )
  expect(found.map(({ primary, shadow }) => [primary, shadow])).toEqual([
    ['12345678901234567890', '12345678901234567891'],
    ['-0.10000000000000000001', '-12345678901234567890.5'],
    ['1e999999999', '1e999999998'],
    ['100', '0.05'],
  ])
})

test('credentials within texts, and of echoed headers, are not shown', () => {
  const bodyOf = (secret: string) =>
    json({
      next: `/reset?token=${secret}&page=${secret.length}`,
      claim: `eyJhbGciOiJI${secret}.eyJ${secret}.${secret}`,
      echoed: { authorization: secret, 'set-cookie': `sid=${secret}` },
      said: `use Bearer ${secret}12345678`,
      database: `postgres://me:${secret}@db/shop`,
      plain: `the ${secret.length} basic things`,
    })
  const found = differences(compare(bodyOf('s3cr3t'), bodyOf('s3cr3tive')))
  expect(found).toHaveLength(7)
  expect(JSON.stringify(found)).not.toContain('s3cr3t')
  expect(found.find(({ path }) => path === '$.next')!.primary).toBe('"/reset?token=[redacted]&page=6"')
  expect(found.find(({ path }) => path === '$.plain')!.primary).toBe('"the 6 basic things"')
})
