import mysql, { type Connection } from 'mysql2'
import type { Column } from '../../model/catalog.ts'
import type { LogicalType } from '../../model/logical-type.ts'
import type { Field, Relation } from '../port/rows.ts'
import { columnOfQuery } from '../query-column.ts'

/** What the server says of a column of a result, as mysql2 hands it over. */
interface ResultColumn {
  name: string
  columnType: number
  columnLength: number
  characterSet: number
  decimals: number
  flags: number
}

const { Types } = mysql

const UNSIGNED = 0x20
const BINARY_CHARSET = 63
/** The number of decimals of a value that has no fixed one. */
const NOT_FIXED = 31

/**
 * The fields with the type the server finds for those that are expressions: what a FLOAT, a BIT or bytes are written as
 * depends on it.
 */
export async function withResultTypes(
  connection: Connection,
  { from }: Pick<Relation, 'from'>,
  fields: Field[],
): Promise<Field[]> {
  const unknown = fields.filter(field => field.own === undefined)
  if (unknown.length === 0) return fields
  const sql = `SELECT ${unknown.map(field => field.expression).join(', ')} FROM ${from} LIMIT 0`
  const types = (await resultColumns(connection, sql)).map(typeOfResult)
  return fields.map(field => {
    const own = types[unknown.indexOf(field)]
    return field.own === undefined && own ? { ...field, own } : field
  })
}

/** The columns a SELECT gives. */
export async function columnsOf(connection: Connection, select: string): Promise<Column[]> {
  const columns = await resultColumns(connection, `SELECT * FROM (${select}\n) AS probe LIMIT 0`)
  return columns.map(column => ({
    name: column.name,
    type: typeOfResult(column) ?? { kind: 'text' },
    declared: '',
    ...columnOfQuery,
    typeEnforced: true,
  }))
}

function resultColumns(connection: Connection, sql: string): Promise<ResultColumn[]> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error, _rows, described) =>
      error ? reject(error) : resolve(described as unknown as ResultColumn[]),
    )
  })
}

/** By the type codes of the protocol (https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html). */
function typeOfResult({
  columnType,
  columnLength,
  characterSet,
  decimals,
  flags,
}: ResultColumn): LogicalType | undefined {
  const unsigned = (flags & UNSIGNED) !== 0
  const integer = (bits: 8 | 16 | 24 | 32 | 64): LogicalType => ({
    kind: 'integer',
    bits,
    ...(unsigned ? { unsigned } : {}),
  })
  const precision = decimals >= NOT_FIXED ? 6 : decimals
  switch (columnType) {
    case Types.TINY:
      return integer(8)
    case Types.SHORT:
      return integer(16)
    case Types.LONG:
      return integer(32)
    case Types.LONGLONG:
      return integer(64)
    case Types.INT24:
      return integer(24)
    case Types.YEAR:
      return integer(16)
    case Types.FLOAT:
      return { kind: 'float', bits: 32 }
    case Types.DOUBLE:
      return { kind: 'float', bits: 64 }
    case Types.DECIMAL:
    case Types.NEWDECIMAL:
      return { kind: 'decimal', precision: 65, scale: decimals, fixedScale: true }
    case Types.BIT:
      return { kind: 'bits', length: columnLength }
    case Types.DATE:
    case Types.NEWDATE:
      return { kind: 'date' }
    case Types.TIME:
      return { kind: 'time', precision, span: true }
    case Types.TIMESTAMP:
    case Types.DATETIME:
      return { kind: 'timestamp', precision, zone: false }
    case Types.JSON:
      return { kind: 'json', binary: true }
    case Types.GEOMETRY:
      return { kind: 'other', name: 'geometry' }
    case Types.NULL:
      return undefined
    default:
      return characterSet === BINARY_CHARSET ? { kind: 'bytes' } : { kind: 'text' }
  }
}
