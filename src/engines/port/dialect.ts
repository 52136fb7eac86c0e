import type { EnumType, Table } from '../../model/catalog.ts'
import type { FidelityNote } from '../../model/ledger.ts'
import type { LogicalType } from '../../model/logical-type.ts'
import type { Statement } from './statement.ts'

/** SQL of one engine that needs no connection to be written. */
export interface Dialect {
  quote(identifier: string): string
  /** A text literal. */
  literal(text: string): string
  /** Whether a database holds tables in schemas of several names. */
  hasSchemas: boolean
  /** Makes a schema where there is none of the name; null where a database holds no more than one. */
  createSchema(name: string): string | null
  /** Names with one key are one name to the engine, which may fold letters or cut what is too long. */
  nameKey(name: string, of: 'table' | 'column'): string
  table(schema: string | null, name: string): string
  /** Columns are written with their `declared` type. */
  createTable(table: Table): { sql: string; notes: FidelityNote[] }
  /** The type a column is created with, and what is to be said about it; keys limit the length of text in some engines. */
  declaredFor(type: LogicalType, options: { inKey: boolean }): { declared: string; note?: string }
  /** What a declared type means; null where the engine has no such type. */
  parseType(written: string): LogicalType | null
  /** Whether a foreign key joins a column of this type only with one of the very same, its length and sign included. */
  keysJoinOneType(type: LogicalType): boolean
  /** An expression as text that compares by its bytes. */
  asText(expression: string): string
  /** Creates an enum type; null where the engine has none. */
  createEnum(type: EnumType): string | null
  /** Keys and indexes of a loaded table, in order. */
  createIndexes(table: Table): string[]
  /** A condition that finds the row of a redacted key by what `redactKey` shows of it; null where SQL cannot say it. */
  matchesFingerprint(expression: string, fingerprint: string): string | null
  /** A SELECT to be joined, written so that its rows are computed once and looked up, and not once for each row it joins. */
  computedOnce(select: string): string
  /** One JSON object of these values by name. */
  jsonObject(entries: [name: string, expression: string][]): string
  /** A JSON array of the parts of a text between separators, without spaces around them and without empty ones. */
  splitList(expression: string, separator: string): string
  /** The items of an array, of PostgreSQL or of JSON, as one text. */
  joinList(expression: string, separator: string, type: LogicalType): string
  /** A condition that a text expression is JSON. */
  isJson(expression: string): string
  /** A query of the columns `column`, `next` and `highest`: what each sequence gives next; null where there are none. */
  sequencePositions(table: Table): string | null
  /** The text of a value that was read as it is stored (`Field.native`); bytes that are no text as `\\x` and hexadecimal digits. */
  storedText(field: Uint8Array): string
  /** The statements of a script, each as it would be sent to the server. */
  splitStatements(text: string): Statement[]
}
