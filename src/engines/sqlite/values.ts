import type { LogicalType } from '../../model/logical-type.ts'
import type { Field } from '../port.ts'

export type Purpose = 'load' | 'compare'

/**
 * SQL for one field of a row line. What SQLite can write exactly by itself it writes; every other value goes
 * through one of the functions of `functions.ts`, which also define what is right. A value always has one of five
 * storage classes, whatever the column declares (https://www.sqlite.org/datatype3.html), so each is asked.
 */
export function fieldSql(field: Field, purpose: Purpose): string {
  const { expression: x, type } = field
  switch (type.kind) {
    case 'boolean':
      return `CASE ${x} WHEN 0 THEN 'f' WHEN 1 THEN 't' ELSE ${cases(x, {}, `row_boolean(${x})`)} END`
    case 'integer':
      return cases(x, { integer: x }, `row_integer(${x})`)
    case 'decimal':
      return decimalSql(x, type, purpose)
    case 'float':
      return type.bits === 32 ? cases(x, {}, `row_float(${x}, 32)`) : floatSql(x)
    case 'bytes':
      return cases(x, {}, `'\\\\x' || lower(hex(${x}))`)
    case 'uuid':
      return cases(x, {}, `row_uuid(${x})`)
    case 'date':
      return cases(
        x,
        { text: `CASE WHEN date(${x}) = ${x} THEN ${x} ELSE row_date(${x}) END` },
        `row_date(${x})`,
      )
    case 'time':
      return cases(x, {}, `row_time(${x}, ${purpose === 'load' ? 6 : type.precision})`)
    case 'timestamp':
      return timestampSql(x, type, purpose)
    case 'json':
      return jsonSql(x, purpose)
    case 'text':
      return textSql(type.padded && purpose === 'compare' ? `rtrim(${x}, ' ')` : x)
    case 'any':
      return cases(x, { integer: x }, `row_any(${anyArguments(x)})`)
    default:
      return textSql(x)
  }
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
  return cases(x, { text: escapedText(x), integer: x, blob }, `row_float(${x}, 64)`)
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
function floatSql(x: string): string {
  const text = `CAST(${x} AS TEXT)`
  const plain = `abs(${x}) >= 1e-4 AND abs(${x}) < 1e15 AND length(${text}) <= 16`
  const otherwise = `row_float(${x}, 64)`
  return cases(
    x,
    { real: `CASE WHEN ${plain} THEN rtrim(rtrim(${text}, '0'), '.') ELSE ${otherwise} END` },
    otherwise,
  )
}

/**
 * A REAL that is a decimal of `scale` digits, with at most 15 in all, is written by its 15 significant digits. Held against
 * a side that is strict about its scale it need not be asked whether it is one: with more digits it equals nothing there.
 */
function decimalSql(x: string, type: LogicalType & { kind: 'decimal' }, purpose: Purpose): string {
  const scale = type.precision === undefined ? undefined : (type.scale ?? 0)
  const otherwise = `row_decimal(${x}, ${scale ?? 'NULL'}, ${purpose === 'load' ? 1 : 0})`
  if (scale === undefined || scale < 0 || scale > 10) return cases(x, { integer: x }, otherwise)
  const inRange = `abs(${x}) BETWEEN 1e-4 AND 1e${14 - scale}`
  const plain = purpose === 'compare' && type.strict ? inRange : `round(${x}, ${scale}) = ${x} AND ${inRange}`
  return cases(
    x,
    { real: `CASE WHEN ${plain} THEN format('%.15g', ${x}) ELSE ${otherwise} END`, integer: x },
    otherwise,
  )
}

/** Epoch milliseconds of the years 0001 to 9999 and SQLite's own text form need no function of ours. */
function timestampSql(x: string, type: LogicalType & { kind: 'timestamp' }, purpose: Purpose): string {
  const precision = purpose === 'load' ? 6 : type.precision
  const otherwise = `row_timestamp(${x}, ${precision})`
  if (precision < 3) return cases(x, {}, otherwise)
  const milliseconds = `datetime(${x} / 1000.0, 'unixepoch', 'subsec')`
  // Only then does the fraction end with a zero.
  const trimmed = `CASE WHEN ${x} % 10 THEN ${milliseconds} ELSE rtrim(rtrim(${milliseconds}, '0'), '.') END`
  const written = purpose === 'load' ? milliseconds : trimmed
  const years = `${x} BETWEEN -62135596800000 AND 253402300799999`
  return cases(
    x,
    {
      integer: `CASE WHEN ${years} THEN ${written} ELSE ${otherwise} END`,
      text: `CASE WHEN datetime(${x}) = ${x} THEN ${x} ELSE ${otherwise} END`,
    },
    otherwise,
  )
}

/** A blob may be SQLite's binary JSON (https://www.sqlite.org/jsonb.html) or JSON text kept as bytes. */
function jsonSql(x: string, purpose: Purpose): string {
  if (purpose === 'compare') {
    return cases(
      x,
      { blob: `row_json(CASE WHEN json_valid(${x}, 8) THEN json(${x}) ELSE ${x} END)` },
      `row_json(CAST(${x} AS BLOB))`,
    )
  }
  const blob = escaped(`CASE WHEN json_valid(${x}, 8) THEN json(${x}) ELSE CAST(${x} AS TEXT) END`)
  return cases(x, { text: escapedText(x), blob }, `CAST(${x} AS TEXT)`)
}

function anyArguments(x: string): string {
  return `typeof(${x}), CASE typeof(${x}) WHEN 'text' THEN CAST(${x} AS BLOB) ELSE ${x} END`
}
