export type Stored = string | number | bigint | Buffer | null

/** A small seeded generator (mulberry32): the file must come out the same everywhere. Gives [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export function at<Value>(values: readonly Value[], n: number): Value {
  return values[n % values.length]!
}

/** SQLite has no boolean: one part of the app wrote numbers, another one words. */
export function boolean(value: boolean, n: number): Stored {
  return n % 3 === 1 ? String(value) : Number(value)
}

/** Integers below this could be taken for seconds, so those moments are written as text. */
const clearlyMilliseconds = 2e11

/** One moment in one of the forms that share a DATETIME column. `milliseconds` since 1970, UTC. */
export function moment(milliseconds: number, n: number): Stored {
  const form = n % 5
  if (form === 0 && Math.abs(milliseconds) >= clearlyMilliseconds) return milliseconds
  if (form === 1) return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')
  if (form === 3) return `${local(milliseconds, 330).slice(0, 19)}+05:30`
  if (form === 4) return `${local(milliseconds, -480).slice(0, 19).replace('T', ' ')}-0800`
  return new Date(milliseconds).toISOString()
}

function local(milliseconds: number, minutesFromUtc: number): string {
  return new Date(milliseconds + minutesFromUtc * 60_000).toISOString()
}

/** `2021-03-04 05:06:07.089123`, as Python's sqlite3 writes a datetime. */
export function microseconds(milliseconds: number, extra: number): string {
  const text = new Date(milliseconds).toISOString().slice(0, 23).replace('T', ' ')
  return text + String(extra % 1000).padStart(3, '0')
}

/** Each of these has broken somebody's migration: COPY's marks, look-alikes, invisible and astral characters. */
export const awkwardTexts = [
  'Plain words',
  '',
  ' space on both sides ',
  'tab\tin the middle',
  'two\nlines',
  'Windows\r\nline end',
  'C:\\courses\\new\\table',
  '\\N',
  '\\.',
  'O\'Neil said "yes"',
  'done 🎓🎉',
  'family 👩‍👩‍👧',
  'Zoe\u0308 and cafe\u0301',
  'Zo\u00eb and caf\u00e9',
  'שלום עולם',
  'مرحبا \u200fabc',
  '日本語の授業',
  'NULL',
  'null',
  "'; DROP TABLE users; --",
  '<b>bold</b> & more',
  '$$ dollar $$ %s {0}',
  'zero\u200bwidth',
  'ends with no-break space\u00a0',
  '\ufeffstarts with a BOM',
  'form\ffeed, vertical\vtab, back\bspace',
  '𝒢𝒶𝓁𝒶 𐍈',
  '?looks refused',
  '007',
  '1e5',
  'true',
  'line\u2028separator',
] as const

/** JSON as it was typed: spacing, key order, number forms and escapes differ from what a database gives back. */
export const awkwardJson = [
  '{"theme":"dark","visits":12345678901234567890}',
  '{ "b": 1, "a": [1, 2.50, 1e3], "nested": { "deep": { "x": null } } }',
  '{"text":"line\\nbreak \\"quoted\\" \\u00e9 🎓"}',
  '[]',
  '{}',
  'null',
  '"just a string"',
  'true',
  '{"pi":3.141592653589793238462643383279}',
  '{"":"empty key","a b":"space","quote\\"":1,"back\\\\slash":2}',
  '["\\ud83c\\udf93", "tab\\there", "שלום"]',
  '{"id":9007199254740993,"ids":[9223372036854775807,-9223372036854775808]}',
] as const

export const awkwardFloats = [
  0.1 + 0.2,
  1 / 3,
  1e-300,
  1.7976931348623157e308,
  5e-324,
  100,
  -0.5,
  2 ** 53 + 2,
  1e21,
  123456789.12345679,
  0,
] as const

export const awkwardIntegers = [9223372036854775807n, -9223372036854775808n, 9007199254740993n] as const

export const firstNames = [
  'Ana',
  'Björn',
  'Chloé',
  'Çağla',
  'Dmytro',
  'Zoe\u0308',
  'Nguyễn',
  'نور',
  'יעל',
  '美咲',
  "D'Arcy",
]
export const lastNames = [
  'Kovač',
  "O'Neil",
  'Müller ',
  'da Silva',
  'Å',
  'van der "Berg"',
  'Łukasz\\Nowak',
  '李',
  'Null',
]
export const subjects = [
  'Algebra',
  'Español',
  'Físico-química',
  'Русский',
  'Data\tScience',
  'Music 🎵',
  '手話',
]

/** Unique byte by byte only: the second differs from the first in case, the fourth from the third in its accent. */
export function email(n: number): string {
  const twins = [
    'ana@legacy.example',
    'Ana@legacy.example',
    'jos\u00e9@legacy.example',
    'jose\u0301@legacy.example',
  ]
  return twins[n - 1] ?? `user${n}@legacy.example`
}

export function nickname(n: number): string | null {
  if (n % 7 === 0) return ''
  if (n % 7 === 1) return null
  if (n === 16) return '👩🏽‍💻'.repeat(4)
  return `nick${n}${n % 7 === 2 ? ' ' : ''}`
}

/** Text keys that are equal to a careless comparison, and keys that need quoting everywhere. */
export function serial(n: number): string {
  const careless = [
    'CERT-a',
    'CERT-A',
    'CERT-a ',
    'CERT-\u00e9',
    'CERT-e\u0301',
    'CERT\t6',
    "CERT'7",
    'CERT\\8',
    '',
  ]
  return careless[n - 1] ?? `CERT-${(n * 7919) % 100_003}/${n}`
}

/** Mostly small, but an import brought one negative number and two that a double cannot tell apart. */
export function postId(n: number): number | bigint {
  if (n === 1) return -7
  if (n > 7998) return 2n ** 53n + BigInt(n - 7999)
  return n * 2
}

/** A reply's parent may have a higher or a lower number, but replies never go round in a circle. */
export function earlierPost(n: number, candidate: number): number | bigint | null {
  const place = (post: number) => (post * 3571) % 8001
  return place(candidate) < place(n) ? postId(candidate) : null
}
