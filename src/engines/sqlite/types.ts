import { type LogicalType, typeName } from '../../model/logical-type.ts'

/** The decimal digits every double keeps. */
const EXACT_DIGITS = 15

/**
 * What a declared type means, though SQLite itself only derives an affinity from it
 * (https://www.sqlite.org/datatype3.html); null for what is no name of a type.
 */
export function parseType(written: string): LogicalType | null {
  const type = written.trim().toUpperCase().replace(/\s+/g, ' ')
  if (type === '') return { kind: 'any' }
  const [, name, first, second] =
    /^([\p{L}_][\p{L}\p{N}_ ]*?) ?(?:\( ?([+-]?\d+) ?(?:, ?([+-]?\d+) ?)?\))?$/u.exec(type) ?? []
  if (name === undefined) return null
  const length = first === undefined ? undefined : Math.abs(Number(first))
  if (/^BOOL/.test(name)) return { kind: 'boolean' }
  if (/^JSONB?( TEXT)?$/.test(name)) return { kind: 'json', binary: true }
  if (/^(UUID|GUID|UNIQUEIDENTIFIER)$/.test(name)) return { kind: 'uuid' }
  if (name === 'BIT TEXT') return { kind: 'bits', length: length ?? 1 }
  if (name === 'VARBIT TEXT' && length !== undefined) return { kind: 'bits', length, varying: true }
  if (/^TIMESTAMP ?(TZ|WITH TIME ZONE)|^TIMESTAMPTZ|^DATETIMEOFFSET/.test(name))
    return { kind: 'timestamp', precision: 6, zone: true }
  if (/^(DATETIME|TIMESTAMP)/.test(name)) return { kind: 'timestamp', precision: 6, zone: false }
  if (name === 'DATE') return { kind: 'date' }
  if (name === 'TIME') return { kind: 'time', precision: 6 }
  if (name === 'TIMESPAN') return { kind: 'time', precision: 6, span: true }
  if (/^(NUMERIC|DECIMAL|MONEY)/.test(name)) {
    return length === undefined
      ? { kind: 'decimal' }
      : { kind: 'decimal', precision: length, scale: Number(second ?? 0) }
  }
  if (name.includes('INT')) return { kind: 'integer', bits: 64 }
  if (/CHAR|CLOB|TEXT|STRING/.test(name))
    return length === undefined || /CLOB|TEXT/.test(name) ? { kind: 'text' } : { kind: 'text', length }
  if (name.includes('BLOB') || /^(VAR)?BINARY|^BYTEA/.test(name)) return { kind: 'bytes' }
  if (/REAL|FLOA|DOUB/.test(name)) return { kind: 'float', bits: 64 }
  return { kind: 'other', name: written }
}

/**
 * The type a column is created with. The affinity that follows from it must keep every value: all but TEXT and BLOB turn
 * text that looks like a number into one, so only what never does (a date, a UUID) is declared otherwise.
 */
export function declaredFor(type: LogicalType): { declared: string; note?: string } {
  switch (type.kind) {
    case 'boolean':
      return { declared: 'BOOLEAN' }
    case 'integer':
      if (!type.unsigned || type.bits < 64) return { declared: 'INTEGER' }
      return {
        declared: 'TEXT',
        note: 'becomes TEXT: SQLite has no integers beyond 63 bits and would make them REAL',
      }
    case 'decimal':
      return decimal(type)
    case 'float':
      return { declared: 'REAL' }
    case 'text':
      return { declared: type.length === undefined ? 'TEXT' : `VARCHAR(${type.length})` }
    case 'bytes':
      return { declared: 'BLOB' }
    case 'bits':
      return {
        declared: `${type.varying ? 'VARBIT' : 'BIT'} TEXT(${type.length})`,
        note: 'becomes text of 0 and 1',
      }
    case 'uuid':
      return { declared: 'UUID' }
    case 'date':
      return { declared: 'DATE' }
    case 'time':
      return { declared: type.span ? 'TIMESPAN' : 'TIME' }
    case 'timestamp':
      return { declared: 'DATETIME', note: `${typeName(type)} becomes text in UTC` }
    case 'json':
      return { declared: 'JSON TEXT', note: 'JSON becomes text' }
    case 'array':
      return { declared: 'JSON TEXT', note: 'becomes JSON, as text' }
    case 'any':
      return { declared: '' }
    case 'enum':
    case 'set':
    case 'other':
      return { declared: 'TEXT', note: `${typeName(type)} becomes text` }
  }
}

function decimal(type: LogicalType & { kind: 'decimal' }): { declared: string; note?: string } {
  const { precision, scale = 0 } = type
  const digits = precision === undefined ? Number.POSITIVE_INFINITY : Math.max(precision, precision - scale)
  if (digits <= EXACT_DIGITS) return { declared: `NUMERIC(${precision},${scale})` }
  return { declared: 'TEXT', note: `${typeName(type)} becomes TEXT: SQLite would keep it as an inexact REAL` }
}
