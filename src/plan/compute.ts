import { findColumn } from '../model/catalog.ts'
import type { LogicalType } from '../model/logical-type.ts'
import { columnsOf, inputOf, json, known, type Made, type Making, ofNoColumn, quoted } from './made.ts'
import type { ComputeColumn } from './schema-columns.ts'

/** By a function of the plan. */
export function computedBy(making: Making): Made | undefined {
  const { ends, entry, wrong } = making
  const { compute } = entry
  const columns = columnsOf(making)
  if (!columns) return undefined
  const names = columns.map(column => column.name)
  const repeated = names.find((one, index) => names.indexOf(one) < index)
  if (repeated !== undefined) return wrong(`of names "${repeated}" twice`, 'of')
  return {
    ...ofNoColumn,
    ...(targetType(making)?.kind === 'array' ? { own: known(json)! } : {}),
    expression: names.map(one => quoted(ends, one)).join(', '),
    derived: {
      kind: 'function',
      inputs: columns.map(column => inputOf(ends, column)),
      compute: values =>
        textOf(compute!(Object.fromEntries(names.map((one, index) => [one, values[index]!])))),
    },
    inputs: names,
  }
}

/** Of a table to be created, the one the plan names. */
function targetType({ ends: { target, sides }, name, entry }: Making): LogicalType | null | undefined {
  if (target) return findColumn(target, name)?.type
  return entry.type === undefined ? null : sides.target.session.dialect.parseType(entry.type)
}

/**
 * What a function gives, as a text that stands for it in any type.
 *
 * @throws where nothing stands for it
 */
function textOf(value: ReturnType<ComputeColumn>): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'function' || typeof value === 'symbol') throw new Error(`gave a ${typeof value}`)
  if (typeof value !== 'object') return String(value)
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (value instanceof Date) return value.toISOString()
  // JSON would write these as `{}`: a promise is not waited for, and what a map holds is no property of it.
  const plain = Array.isArray(value) || 'toJSON' in value || isRecord(value)
  if (!plain) throw new Error(`gave a ${value.constructor?.name}, which is no value`)
  return JSON.stringify(value)
}

/** Also one of another realm. */
function isRecord(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
