import { type LogicalType, typeName } from '../model/logical-type.ts'
import type { MappedColumn } from './mapping.ts'
import type { RuleDocument } from './schema-columns.ts'
import type { Report } from './side.ts'

type RuleKind = Exclude<keyof RuleDocument, 'reason'>

const texts: LogicalType['kind'][] = ['text', 'enum', 'other', 'any']

/** The types in which two values can differ by what the rule is about, and how a message calls them. */
const applicable: Record<RuleKind, { kinds: LogicalType['kind'][]; to: string }> = {
  trim: { kinds: texts, to: 'text' },
  ignore_case: { kinds: texts, to: 'text' },
  null_as_empty: { kinds: [...texts, 'set'], to: 'text' },
  unordered: { kinds: ['json', 'array', 'text', 'any'], to: 'JSON, arrays and text' },
  round: { kinds: ['decimal', 'float'], to: 'decimals and floats' },
  precision: { kinds: ['time', 'timestamp'], to: 'times and timestamps' },
}

/** The schema lets a rule have one member beside its reason. */
function ruleKind(rule: RuleDocument): RuleKind {
  return Object.keys(rule).find(name => name !== 'reason') as RuleKind
}

/** `trim`, `round: 2` */
export function ruleName(rule: RuleDocument): string {
  const kind = ruleKind(rule)
  return rule[kind] === true ? kind : `${kind}: ${rule[kind]}`
}

/** Rules that could never excuse anything, or that stand where nothing can be excused. */
export function reportRules(columns: MappedColumn[], key: string[], report: Report): void {
  for (const { name, type, rules } of columns.filter(column => column.rules.length > 0)) {
    // Rows are paired by the bytes of their keys, so nothing can be equal there that is not the same.
    if (key.length === 0 || key.includes(name)) {
      const why =
        key.length > 0
          ? 'it is part of the key, by which rows are paired'
          : 'nothing identifies a row; name a key'
      report(['columns', name, 'rules'], `"${name}" can have no rules: ${why}`)
      continue
    }
    for (const [index, rule] of rules.entries()) {
      const kind = ruleKind(rule)
      if (applicable[kind].kinds.includes(type.kind)) continue
      report(
        ['columns', name, 'rules', index, kind],
        `"${kind}" applies to ${applicable[kind].to}; "${name}" is compared as ${typeName(type)}`,
      )
    }
  }
}
