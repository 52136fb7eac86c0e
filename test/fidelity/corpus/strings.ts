import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const words = (text: string) => text.trim().split(/\s+/)

const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).concat('\x7f')

/** A NULL that is none, marks a reader might take for one, and escapes of several formats. */
const markers =
  words(String.raw`\N \n N NULL null Null <null> <NULL> (null) nil None undefined NaN N/A ? ?unfit:x ?unfit: ?unfit
  \?unfit:x \. \\. \ \\ \\\ a\ \t \x41 \0 \b \f \v \u0041 \101 C:\new\table \\host\share \Z \% \_ \x \xff 0xff ff`)

/** Quotes, separators and what means something in SQL, shells and formats. */
const syntax =
  words(String.raw`' '' ''' " "" O'Brien $$ $1 %s %d%n {} {"a":1} [] {a,b} a,b a;b a|b :a @a # -- <b> &amp;
  <script> - =1+1 .. / ~ ${'`'} $\{HOME}`)

/** Numbers, times and truths that are text. */
const values =
  words(`0 00 -0 007 1 1.0 1.10 +1 1e5 0x1F 1_000 1,5 .5 5. Infinity -inf 9223372036854775808 true false t f yes on
  2024-02-30 2024-01-01 0000-00-00 12:00 24:00:00 now today epoch infinity 00000000-0000-0000-0000-000000000000
  A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11`)

/** Letters that look or sort alike, several ways to write one letter, and what is beyond the first plane. */
const letters =
  words(`a A é e\u0301 É ß ẞ SS ss İ I ı i ﬁ fi \u00c5 \u212b A\u030a ǆ ǅ ñ n\u0303 \u03a9 \u2126 æ œ þ ø ł 한국
  \u1112\u1161\u11ab 中文字 日本語 ｱ ア Привет שלום مرحبا \u202eabc a\u200db क्षि \u0e01\u0e33 € ‚ ƒ „ … “” – — ™ Š ž Ÿ £ © ½ ×
  😀 😀😀 👩‍👩‍👧 🏳️‍🌈 👍🏽 🇨🇭 𝒳 𐍈 𠜎 \u{10ffff} \u{10fffd} a😀b \x80 \x9f \xad \xff \ufffd \ufffe \uffff \u200b`)

const blanks = [
  ...['', ' ', '  ', '   a', 'a ', 'a  ', ' a ', '\ta', 'a\t', 'a\n', '\na', 'a\r\n', '\r\nb', '\n\n', '😀 '],
  ...[
    'a\u2003',
    '\u3000',
    '\u2028',
    '\u2029',
    '\x85',
    '\xa0',
    '\ufeff',
    '\ufeffa',
    '\\\t',
    '\\\n',
    '\t\\N\n',
  ],
  ...["'; DROP TABLE t; --", '1; SELECT 1', '/* a */', 'a\tb\tc', ' ?unfit:x', ' 1', '1 ', 'exactly ten'],
]

/** Lengths where something ends. */
const lengths = [
  ...['0123456789', 'abcdefghij ', 'abcdefghij\n', 'abcdefghij\t', '\n'.repeat(21), '01234567890123456789'],
  ...['abcdefghijklmnopqrst ', ' '.repeat(20), ' '.repeat(21), `${'z'.repeat(19)}😀`, 'x'.repeat(255)],
  ...['y'.repeat(256), 'é'.repeat(127), 'é'.repeat(128), '😀'.repeat(63), 'a'.repeat(499)],
]

/** Text that is no UTF-8, which only SQLite keeps; see `textBytes`. */
const broken = ['\udcff', 'a\udcc3', '\udce2\udc82', '\udced\udca0\udc80', 'ok\udc80ok']

/** What formats, parsers and people have tripped over. */
export const strings: string[] = [
  ...new Set([
    ...blanks,
    ...controls,
    ...controls.map(control => `a${control}b`),
    ...markers,
    ...syntax,
    ...values,
    ...letters,
    ...lengths,
    ...broken,
  ]),
]

/** Longer than a page, a packet's first block, a TEXT. */
export const longStrings = [
  ...['l'.repeat(9000), '\\'.repeat(5000), '\n'.repeat(3000), '😀'.repeat(20_000), 'u\0'.repeat(50)],
  'm'.repeat(70_000),
]

/**
 * The Big List of Naughty Strings (https://github.com/minimaxir/big-list-of-naughty-strings), where it lies in a folder
 * `shared/data` beside the checkout or PARITYGATE_STRINGS names it.
 */
const file =
  process.env.PARITYGATE_STRINGS ??
  resolve(import.meta.dirname, '../../../../shared/data/strings/naughty-strings.json')

export const naughty: string[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
