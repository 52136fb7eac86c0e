import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { answer, compare, differences, json, rules, told } from './pilot-answer.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const coded = (body: Uint8Array, coding: string) => answer(body, { ...JSON_TYPE, 'content-encoding': coding })
const html = (body: string, type = 'text/html; charset=utf-8') => answer(body, { 'content-type': type })
const page = (body: string) =>
  html(`<!doctype html><html><head><title>T</title></head><body>${body}</body></html>`)
const typed = (body: string | Uint8Array, type: string) => answer(body, { 'content-type': type })
const octets = Uint8Array.of(0, 1, 2, 255)

test.each([
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['Identity', (bytes: Buffer) => bytes],
])('%s is decoded before bodies are compared', (coding, encode) => {
  const body = (n: number) => Buffer.from(JSON.stringify({ n, text: 'abc'.repeat(100) }))
  expect(told(compare(json({ text: 'abc'.repeat(100), n: 1 }), coded(encode(body(1)), coding)))).toEqual([])
  expect(told(compare(json({ text: 'abc'.repeat(100), n: 1 }), coded(encode(body(2)), coding)))).toEqual([
    'body $.n: different value',
  ])
})

test('several codings are undone in turn, and unknown or broken ones are undecodable', () => {
  const body = Buffer.from('{"a":1}')
  expect(told(compare(json({ a: 1 }), coded(brotliCompressSync(gzipSync(body)), 'gzip, br')))).toEqual([])
  for (const broken of [
    coded(body, 'gzip'),
    coded(gzipSync(body).subarray(0, 12), 'gzip'),
    coded(body, 'br'),
    coded(body, 'zstd'),
    coded(gzipSync(body), Array(9).fill('gzip').join()),
  ])
    expect(compare(json({ a: 1 }), broken)).toMatchObject({ outcome: 'unscorable', cause: 'undecodable' })
})

test('a body that grows beyond the limit by decoding is too large, and is never held whole', () => {
  const bomb = coded(gzipSync(Buffer.alloc(50_000_000, 32)), 'gzip')
  expect(compare(json({}), bomb, { decodedLimit: 1_000_000 })).toMatchObject({
    outcome: 'unscorable',
    cause: 'answer too large',
  })
  expect(compare(bomb, bomb, { decodedLimit: 1_000_000 })).toMatchObject({ outcome: 'same' })
})

test('a difference in a header is told though the body cannot be read', () => {
  const broken = answer('x', { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
  expect(compare(json({}), broken)).toMatchObject({
    outcome: 'different',
    differences: [{ field: 'header content-type', kind: 'media type' }],
    more: true,
  })
})

test('text is compared by its characters, in the charset that is declared, marked or written in the page', () => {
  const latin = Buffer.from('café €', 'utf8')
  const windows = Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x20, 0x80)
  const ignore = { rules: rules({ kind: 'ignore_header', name: 'content-type' }) }
  const utf8 = typed(latin, 'text/plain; charset=utf-8')
  expect(told(compare(utf8, typed(windows, 'text/plain; charset=windows-1252'), ignore))).toEqual([])
  expect(told(compare(utf8, typed(windows, 'text/plain; charset=ISO-8859-1'), ignore))).toEqual([])
  expect(told(compare(utf8, typed(windows, 'text/plain'), ignore))).toEqual([])
  expect(told(compare(utf8, typed(Buffer.from('\ufeffcafé €', 'utf16le'), 'text/plain'), ignore))).toEqual([])
  expect(told(compare(utf8, typed(latin, 'text/plain; charset=windows-1252'), ignore))).toEqual([
    'body text: encoding',
  ])
  const meta = Buffer.from(
    '<html><head><meta charset="windows-1252"></head><body>caf\u00e9</body></html>',
    'latin1',
  )
  const same = '<html><head><meta charset="windows-1252"></head><body>café</body></html>'
  expect(told(compare(html(same), typed(meta, 'text/html'), ignore))).toEqual([])
})

test('bytes that are not in the charset they claim are compared as bytes, or not at all if only one side has them', () => {
  const type = 'text/plain; charset=utf-8'
  const [a, b] = [Uint8Array.of(0xff, 1), Uint8Array.of(0xff, 2)]
  expect(told(compare(typed(a, type), typed(b, type)))).toEqual(['body: different digest'])
  expect(compare(typed('x', type), typed(b, type))).toMatchObject({
    outcome: 'unscorable',
    cause: 'undecodable',
  })
})

test('a content type that lies does not hide JSON, and JSON that is none is told', () => {
  expect(told(compare(typed('{"a":1}', 'text/html'), typed('{ "a":1.0}', 'text/html')))).toEqual([])
  expect(told(compare(typed('{"a":1}', ''), typed('{ "a":1.0}', 'application/octet-stream')))).toEqual([
    'header content-type: media type',
  ])
  expect(told(compare(json({}), typed('<html><body>Error</body></html>', 'application/json')))).toEqual([
    'body: json became html',
  ])
  expect(told(compare(typed('{oops', 'application/json'), typed('{oops', 'application/json')))).toEqual([])
  expect(told(compare(typed('[1,2\r\n', 'image/png'), typed('[1,2\n', 'image/png')))).toEqual([
    'body: different digest',
  ])
})

test('pages are the same whatever their space, comments, order of attributes and classes, and case', () => {
  const a = page(
    '<div class="b a" id=x>\n  <p>Hello   <b>World</b></p>\n  <input disabled type="text"></div>',
  )
  const b = page(
    '<DIV ID="x" CLASS="a  b a"><!-- note --><p>Hello <b>World</b><input type=text disabled="disabled"></div>',
  )
  expect(
    told(
      compare(
        a,
        page('<div id="x" class="a b"><p>Hello <b>World</b></p><input type=text disabled=""></div>'),
      ),
    ),
  ).toEqual([])
  expect(told(compare(a, b))).not.toEqual([])
  expect(told(compare(page('<pre>a  b</pre>'), page('<pre>a b</pre>')))).toEqual([
    'body html > body > pre text: whitespace',
  ])
  expect(told(compare(page('<script>a  b</script>'), page('<script>a b</script>')))).toHaveLength(1)
  expect(told(compare(page('<b>a</b> <i>b</i>'), page('<b>a</b><i>b</i>')))).toEqual([
    'body html > body text: absent',
  ])
})

test('what differs in pages is told by its place, attribute by attribute', () => {
  expect(
    told(
      compare(
        page('<ul><li>Total 12.34</li></ul><a href="/a" rel=x>x</a>'),
        page('<ul><li>Total 12.35</li></ul><a href="/b" target=_blank>x</a><p>more</p>'),
      ),
    ),
  ).toEqual([
    'body html > body > ul > li text: different value',
    'body html > body > a[href]: different value',
    'body html > body > a[rel]: absent',
    'body html > body > a[target]: extra',
    'body html > body: structure',
  ])
})

test('values of form fields with secret names, and lines that give a secret a value, are not shown', () => {
  const form = (token: string) => page(`<input type="hidden" name="csrf_token" value="${token}">`)
  const [field] = differences(compare(form('s3cr3t-1'), form('s3cr3t-2')))
  expect(field).toMatchObject({
    field: 'body html > body > input[value]',
    primary: '[redacted]',
    shadow: '[redacted]',
  })
  const [line] = differences(
    compare(typed('a\npassword=s3cr3t-1', 'text/plain'), typed('a\npassword=s3cr3t-2', 'text/plain')),
  )
  expect(line).toMatchObject({ path: 'line 2', primary: '[redacted]', shadow: '[redacted]' })
})

test('pages nested too deep for browsers are too deep, and end at once', () => {
  const deep = (inside: string) => page('<div>'.repeat(200_000) + inside)
  expect(compare(deep('a'), deep('b'))).toMatchObject({ outcome: 'unscorable', cause: 'too deep' })
  const formatting = (text: string) =>
    page(Array.from({ length: 3000 }, (_, n) => `<b a=${n}>`).join('') + text)
  expect(compare(formatting('a'), formatting('b'))).toMatchObject({
    outcome: 'unscorable',
    cause: 'too deep',
  })
})

test('text is the same whatever ends its lines, and the first line that differs is told', () => {
  const text = (body: string) => typed(body, 'text/csv')
  expect(told(compare(text('a\r\nb\r\n'), text('a\nb\n')))).toEqual([])
  expect(differences(compare(text('a\nb\nc'), text('a\nB\nd')))).toEqual([
    { field: 'body text', path: 'line 2', kind: 'case', primary: 'b', shadow: 'B' },
  ])
  expect(told(compare(text('a\nb'), text('a\nb ')))).toEqual(['body text: whitespace'])
  expect(differences(compare(text('a\nb'), text('a\nb\nc')))).toMatchObject([
    { kind: 'extra lines', shadow: 'c' },
  ])
  expect(differences(compare(text('a\nb\nc'), text('a\nb')))).toMatchObject([
    { kind: 'lines absent', primary: 'c' },
  ])
  expect(told(compare(text('a\n'), text('a')))).toEqual(['body text: last line end'])
  expect(differences(compare(text('\nabc'), text('x\nabc')))).toMatchObject([{ path: 'line 1', shadow: 'x' }])
})

test('other bytes are compared by digest', () => {
  const image = (...bytes: number[]) => typed(Uint8Array.from(bytes), 'image/png')
  expect(told(compare(image(1, 2, 3), image(1, 2, 3)))).toEqual([])
  expect(told(compare(image(1, 2, 3), image(1, 2, 4)))).toEqual(['body: different digest'])
  expect(told(compare(typed(octets, ''), typed(octets.toReversed(), '')))).toEqual(['body: different digest'])
})

test('bodies too large to be kept are the same by digest, different, or cannot be compared', () => {
  const large = (length: number, digest: string, coding = '') =>
    answer(
      { kind: 'digest', length, digest },
      { ...JSON_TYPE, ...(coding && { 'content-encoding': coding }) },
    )
  const tooLarge = { outcome: 'unscorable', cause: 'answer too large' }
  expect(compare(large(9, 'aa'), large(9, 'aa'))).toMatchObject({ outcome: 'same' })
  expect(told(compare(large(9, 'aa'), large(9, 'ab')))).toEqual(['body: different digest'])
  expect(told(compare(large(9, 'aa'), json({})))).toEqual(['body: different digest'])
  expect(compare(large(2, 'aa'), json({}))).toMatchObject(tooLarge)
  expect(compare(large(9, 'aa', 'gzip'), large(9, 'ab', 'gzip'))).toMatchObject(tooLarge)
  expect(compare(large(9, 'aa', 'gzip'), large(9, 'aa', 'gzip'))).toMatchObject({ outcome: 'same' })
  expect(compare(large(9, 'aa', 'gzip'), large(9, 'aa'))).toMatchObject(tooLarge)
  expect(
    compare(large(9, 'aa'), large(9, 'ab'), { rules: rules({ kind: 'ignore', path: '$.at' }) }),
  ).toMatchObject(tooLarge)
})

test('of streams the beginnings both have are compared', () => {
  const stream = (body: string) =>
    answer({ kind: 'prefix', bytes: Buffer.from(body) }, { 'content-type': 'text/event-stream' })
  expect(told(compare(stream('data: 1\n'), stream('data: 1\n\ndata: 2')))).toEqual([])
  expect(told(compare(stream('data: 1\n'), stream('data: 2\n')))).toEqual(['body text: different value'])
  expect(told(compare(stream(''), stream('')))).toEqual([])
  expect(compare(stream(''), stream('data'))).toMatchObject({ outcome: 'unscorable' })
})

test('a stream that has ended where the other goes on is no match', () => {
  const type = { 'content-type': 'text/event-stream' }
  const stream = (body: string) => answer({ kind: 'prefix', bytes: Buffer.from(body) }, type)
  const ended = (body: string, coding = '') =>
    answer(body, coding === '' ? type : { ...type, 'content-encoding': coding })
  expect(differences(compare(stream('data: 1\n\ndata: 2'), ended('data: 1\n\n')))).toEqual([
    { field: 'body', path: 'body', kind: 'ends early', primary: 'at least 16 bytes', shadow: '9 bytes' },
  ])
  expect(told(compare(ended('data'), stream('data: 1')))).toEqual(['body: goes on after the end'])
  expect(told(compare(stream('data'), ended('')))).toEqual(['body: ends early'])
  expect(told(compare(stream('data'), ended('data: 1')))).toEqual([])
  const coded = { ...stream('data: 1'), headers: ended('', 'gzip').headers }
  expect(compare(coded, ended('data', 'gzip'))).toMatchObject({ outcome: 'unscorable', cause: 'undecodable' })
})

test('a range that says another length of the whole is no match', () => {
  const range = (of: number) =>
    answer(
      { kind: 'prefix', bytes: Buffer.from('abc') },
      { 'content-type': 'application/pdf', 'content-range': `bytes 0-99999/${of}` },
      206,
    )
  expect(told(compare(range(100_000), range(100_000)))).toEqual([])
  expect(told(compare(range(100_000), range(100_001)))).toEqual(['header content-range: different value'])
})

test('what has no content is compared without any', () => {
  expect(compare(json({ a: 1 }), json({ a: 2 }), { method: 'HEAD' })).toMatchObject({ outcome: 'same' })
  expect(compare(answer('', {}, 204), answer('x', {}, 204))).toMatchObject({ outcome: 'same' })
  expect(compare(answer('', {}, 304), answer('', {}, 304))).toMatchObject({ outcome: 'same' })
  expect(told(compare(answer('', {}), answer('', {})))).toEqual([])
  expect(told(compare(answer('', JSON_TYPE), json({})))).toEqual(['body: empty became json'])
  expect(told(compare(coded(octets.subarray(0, 0), 'gzip'), answer('', JSON_TYPE)))).toEqual([])
})

test('20 MB of JSON end as an outcome, whether nearly the same or nothing alike, under rules or not', {
  timeout: 120_000,
}, () => {
  const rows = (change: (row: Record<string, unknown>, n: number) => object) =>
    json(
      Array.from({ length: 120_000 }, (_, n) =>
        change(
          {
            id: n,
            name: `name ${n}`,
            price: n * 1.25,
            tags: ['a', 'b'],
            at: '2024-01-01T00:00:00Z',
            text: 'lorem ipsum dolor sit amet, consetetur sadipscing elitr sed',
          },
          n,
        ),
      ),
    )
  const primary = rows(row => row)
  expect(primary.body.kind === 'whole' && primary.body.bytes.length).toBeGreaterThan(18_000_000)
  const near = rows((row, n) => (n === 119_999 ? { ...row, price: 1 } : { ...row }))
  expect(told(compare(primary, near))).toEqual(['body $[*].price: different value'])
  expect(
    compare(
      primary,
      rows(row => ({ ...row, at: 1 })),
      { rules: rules({ kind: 'ignore', path: '$[*].at' }) },
    ),
  ).toMatchObject({ outcome: 'same', excusedBy: [1] })
  expect(
    compare(
      primary,
      rows((_, n) => ({ other: n })),
    ),
  ).toMatchObject({ outcome: 'different', more: true })
  const reversed = json(
    (
      JSON.parse(Buffer.from((primary.body as { bytes: Uint8Array }).bytes).toString()) as unknown[]
    ).reverse(),
  )
  expect(compare(primary, reversed, { rules: rules({ kind: 'keyed', path: '$', by: 'id' }) })).toMatchObject({
    outcome: 'same',
    excusedBy: [1],
  })
})

test('the shape says status, type, and members with their types, and nothing of values, order or number', () => {
  const shape = (one: ReturnType<typeof answer>) => {
    const comparison = compare(one, one)
    return comparison.outcome === 'unscorable' ? 'none' : comparison.shape
  }
  const known = shape(json({ a: 1, items: [{ b: 'x' }] }))
  expect(shape(json({ items: [{ b: 'y' }, { b: 'z' }], a: 2 }))).toBe(known)
  expect(shape(coded(gzipSync('{"a":1,"items":[{"b":"x"}]}'), 'gzip'))).toBe(known)
  for (const other of [
    json({ a: '1', items: [{ b: 'x' }] }),
    json({ a: 1, items: [] }),
    json({ a: 1 }),
    json({ a: 1, items: [{ b: 'x' }] }, 201),
  ])
    expect(shape(other)).not.toBe(known)
  const differing = compare(json({ a: 1, items: [{ b: 'x' }] }), json({ a: 9 }))
  expect(differing).toMatchObject({ outcome: 'different', shape: known })
})

test('a failure within the comparison is an outcome', () => {
  const broken = {
    ...json({}),
    get body(): never {
      throw new RangeError('Maximum call stack size exceeded')
    },
  }
  expect(compare(broken, json({}))).toEqual({
    outcome: 'unscorable',
    cause: 'judge failed',
    detail: 'RangeError: Maximum call stack size exceeded',
  })
})
