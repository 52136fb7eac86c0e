import { isUtf8 } from 'node:buffer'
import { typeName } from '../model/logical-type.ts'
import { decodeField, isTyped, REFUSED } from '../model/row-line.ts'
import type { Derived, DerivedInput, Field } from './port/rows.ts'
import { converted } from './values/conversion.ts'
import type { Purpose } from './values/fit.ts'

/** What a function gives for a row, or why there is no value of it; `text` is then what it gave, if anything. */
export type Computed = { value: string | null } | { reason: string; text: string | null }

/** @param inputs fields of a row line, with TAB between them */
export function computed(
  field: Field,
  { inputs: given, compute }: Derived & { kind: 'function' },
  inputs: Buffer,
  purpose: Purpose,
): Computed {
  let text: string | null = null
  try {
    text = compute(valuesOf(inputs, given))
    if (text === null) return { value: null }
    // A function knows no type of its own.
    const value = converted(text, { ...field, own: undefined }, purpose)
    if (value !== null) return { value }
    return { reason: `${field.expression} gave what is no ${typeName(field.type)}`, text }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { reason: `${field.expression}: ${message}`, text }
  }
}

/** @throws where one cannot be read */
function valuesOf(bytes: Buffer, inputs: DerivedInput[]): (string | null)[] {
  if (!isUtf8(bytes)) throw new Error('its inputs are no UTF-8')
  return bytes
    .toString()
    .split('\t')
    .map((value, index) => {
      const { type, expression } = inputs[index]!
      if ((isTyped(type) || type.kind === 'json') && value.startsWith(REFUSED))
        throw new Error(`${expression} is no ${typeName(type)}`)
      return decodeField(value)
    })
}
