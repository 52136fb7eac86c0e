import type { Connection } from 'mysql2'
import type { LogicalType } from '../../model/logical-type.ts'
import type { LoadColumn } from '../port/rows.ts'
import { qualified } from './quoting.ts'
import type { Server } from './server.ts'
import { select } from './statement.ts'
import { isSpatial } from './types.ts'

/** A column as a load must know it. */
export interface TargetColumn {
  name: string
  type: LogicalType
  /**
   * What a field of a row line becomes: the text it is; a number for `t` or `f`; the bytes its bits or hexadecimal digits
   * stand for; bytes as they are; a geometry made from its text; a vector made from it; a year of four digits; a 32-bit
   * float.
   */
  form: 'text' | 'boolean' | 'bits' | 'bytes' | 'raw' | 'geometry' | 'vector' | 'year' | 'float'
  /** Whether the server makes values of JSON, as MySQL does, and keeps no text. */
  parsesJson: boolean
  /** Whether text must be converted where it is not said to be UTF-8. */
  ownCharset: boolean
  /** What the server puts in place of NULL without a word; null where it stores or refuses it. */
  nullBecomes: string | null
  /** Whether it refuses NULL. */
  required: boolean
}

export interface TargetTable {
  schema: string
  name: string
  /** For SQL. */
  qualified: string
  mariadb: boolean
  columns: TargetColumn[]
  /** Columns of each key, by its name. */
  keys: Map<string, string[]>
  /** Whether triggers look at each new row. */
  triggers: boolean
}

/** Reads what the server does with values of each column. */
export async function describeTable(
  connection: Connection,
  { schema, mariadb }: Pick<Server, 'schema' | 'mariadb'>,
  name: string,
  columns: LoadColumn[],
): Promise<TargetTable> {
  const of = 'WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?'
  const declared = await select(
    connection,
    `SELECT COLUMN_NAME AS name, LOWER(DATA_TYPE) AS type, CHARACTER_SET_NAME AS charset, IS_NULLABLE AS nullable, EXTRA AS extra
     FROM information_schema.COLUMNS ${of}`,
    [schema, name],
  )
  const parts = await select(
    connection,
    `SELECT INDEX_NAME AS name, COLUMN_NAME AS part FROM information_schema.STATISTICS ${of} AND COLUMN_NAME IS NOT NULL ORDER BY INDEX_NAME, SEQ_IN_INDEX`,
    [schema, name],
  )
  const triggers = await select(
    connection,
    `SELECT 1 FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? AND EVENT_MANIPULATION = 'INSERT' LIMIT 1`,
    [schema, name],
  )
  const keys = new Map<string, string[]>()
  for (const { name: key, part } of parts) keys.set(key!, [...(keys.get(key!) ?? []), part!])
  return {
    schema,
    name,
    qualified: qualified(schema, name),
    mariadb,
    columns: columns.map(column => {
      const found = declared.find(one => one.name === column.name)
      const { type = '', charset = null, nullable = 'YES', extra = '' } = found ?? {}
      return {
        name: column.name,
        type: column.type,
        form: formOf(column, type!),
        parsesJson: type === 'json',
        ownCharset: charset === null ? type === 'json' : !/^(utf8|utf8mb3|utf8mb4|binary)$/.test(charset),
        nullBecomes: /auto_increment/i.test(extra!)
          ? 'a number of its own'
          : type === 'timestamp' && nullable === 'NO'
            ? 'the time of the load'
            : null,
        required: nullable === 'NO',
      }
    }),
    keys,
    triggers: triggers.length > 0,
  }
}

function formOf({ type, native }: LoadColumn, declared: string): TargetColumn['form'] {
  if (declared === 'bit') return 'bits'
  if (declared === 'year') return 'year'
  if (type.kind === 'bytes') return 'bytes'
  if (type.kind === 'boolean') return 'boolean'
  if (type.kind === 'float' && type.bits === 32) return 'float'
  if (declared === 'vector') return native ? 'raw' : 'vector'
  if (isSpatial(declared)) return native ? 'raw' : 'geometry'
  return 'text'
}

/** Whether a field is sent as bytes that need not be text. */
export function isBinary({ form }: TargetColumn): boolean {
  return form === 'bytes' || form === 'bits' || form === 'raw' || form === 'vector'
}

/**
 * SQL of the geometry a text expression stands for. Other text MySQL refuses; MariaDB makes NULL of it, and refuses it as it
 * is. To MySQL a geometry or a text would be a text.
 */
export function geometryOf(text: string, { mariadb }: { mariadb: boolean }): string {
  return mariadb ? `COALESCE(ST_GeomFromText(${text}), ${text})` : `ST_GeomFromText(${text})`
}
