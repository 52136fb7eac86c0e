import type { LogicalType } from '../../model/logical-type.ts'
import { REFUSED } from '../../model/row-line.ts'
import type { Field } from '../port/rows.ts'
import { cutsSpaces, type Purpose } from '../values/fit.ts'
import { specification } from './functions.ts'

/**
 * SQL for one field of a row line. What SQLite can write exactly by itself it writes; every other value goes
 * through `row_value` of `functions.ts`, which also defines what is right. A value always has one of five
 * storage classes, whatever the column declares (https://www.sqlite.org/datatype3.html), so each is asked.
 */
function fieldSql(field: Field, wanted: Purpose): string {
  const purpose = field.canonical ? 'compare' : wanted
  const { expression: x, type, own } = field
  if (field.native && purpose === 'load') return nativeSql(x)
  const otherwise = valueSql(x, x, field, purpose)
  switch (type.kind) {
    case 'boolean':
      return `CASE ${x} WHEN 0 THEN 'f' WHEN 1 THEN 't' ELSE ${cases(x, {}, otherwise)} END`
    case 'integer':
      return cases(x, { integer: x }, otherwise)
    case 'decimal':
      return decimalSql(field, type, purpose, otherwise)
    case 'float':
      return type.bits === 32 || type.scale !== undefined ? cases(x, {}, otherwise) : floatSql(x, otherwise)
    case 'bytes':
      if (own?.kind === 'uuid') return cases(x, {}, otherwise)
      if (type.padded) return cases(x, {}, valueSql(`CAST(${x} AS BLOB)`, x, field, purpose))
      return cases(x, {}, `'\\\\x' || lower(hex(${x}))`)
    case 'date':
      return cases(x, { text: `CASE WHEN date(${x}) = ${x} THEN ${x} ELSE ${otherwise} END` }, otherwise)
    case 'timestamp':
      return timestampSql(x, type, purpose, otherwise)
    case 'uuid':
    case 'time':
    case 'bits':
      return cases(x, {}, otherwise)
    case 'set':
    case 'array':
      return cases(x, {}, valueSql(`CAST(${x} AS BLOB)`, x, field, purpose))
    case 'json':
      return jsonSql(field, purpose)
    case 'text':
      if (own?.kind === 'uuid') return cases(x, {}, `coalesce(${rowValue(x, uuid, purpose)}, ${textSql(x)})`)
      if (cutsSpaces(field)) return cutTextSql(field, purpose)
      // rtrim would make a REAL SQLite's own text of it.
      return textSql(
        type.padded && purpose === 'compare' ? `iif(typeof(${x}) = 'real', ${x}, rtrim(${x}, ' '))` : x,
      )
    case 'any':
      return cases(x, { integer: x }, `row_any(${anyArguments(x)})`)
    default:
      return textSql(x)
  }
}

/**
 * The value as it is stored, after a letter for its storage class, for `load.ts` to store it again. CAST gives a REAL of at
 * most 15 significant digits in a form that is read back as the same.
 */
function nativeSql(x: string): string {
  const real = `CASE WHEN ${isPlainReal(x)} THEN 'r' || CAST(${x} AS TEXT) ELSE 'r' || row_real(${x}) END`
  return cases(x, { integer: `'i' || ${x}`, text: `'t' || ${escapedText(x)}`, real }, `'b' || hex(${x})`)
}

const uuid: Field = { expression: '', type: { kind: 'uuid' } }

function rowValue(value: string, field: Field, purpose: Purpose): string {
  return `row_value(${value}, '${specification(field, purpose).replaceAll("'", "''")}')`
}

/** A value through `row_value`; what it refuses keeps its bytes. */
function valueSql(value: string, x: string, field: Field, purpose: Purpose): string {
  const text = rowValue(value, field, purpose)
  const refused = `CASE typeof(${x}) WHEN 'real' THEN row_real(${x}) ELSE ${escaped(`CAST(${x} AS TEXT)`)} END`
  return `coalesce(${text}, '${REFUSED}' || ${refused})`
}

/** Fields of one row joined into a line; a function takes at most 127 arguments by default, so they are nested. */
export function lineSql(fields: Field[], purpose: Purpose): string {
  const join = (parts: string[]): string => {
    if (parts.length === 1) return parts[0]!
    if (parts.length <= 100) return `concat_ws(char(9), ${parts.join(', ')})`
    const groups: string[] = []
    for (let start = 0; start < parts.length; start += 100) groups.push(join(parts.slice(start, start + 100)))
    return join(groups)
  }
  return `${join(fields.map(field => fieldSql(field, purpose)))} || char(10)`
}

type StorageClass = 'integer' | 'real' | 'text' | 'blob'

function cases(x: string, known: Partial<Record<StorageClass, string>>, otherwise: string): string {
  const branches = Object.entries(known).map(([storage, sql]) => ` WHEN '${storage}' THEN ${sql}`)
  return `CASE typeof(${x})${branches.join('')} WHEN 'null' THEN '\\N' ELSE ${otherwise} END`
}

/**
 * A text that JSON can quote without an escape holds nothing a row line has to escape; asked that way because SQLite
 * scans for it many times faster than GLOB or replace() would.
 */
function escapedText(x: string): string {
  const plain = `octet_length(json_quote(${x})) = octet_length(${x}) + 2`
  return `CASE WHEN ${plain} THEN ${x} ELSE ${escaped(x)} END`
}

function textSql(x: string): string {
  const blob = escaped(`CAST(${x} AS TEXT)`)
  const real = valueSql(x, x, { expression: x, type: { kind: 'float', bits: 64 } }, 'compare')
  return cases(x, { text: escapedText(x), integer: x, blob }, real)
}

/** Text that is no UTF-8 keeps its bytes, for the target to refuse. */
function cutTextSql(field: Field, purpose: Purpose): string {
  const { expression: x } = field
  const text = `coalesce(${rowValue(`CAST(${x} AS BLOB)`, field, purpose)}, ${escapedText(x)})`
  return `CASE WHEN typeof(${x}) = 'text' THEN ${text} ELSE ${textSql(x)} END`
}

/** The escapes of a row line; replace() works on bytes, so text that is no valid UTF-8 keeps its own. */
function escaped(x: string): string {
  const escapes: [string, string][] = [
    ['\\', '\\\\'],
    ['\t', '\\t'],
    ['\n', '\\n'],
    ['\r', '\\r'],
    ['\b', '\\b'],
    ['\v', '\\v'],
    ['\f', '\\f'],
  ]
  return escapes.reduce((sql, [character, written]) => `replace(${sql}, '${character}', '${written}')`, x)
}

/**
 * Up to 15 significant digits SQLite's own text of a REAL is also its shortest; 16 characters hold no more than
 * that.
 */
function isPlainReal(x: string): string {
  return `abs(${x}) >= 1e-4 AND abs(${x}) < 1e15 AND length(CAST(${x} AS TEXT)) <= 16`
}

function floatSql(x: string, otherwise: string): string {
  const text = `rtrim(rtrim(CAST(${x} AS TEXT), '0'), '.')`
  return cases(x, { real: `CASE WHEN ${isPlainReal(x)} THEN ${text} ELSE ${otherwise} END` }, otherwise)
}

/**
 * A REAL that is a decimal of `scale` digits, with at most 15 in all, is written by its 15 significant digits. Held against
 * a side that holds values to its scale it need not be asked whether it is one: with more digits it equals nothing there.
 */
function decimalSql(
  { expression: x, rounded }: Field,
  type: LogicalType & { kind: 'decimal' },
  purpose: Purpose,
  otherwise: string,
): string {
  const scale = type.precision === undefined ? undefined : (type.scale ?? 0)
  const integer = scale !== undefined && scale < 0 ? otherwise : x
  if (scale === undefined || scale < 0 || scale > 10) return cases(x, { integer }, otherwise)
  const inRange = `abs(${x}) BETWEEN 1e-4 AND 1e${14 - scale}`
  const equalsNothing = purpose === 'compare' && type.fixedScale && !rounded
  const plain = equalsNothing ? inRange : `round(${x}, ${scale}) = ${x} AND ${inRange}`
  return cases(
    x,
    { real: `CASE WHEN ${plain} THEN format('%.15g', ${x}) ELSE ${otherwise} END`, integer },
    otherwise,
  )
}

/** Epoch milliseconds of the years 0001 to 9999 and SQLite's own text form need no function of ours. */
function timestampSql(
  x: string,
  type: LogicalType & { kind: 'timestamp' },
  purpose: Purpose,
  otherwise: string,
): string {
  const text = `CASE WHEN datetime(${x}) = ${x} AND substr(${x}, 12, 2) < '24' THEN ${x} ELSE ${otherwise} END`
  if (type.precision < 3) return cases(x, { text }, otherwise)
  const milliseconds = `datetime(${x} / 1000.0, 'unixepoch', 'subsec')`
  // Only then does the fraction end with a zero.
  const trimmed = `CASE WHEN ${x} % 10 THEN ${milliseconds} ELSE rtrim(rtrim(${milliseconds}, '0'), '.') END`
  const written = purpose === 'load' ? milliseconds : trimmed
  const years = `${x} BETWEEN -62135596800000 AND 253402300799999`
  return cases(x, { integer: `CASE WHEN ${years} THEN ${written} ELSE ${otherwise} END`, text }, otherwise)
}

/** A blob may be SQLite's binary JSON (https://www.sqlite.org/jsonb.html) or JSON text kept as bytes. */
function jsonSql(field: Field, purpose: Purpose): string {
  const { expression: x } = field
  const blob = `CASE WHEN json_valid(${x}, 8) THEN json(${x}) ELSE CAST(${x} AS TEXT) END`
  // SQLite's own text of a REAL has 15 digits.
  const real = `row_real(${x})`
  if (purpose === 'load') return cases(x, { text: escapedText(x), blob: escaped(blob), real }, x)
  const compared = (value: string) => valueSql(`CAST(${value} AS BLOB)`, x, field, purpose)
  return cases(x, { blob: compared(blob), real: compared(real) }, compared(x))
}

function anyArguments(x: string): string {
  return `typeof(${x}), CASE typeof(${x}) WHEN 'text' THEN CAST(${x} AS BLOB) ELSE ${x} END`
}
