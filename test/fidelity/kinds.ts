import { arrays } from './corpus/documents.ts'
import { sortedJson } from './json-by-value.ts'

/** What a value means, apart from any engine. Two values are the same where their canonical texts are. */
export type Kind =
  | 'array'
  | 'bits'
  | 'boolean'
  | 'bytes'
  | 'date'
  | 'decimal'
  | 'enum'
  | 'float32'
  | 'float64'
  | 'integer'
  | 'interval'
  | 'json'
  | 'other'
  | 'set'
  | 'text'
  | 'time'
  | 'timestamp'
  | 'uuid'

/**
 * The one text of a value, from any text an engine shows it as. Written apart from the product's own canonical forms, so that
 * an error in those is not believed here.
 */
export function canonical(kind: Kind, shown: string): string {
  switch (kind) {
    case 'integer':
    case 'decimal':
      return plainDecimal(shown)
    case 'float64':
      return floatText(Number(infinite(shown)))
    case 'float32':
      return floatText(Math.fround(Number(infinite(shown))))
    case 'boolean':
      return /^(1|t|true|y|yes|on|b'1')$/i.test(shown)
        ? 't'
        : /^(0|f|false|n|no|off)$/i.test(shown)
          ? 'f'
          : shown
    case 'bytes':
      return shown.toLowerCase()
    case 'uuid':
      return uuidText(shown)
    case 'set':
      return shown.split(',').sort().join(',')
    case 'date':
      return shown.replace(/[ T]00:00:00(\.0+)?(Z|\+00)?$/, '')
    case 'time':
      return withoutZeros(shown.replace(/^(\d\d:\d\d)$/, '$1:00')).replace(/^-(00:00:00)$/, '$1')
    case 'timestamp':
      return timestampText(shown)
    case 'interval':
      return withoutZeros(shown)
    case 'json':
      return sortedJson(shown)
    case 'array':
      return sortedJson(jsonOfArray(shown) ?? shown)
    case 'text':
      return textBytes(shown).toString('latin1')
    default:
      return shown
  }
}

/** `1.50e2` is `150`: no exponent, no sign of zero, no zeros that say nothing. */
export function plainDecimal(text: string): string {
  const parts = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?\s*$/i.exec(text)
  if (!parts || (parts[2] === '' && !parts[3]) || Number(parts[4] ?? 0) > 1e5) return infinite(text)
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts
  const point = whole.length + Number(exponent)
  const digits = point < 0 ? '0'.repeat(-point) + whole + fraction : (whole + fraction).padEnd(point, '0')
  const at = Math.max(point, 0)
  const before = digits.slice(0, at).replace(/^0+/, '') || '0'
  const after = digits.slice(at).replace(/0+$/, '')
  const value = after === '' ? before : `${before}.${after}`
  return sign === '-' && value !== '0' ? `-${value}` : value
}

function infinite(text: string): string {
  if (/^[+]?inf(inity)?$/i.test(text)) return 'Infinity'
  if (/^-inf(inity)?$/i.test(text)) return '-Infinity'
  return /^nan$/i.test(text) ? 'NaN' : text
}

function floatText(value: number): string {
  return String(value === 0 ? 0 : value)
}

function uuidText(shown: string): string {
  const digits = shown.toLowerCase().replace(/[{}-]/g, '')
  return /^[0-9a-f]{32}$/.test(digits) ? digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : shown
}

function withoutZeros(shown: string): string {
  return shown.replace(/\.(\d*?)0*(?=$| )/, (_, digits: string) => (digits === '' ? '' : `.${digits}`))
}

function timestampText(shown: string): string {
  const text = withoutZeros(inUtc(shown.replace(/(\d)T(\d)/, '$1 $2').replace(/(Z|\+00(:00)?)(?=$| )/, '')))
  return /^\d+-\d\d-\d\d( BC)?$/.test(text) ? text.replace(/( BC)?$/, ' 00:00:00$1') : text
}

/** An offset of whole minutes touches no second. */
function inUtc(text: string): string {
  const match = /^(.* \d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d:\d\d)$/.exec(text)
  if (!match) return text
  const utc = new Date(`${match[1]!.replace(' ', 'T')}${match[3]}`).toISOString()
  return utc.slice(0, 19).replace('T', ' ') + (match[2] ?? '')
}

const jsonByArray = new Map(Object.values(arrays).flat())

/** A known array as JSON; null where the text is no such array of PostgreSQL. */
export function jsonOfArray(text: string): string | null {
  return jsonByArray.get(text) ?? null
}

/** Characters U+DC80…U+DCFF, alone, stand for single bytes that are no UTF-8. */
export function textBytes(text: string): Buffer {
  const alone = /^[\udc80-\udcff]$/
  return Buffer.concat(
    [...text].map(one => (alone.test(one) ? Buffer.from([one.charCodeAt(0) & 0xff]) : Buffer.from(one))),
  )
}

export function isBroken(text: string): boolean {
  return /(?<![\ud800-\udbff])[\udc80-\udcff]/.test(text)
}

/** The text of bytes given in hexadecimal digits. */
export function textOfHex(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  const text = bytes.toString()
  if (Buffer.from(text).equals(bytes)) return text
  return [...bytes].map(byte => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)).join('')
}
