import type { LogicalType } from '../model/logical-type.ts'
import { defaultFor } from './default-value.ts'

/** How an engine writes the defaults that not every engine writes alike; null where it has no such default. */
export interface DefaultForms {
  boolean(value: boolean): string
  bits(bits: string): string
  text(text: string, type: LogicalType): string | null
  now(type: LogicalType): string | null
  uuid(type: LogicalType): string | null
}

/** The SQL after DEFAULT that gives a column of `type` what `written`, of any engine, does; null where there is none. */
export function defaultSql(written: string, type: LogicalType, forms: DefaultForms): string | null {
  const value = defaultFor(written, type)
  switch (value?.kind) {
    case undefined:
      return null
    case 'null':
      return 'NULL'
    case 'number':
      return value.text
    case 'boolean':
      return forms.boolean(value.value)
    case 'bits':
      return forms.bits(value.text)
    case 'text':
      return forms.text(value.text, type)
    case 'now':
      return forms.now(type)
    case 'uuid':
      return forms.uuid(type)
  }
}

/** The current time in the words of the SQL standard. */
export function standardNow({ kind }: LogicalType): string | null {
  switch (kind) {
    case 'timestamp':
      return 'CURRENT_TIMESTAMP'
    case 'date':
      return 'CURRENT_DATE'
    case 'time':
      return 'CURRENT_TIME'
    default:
      return null
  }
}
