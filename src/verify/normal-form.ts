import { canonicalDecimal, roundDecimal } from '../engines/values/decimal.ts'
import type { LogicalType } from '../model/logical-type.ts'
import type { RuleDocument } from '../plan/schema-columns.ts'
import { unordered } from './unordered.ts'

const fractionDigits = { s: 0, ms: 3, us: 6 }

/**
 * A text that is the same for two canonical values exactly where the rules call them equal; null is NULL.
 *
 * @param rules of one column, all of which apply to its type
 * @throws {SyntaxError} where the value is not what its type says
 */
export function normalForm(value: string | null, type: LogicalType, rules: RuleDocument[]): string | null {
  const rule = <Kind extends keyof RuleDocument>(kind: Kind) =>
    rules.find(one => one[kind] !== undefined)?.[kind]
  if (value === null) return rule('null_as_empty') ? '' : null
  const [places, precision] = [rule('round'), rule('precision')]
  const trimmed = (text: string) => (rule('trim') ? trimSpaces(text) : text)
  let text = trimmed(value)
  if (rule('ignore_case')) text = foldCase(text)
  if (rule('unordered')) text = unordered(text, type, trimmed)
  if (places !== undefined) text = rounded(text, places)
  return precision === undefined ? text : cut(text, fractionDigits[precision])
}

/** As TRIM does in SQL: only U+0020. */
function trimSpaces(text: string): string {
  return text.replace(/^ +| +$/g, '')
}

/** A float's text is taken for the decimal it is; NaN and the infinities stay themselves. */
function rounded(text: string, places: number): string {
  const decimal = canonicalDecimal(text)
  return decimal === null || !/\d/.test(decimal) ? text : roundDecimal(decimal, places)
}

/** The digits that are left, of a time in its canonical text. */
function cut(text: string, digits: number): string {
  return text.replace(/(:\d\d)\.(\d+)/, (_, second: string, fraction: string) => {
    const kept = fraction.slice(0, digits).replace(/0+$/, '')
    return kept === '' ? second : `${second}.${kept}`
  })
}

/**
 * Unicode's simple case folding (https://www.unicode.org/Public/UCD/latest/ucd/CaseFolding.txt, status C and S): one
 * character stays one, so `ß` is not `SS`, `İ` not `i`, and no accent is added or lost. Nothing else is made equal.
 */
export function foldCase(text: string): string {
  let folded = ''
  for (const character of text)
    folded += character < '\u0080' ? character.toLowerCase() : foldCharacter(character)
  return folded
}

const foldings = new Map<string, string>()

function foldCharacter(character: string): string {
  let folded = foldings.get(character)
  if (folded === undefined) {
    // The mappings of JavaScript are the full ones; its regular expressions know the simple ones and judge.
    const candidates = [character.toUpperCase().toLowerCase(), character.toLowerCase()]
    const isSame = (candidate: string) => new RegExp(`^${character}$`, 'iu').test(candidate)
    folded = candidates.find(candidate => candidate !== character && isSame(candidate)) ?? character
    foldings.set(character, folded)
  }
  return folded
}
