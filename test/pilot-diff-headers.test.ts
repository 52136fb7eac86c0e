import { expect, test } from 'vitest'
import { answer, compare, differences, rules, told } from './pilot-answer.ts'

type Headers = Record<string, string | string[]>
const held = (primary: Headers, shadow: Headers, options = {}) =>
  told(compare(answer('', primary), answer('', shadow), options))

test.each<[Headers, Headers]>([
  [{ 'Content-Type': 'application/json' }, { 'content-type': 'Application/JSON; charset=utf-8' }],
  [{ 'content-type': 'text/html;charset=UTF8' }, { 'content-type': 'text/html; charset="utf-8"' }],
  [{ 'cache-control': 'no-cache, max-age=0' }, { 'cache-control': ['Max-Age=0', 'no-cache'] }],
  [{ vary: 'Accept, Origin' }, { vary: 'origin,accept' }],
  [{ allow: 'GET, HEAD' }, { allow: 'HEAD,GET' }],
  [{ location: '/a/./b/../c?x=1' }, { location: '/a/c?x=1' }],
  [{ location: 'http://old:80/a' }, { location: 'http://OLD/a' }],
  [
    { 'content-disposition': 'attachment; filename="a.csv"' },
    { 'content-disposition': 'Attachment;filename=a.csv' },
  ],
  [{ link: '</a>; rel=next, </b,c>; rel=prev' }, { link: '</b,c>; rel=prev, </a>; rel=next' }],
  [
    { 'www-authenticate': 'Digest realm="x",nonce="1"' },
    { 'www-authenticate': 'Digest realm="x", nonce="2"' },
  ],
  [
    { date: 'x', server: 'a', etag: '1', 'content-length': '1', 'x-request-id': '1' },
    { 'x-powered-by': 'y' },
  ],
])('%j and %j say the same', (primary, shadow) => {
  expect(held(primary, shadow)).toEqual([])
})

test.each<[Headers, Headers, string]>([
  [{ 'content-type': 'text/html' }, { 'content-type': 'application/json' }, 'content-type: media type'],
  [{ 'content-type': 'text/html' }, { 'content-type': 'text/html; charset=utf-8' }, 'content-type: charset'],
  [{ 'content-type': 'text/html' }, {}, 'content-type: absent'],
  [{}, { 'cache-control': 'no-store' }, 'cache-control: extra'],
  [{ location: '/a' }, { location: '/A' }, 'location: case'],
  [{ location: '/a' }, { location: 'http://new/a' }, 'location: relative became absolute'],
  [{ location: 'http://old/a' }, { location: 'http://new/a' }, 'location: other host'],
  [{ location: '/login' }, { location: '//evil/login' }, 'location: different value'],
  [{ vary: 'Accept' }, { vary: 'Accept, Origin' }, 'vary: cut short'],
])('%j against %j is told as %s', (primary, shadow, expected) => {
  expect(held(primary, shadow)).toEqual([`header ${expected}`])
})

test('cookies are compared by name and attributes, and no value of them is shown', () => {
  const primary = {
    'set-cookie': [
      'sid=secret1; Path=/; HttpOnly; SameSite=Lax',
      'theme=dark; Max-Age=100',
      'gone=; Max-Age=0',
    ],
  }
  const same = {
    'set-cookie': [
      'gone=; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'theme=light; Max-Age=100',
      'sid=secret2; httponly; samesite=lax; path=/',
    ],
  }
  expect(held(primary, same)).toEqual([])
  const shadow = {
    'set-cookie': [
      'sid=secret2; Path=/; HttpOnly; SameSite=None; Secure',
      'theme=light',
      'new_session=secret3',
    ],
  }
  const found = differences(compare(answer('', primary), answer('', shadow)))
  expect(found.map(({ path, kind }) => `${path}: ${kind}`)).toEqual([
    'set-cookie sid: attribute secure',
    'set-cookie sid: attribute samesite',
    'set-cookie theme: attribute lifetime',
    'set-cookie gone: absent',
    'set-cookie new_session: extra',
  ])
  expect(JSON.stringify(found)).not.toContain('secret')
})

test('headers the plan names are compared too, in the order of their values', () => {
  const options = { comparedHeaders: ['x-total', 'x-api-key', 'content-type'] }
  expect(held({ 'X-Total': '3' }, { 'x-total': '4' }, options)).toEqual(['header x-total: different value'])
  expect(held({ 'x-total': 'a,  b' }, { 'x-total': ['a', 'b'] }, options)).toEqual([])
  const [secret] = differences(
    compare(answer('', { 'x-api-key': 'k1' }), answer('', { 'x-api-key': 'k2' }), options),
  )
  expect(secret).toMatchObject({ primary: '[redacted]', shadow: '[redacted]' })
  const tokens = [
    answer('', { location: '/x?token=t1&a=1' }),
    answer('', { location: '/y?token=t2&a=1' }),
  ] as const
  expect(differences(compare(...tokens))).toMatchObject([{ primary: '/x?token=[redacted]&a=1' }])
})

test('an ignored header is excused, and counts only where it differs', () => {
  const options = {
    rules: rules(
      { kind: 'ignore_header', name: 'cache-control' },
      { kind: 'ignore_header', name: 'set-cookie' },
    ),
  }
  const primary = answer('', { 'cache-control': 'a', 'set-cookie': 'a=1' })
  expect(compare(primary, answer('', { 'set-cookie': 'a=2' }), options)).toMatchObject({
    outcome: 'same',
    excusedBy: [1],
  })
  expect(compare(primary, answer('', { 'cache-control': 'a' }), options)).toMatchObject({
    outcome: 'same',
    excusedBy: [2],
  })
  expect(compare(primary, primary, options)).toMatchObject({ outcome: 'same', excusedBy: [], asked: [1, 2] })
})

test('another class of status is the one difference told, another status of the same class one of several', () => {
  const [ok, missing] = [answer('{"a":1}'), answer('<html>', { 'content-type': 'text/html' }, 404)]
  expect(told(compare(ok, missing))).toEqual(['status: status'])
  const created = answer('{"a":2}', { 'content-type': 'application/json' }, 201)
  expect(told(compare(ok, created))).toEqual(['status: status', 'body $.a: different value'])
  expect(
    told(
      compare(
        answer('{"a":1}', { 'content-type': 'application/json' }, 404),
        answer('{"a":1}', { 'content-type': 'application/json' }, 404),
      ),
    ),
  ).toEqual([])
})
