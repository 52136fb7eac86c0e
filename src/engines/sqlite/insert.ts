import { isUtf8 } from 'node:buffer'
import Database from 'better-sqlite3'
import { decodeLine, isTyped, NEWLINE, REFUSED, withoutRefusal } from '../../model/row-line.ts'
import { shownNative } from '../native-text.ts'
import type { LoadColumn, RejectedLine } from '../port/rows.ts'
import { type Affinity, affinitiesOf } from './affinity.ts'
import { quote } from './quoting.ts'
import { eventOf, hidesConflicts } from './schema-sql.ts'
import { nativeValue, stored, survives } from './stored.ts'

export interface Inserted {
  written: number
  rejected: RejectedLine[]
}

/** A field of a line; bytes where they are no UTF-8, because in a string they would be replaced. */
type LineField = string | Buffer | null

type Refusal = Pick<RejectedLine, 'column' | 'reason'>

/** Inserts row lines into a table, row by row; what is refused is answered, and the others stay. */
export class Insertion {
  private readonly database: Database.Database
  private readonly columns: LoadColumn[]
  private readonly affinities: Affinity[]
  private readonly insertInto: string
  /** By the places of the blobs that stand for text. */
  private readonly statements = new Map<string, Database.Statement>()

  constructor(database: Database.Database, table: string, columns: LoadColumn[]) {
    this.database = database
    this.columns = columns
    this.affinities = affinitiesOf(database, table, columns)
    this.insertInto = `${insertWord(database, table)} INTO ${quote(table)}`
  }

  insert(lines: Uint8Array): Inserted {
    const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength)
    const rejected: RejectedLine[] = []
    let written = 0
    // One after the other: a list of all lines would grow the young generation of garbage.
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, start)
      if (end < 0) throw new Error('a piece ends within a line')
      const fields = readFields(bytes.subarray(start, end))
      const refusal = this.refused(fields)
      if (refusal === null) written++
      else rejected.push({ row: shown(this.columns, fields), ...refusal })
      start = end + 1
    }
    return { written, rejected }
  }

  /** Inserts a row; why it could not be, or null. */
  private refused(fields: LineField[]): Refusal | null {
    const { columns, affinities } = this
    const values: unknown[] = []
    const asText: number[] = []
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index]!
      const field = fields[index]!
      if (field === null) values.push(null)
      else if (column.native) {
        if (typeof field !== 'string') asText.push(index)
        values.push(typeof field === 'string' ? nativeValue(field) : field.subarray(1))
      } else {
        const affinity = affinities[index]!
        const reason =
          typeof field === 'string' ? obstacle(field, column, affinity) : 'text that is no valid UTF-8'
        if (reason !== null) return { column: column.name, reason }
        values.push(stored(field as string, column.type, affinity))
      }
    }
    return this.run(this.statement(asText), values)
  }

  private run(statement: Database.Statement, values: unknown[]): Refusal | null {
    try {
      const { changes } = statement.run(values)
      return changes > 0 ? null : { column: null, reason: 'a trigger of the target drops the row' }
    } catch (error) {
      // RAISE(ROLLBACK) and ON CONFLICT ROLLBACK take every row back, and what followed would be committed by itself.
      if (!isConstraint(error) || !this.database.inTransaction) throw error
      return { column: columnIn(error.message, this.columns), reason: error.message }
    }
  }

  /** Text that is no UTF-8 can only be bound as a blob. */
  private statement(asText: number[]): Database.Statement {
    const key = asText.join()
    const prepared = this.statements.get(key)
    if (prepared) return prepared
    const names = this.columns.map(({ name }) => quote(name)).join(', ')
    const places = this.columns.map((_, index) => (asText.includes(index) ? 'CAST(? AS TEXT)' : '?'))
    const statement = this.database.prepare(`${this.insertInto} (${names}) VALUES (${places.join(', ')})`)
    this.statements.set(key, statement)
    return statement
  }
}

/**
 * A constraint of the table may ask for another row to be replaced, or for this one to be left out; told to abort, it refuses the
 * row like any other (https://www.sqlite.org/lang_conflict.html). What triggers write that an insert sets off would be bound by the
 * same word.
 */
function insertWord(database: Database.Database, table: string): string {
  const found = database
    .prepare(
      `SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = ? COLLATE NOCASE AND type IN ('table', 'trigger')`,
    )
    .all(table) as { type: string; name: string; sql: string }[]
  const fired = found.filter(
    ({ type, sql }) => type === 'trigger' && !['update', 'delete'].includes(eventOf(sql)),
  )
  if (fired.length === 0) return 'INSERT OR ABORT'
  if (found.some(({ type, sql }) => type === 'table' && hidesConflicts(sql))) {
    const names = fired.map(({ name }) => `"${name}"`).join(', ')
    throw new Error(
      `"${table}" has a constraint ON CONFLICT REPLACE or IGNORE, by which rows would go unseen, and what it fires (${names}) keeps that from being overruled: have the plan turn it off (disable_triggers)`,
    )
  }
  return 'INSERT'
}

function isConstraint(error: unknown): error is Error {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')
}

function readFields(line: Buffer): LineField[] {
  if (isUtf8(line)) return decodeLine(line)
  return decodeLine(line, 'latin1').map(field => {
    const bytes = field === null ? null : Buffer.from(field, 'latin1')
    return bytes !== null && isUtf8(bytes) ? bytes.toString() : bytes
  })
}

/** Why a value cannot be stored as what it is; null where it can. */
function obstacle(text: string, { type }: LoadColumn, affinity: Affinity): string | null {
  if (isTyped(type) && text.startsWith(REFUSED))
    return `no value of its type: "${withoutRefusal(text, type)}"`
  if (type.kind === 'integer' && !/^-?\d+$/.test(text)) return `no value of its type: "${text}"`
  if (survives(text, type, affinity)) return null
  return `SQLite would keep "${text}" as another number, because of the column's affinity (${affinity})`
}

/** A row for people, by column; bytes that are no text as `\\x` and hexadecimal digits. */
function shown(columns: LoadColumn[], fields: LineField[]): Record<string, string | null> {
  return Object.fromEntries(
    columns.map(({ name, native }, index) => {
      const field = fields[index]!
      if (field === null) return [name, null]
      if (typeof field === 'string') return [name, native ? shownNative(field) : field]
      return [name, `\\x${field.subarray(native ? 1 : 0).toString('hex')}`]
    }),
  )
}

/** SQLite names columns as `constraint failed: table.column`. */
function columnIn(message: string, columns: LoadColumn[]): string | null {
  return columns.find(column => message.endsWith(`.${column.name}`))?.name ?? null
}
