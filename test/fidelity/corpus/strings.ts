import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).concat('\x7f')

/** What formats, parsers and people have tripped over. */
const own = [
  '',
  ...controls.map(control => `a${control}b`),
  ...controls.map(control => `${control}`),
  ...['\x80', '\x85', '\x9f', '\xa0', '\xad', '\xff', '\ufeff', '\ufeffa', '\ufffd', '\ufffe', '\uffff'],
  // A NULL that is none, and marks a reader might take for one.
  ...['\\N', '\\n', 'N', 'NULL', 'null', 'Null', '<null>', '<NULL>', '(null)', 'nil', 'None', 'undefined', 'NaN', 'N/A', '?'],
  ...['?unfit:x', '?unfit:', '?unfit', ' ?unfit:x', '\\?unfit:x', '\\.', '\\\\.', '\\', '\\\\', '\\\\\\', 'a\\', '\\t', '\\x41'],
  ...['\\0', '\\b', '\\f', '\\v', '\\u0041', '\\101', '\\\t', '\\\n', '\t\\N\n', 'C:\\new\\table', '\\\\host\\share', '\\Z', '\\%', '\\_'],
  // Blanks.
  ...[' ', '  ', '   a', 'a ', 'a  ', ' a ', '\ta', 'a\t', 'a\n', '\na', 'a\r\n', '\r\nb', '\r', '\n\n', 'a\u2003', '\u3000', '\u200b', '\u2028', '\u2029'],
  // Quotes, separators and what means something in SQL, shells, formats.
  ...["'", "''", "'''", '"', '""', '`', "O'Brien", "'; DROP TABLE t; --", '1; SELECT 1', '$$', '$1', '${HOME}', '%s', '%d%n', '{}', '{"a":1}'],
  ...['[]', '{a,b}', 'a,b', 'a;b', 'a|b', 'a\tb\tc', ':a', '@a', '#', '--', '/* a */', '<b>', '&amp;', '<script>', '-', '=1+1', '..', '/', '~'],
  // Numbers, times and truths that are text.
  ...['0', '00', '-0', '007', '1', '1.0', '1.10', '+1', ' 1', '1 ', '1e5', '0x1F', '1_000', '1,5', '.5', '5.', 'Infinity', '-inf', '9223372036854775808'],
  ...['true', 'false', 't', 'f', 'yes', 'on', '2024-02-30', '2024-01-01', '0000-00-00', '12:00', '24:00:00', 'now', 'today', 'epoch', 'infinity'],
  ...['\\x', '\\xff', '0xff', 'ff', '00000000-0000-0000-0000-000000000000', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'],
  // Letters that look or sort alike.
  ...['a', 'A', 'é', 'e\u0301', 'É', 'ß', 'ẞ', 'SS', 'ss', 'İ', 'I', 'ı', 'i', 'ﬁ', 'fi', 'Å', 'Å', 'A\u030a', 'ǆ', 'ǅ', 'ñ', 'n\u0303', 'Ω', 'Ω'],
  ...['æ', 'œ', 'þ', 'ø', 'ł', '한국', '\u1112\u1161\u11ab', '中文字', '日本語', 'ｱ', 'ア', 'Привет', 'שלום', 'مرحبا', '\u202eabc', 'a\u200db', 'क्षि', '\u0e01\u0e33'],
  ...['€', '‚', 'ƒ', '„', '…', '“”', '–', '—', '™', 'Š', 'ž', 'Ÿ', '£', '©', '½', '×'],
  // Beyond the first plane.
  ...['😀', '😀😀', '👩‍👩‍👧', '🏳️‍🌈', '👍🏽', '🇨🇭', '𝒳', '𐍈', '𠜎', '\u{10ffff}', '\u{10fffd}', 'a😀b', '😀 '],
  // Lengths where something ends.
  ...['exactly ten', '0123456789', 'abcdefghij ', 'abcdefghij\n', 'abcdefghij\t', '\n'.repeat(21), '01234567890123456789', 'abcdefghijklmnopqrst ', 'x'.repeat(255), 'y'.repeat(256), 'é'.repeat(127)],
  ...['é'.repeat(128), '😀'.repeat(63), 'a'.repeat(499), ' '.repeat(20), ' '.repeat(21), `${'z'.repeat(19)}😀`],
]

/** Longer than a page, a packet's first block, a TEXT. */
const long = ['l'.repeat(9000), '\\'.repeat(5000), '\n'.repeat(3000), '😀'.repeat(20_000), 'u\0'.repeat(50), 'm'.repeat(70_000)]

/** Text that is no UTF-8, which only SQLite keeps; see `textBytes`. */
const broken = ['\udcff', 'a\udcc3', '\udce2\udc82', '\udced\udca0\udc80', 'ok\udc80ok']

/**
 * The Big List of Naughty Strings (https://github.com/minimaxir/big-list-of-naughty-strings), where it lies beside the checkout or
 * PARITYGATE_STRINGS names it; see chinook.test.ts.
 */
const file =
  process.env.PARITYGATE_STRINGS ?? resolve(import.meta.dirname, '../../../../shared/data/strings/naughty-strings.json')

export const naughty: string[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []

export const strings: string[] = [...new Set([...own, ...long, ...broken])]
