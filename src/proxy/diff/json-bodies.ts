import type { JSONPathQuery } from 'json-p3'
import { type Findings, JsonFindings } from './findings.ts'
import type { JsonDocument } from './json-document.ts'
import { type JsonRule, Selection, selectionOf } from './json-rules.ts'
import { JsonWalk } from './json-walk.ts'

const NO_RULES = new Selection<JsonRule>()

/**
 * JSON by value. Rules are looked up only where something differs without them: most answers are the same.
 *
 * @returns the numbers of the rules that were needed
 * @throws {Incomparable} answer too large
 */
export function compareJson(
  primary: JsonDocument,
  shadow: JsonDocument,
  rules: JsonRule[],
  redact: JSONPathQuery[],
  findings: Findings,
): Set<number> {
  const roots = [primary.root, shadow.root] as [typeof primary.root, typeof shadow.root]
  const out = new JsonFindings(findings, roots, redact)
  if (primary.duplicates !== shadow.duplicates)
    out.note('duplicate members', null, `${primary.duplicates} overruled`, `${shadow.duplicates} overruled`)
  const plain = new JsonWalk(
    { document: primary.root, rules: NO_RULES },
    { document: shadow.root, rules: NO_RULES },
    false,
  )
  if (rules.length === 0) {
    plain.differs(out)
    return new Set()
  }
  if (!plain.differs(null)) return new Set()
  const walk = new JsonWalk(
    { document: primary.root, rules: selectionOf(primary.root, rules) },
    { document: shadow.root, rules: selectionOf(shadow.root, rules) },
    true,
  )
  walk.differs(out)
  return walk.fired
}
