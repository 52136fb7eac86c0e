import { duplicateKey } from '../engines/values/json.ts'
import { withoutRefusal } from '../model/row-line.ts'
import type { MappedColumn } from '../plan/mapping.ts'
import { missingId } from '../plan/natural-key.ts'
import { fieldsIn, fieldText } from './field-text.ts'

/** Whether every field in which two lines differ holds one text in two Unicode normalisations. */
export function differsOnlyInNormalisation(source: string, target: string): boolean {
  const after = fieldsIn(target)
  return fieldsIn(source).every((field, index) => field === after[index] || isSameText(field, after[index]!))
}

/**
 * What is known of why two lines of one key differ, column by column; nothing is said of what a redacted value holds.
 *
 * @param columns in the order of the lines' fields
 */
export function notesOn(source: string, target: string, columns: MappedColumn[]): string[] {
  const [before, after] = [fieldsIn(source), fieldsIn(target)]
  return columns.flatMap((column, index) => {
    const [old, now] = [before[index]!, after[index]!]
    if (old === now) return []
    if (column.made.inTarget) return missingNotes(column, old, now)
    if (isSameText(old, now)) return [`${column.name}: the same text in another Unicode normalisation`]
    return column.type.kind === 'json' ? duplicateKeyNote(column, old, now) : []
  })
}

/** Of a reference that is compared by what the row it refers to is known by. */
function missingNotes({ name, made, redacted }: MappedColumn, source: string, target: string): string[] {
  return Object.entries({ source, target }).flatMap(([side, field]) => {
    const id = missingId(fieldText(field) ?? '')
    if (id === null) return []
    return [`${name}: the ${side} has no row of "${made.refersTo}" with the id${redacted ? '' : ` ${id}`}`]
  })
}

function isSameText(source: string, target: string): boolean {
  const [before, after] = [fieldText(source), fieldText(target)]
  return typeof before === 'string' && typeof after === 'string' && before.normalize() === after.normalize()
}

function duplicateKeyNote(column: MappedColumn, source: string, target: string): string[] {
  const [ofSource, ofTarget] = [source, target].map(field => {
    const text = fieldText(field)
    return typeof text === 'string' ? duplicateKey(withoutRefusal(text, column.type)) : null
  })
  // Where both have one, it does not set them apart.
  if ((ofSource === null) === (ofTarget === null)) return []
  const side = ofSource === null ? 'target' : 'source'
  const key = column.redacted ? 'a key' : `the key ${JSON.stringify(ofSource ?? ofTarget)}`
  return [`${column.name}: an object of the ${side} has ${key} more than once`]
}
