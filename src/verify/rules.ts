import type { ExcusedByRule } from '../model/finding.ts'
import { withoutRefusal } from '../model/row-line.ts'
import type { MappedColumn } from '../plan/mapping.ts'
import { ruleName } from '../plan/rules.ts'
import { fieldsIn, fieldText } from './field-text.ts'
import { normalForm } from './normal-form.ts'

/** Judges the pairs of rows of one table that have one key and differ, and counts what excuses them. */
export interface Judge {
  /**
   * Whether every field that differs is excused by rules of its column; each rule that was needed counts the row.
   *
   * @param source a line as `LineDifference` has it
   */
  excuse(source: string, target: string): boolean
  /** Every rule of the table in the order of the plan, those that excused nothing too. */
  excused(): ExcusedByRule[]
}

/** @param columns in the order of a line's fields; null where none has a rule */
export function judgeOf(columns: MappedColumn[]): Judge | null {
  if (!columns.some(column => column.rules.length > 0)) return null
  const counts = columns.map(({ name, rules }) =>
    rules.map(rule => ({ column: name, rule: ruleName(rule), reason: rule.reason, rows: 0 })),
  )
  return {
    excuse(source, target) {
      const [before, after] = [fieldsIn(source), fieldsIn(target)]
      const needed: ExcusedByRule[] = []
      for (const [index, column] of columns.entries()) {
        if (before[index] === after[index]) continue
        const rules = rulesFor(column, before[index]!, after[index]!)
        if (rules === null) return false
        needed.push(...rules.map(rule => counts[index]![rule]!))
      }
      for (const rule of needed) rule.rows++
      return true
    },
    excused: () => counts.flat(),
  }
}

/**
 * Of a column's rules by their places: the first that alone makes two values equal, else those that are needed
 * together; null where all of them do not.
 */
function rulesFor(column: MappedColumn, source: string, target: string): number[] | null {
  const { rules, type } = column
  const [before, after] = [fieldText(source), fieldText(target)]
  if (rules.length === 0 || !isJudged(before, column) || !isJudged(after, column)) return null
  const equal = (places: number[]) => {
    const some = places.map(place => rules[place]!)
    return normalForm(before, type, some) === normalForm(after, type, some)
  }
  const all = [...rules.keys()]
  const alone = all.find(place => equal([place]))
  if (alone !== undefined) return [alone]
  if (!equal(all)) return null
  return all.reduce((kept, place) => {
    const others = kept.filter(one => one !== place)
    return equal(others) ? others : kept
  }, all)
}

/** A value that was refused is none of its type, and no rule is about such; nor about bytes that are no text. */
function isJudged(value: string | null | undefined, { type }: MappedColumn): value is string | null {
  return value !== undefined && (value === null || withoutRefusal(value, type) === value)
}
