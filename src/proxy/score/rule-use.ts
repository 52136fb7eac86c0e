import type { RuleUse } from '../../model/scoreboard.ts'
import type { Excuse, Rule } from '../../plan/pilot.ts'

/** How often each rule was asked and needed, by its number. */
export type RuleCounts = Map<number, { excused: number; seen: number }>

export function countRules(counts: RuleCounts, asked: number[], excusedBy: number[]): void {
  for (const number of new Set([...asked, ...excusedBy])) {
    const count = counts.get(number) ?? { excused: 0, seen: 0 }
    count.seen++
    counts.set(number, count)
  }
  for (const number of new Set(excusedBy)) counts.get(number)!.excused++
}

/**
 * What each rule of the plan has come to, those that were never asked and the expired ones too.
 *
 * @param today 2026-12-31 (UTC); a rule's last day is one of those it holds
 */
export function ruleUses(rules: Rule[], counts: RuleCounts, today: string): RuleUse[] {
  return rules.map(({ number, excuse, where, route, reason, expires }) => ({
    number,
    rule: ruleText(excuse),
    where,
    route,
    reason,
    expires,
    expired: expires !== null && expires < today,
    ...(counts.get(number) ?? { excused: 0, seen: 0 }),
  }))
}

/** Whatever digits the plan has given it: 0.07 is 7 %, and not 7.000000000000001 %. */
function exactPercent(share: number): string {
  return `${Number((share * 100).toPrecision(12))} %`
}

function ruleText(excuse: Excuse): string {
  switch (excuse.kind) {
    case 'ignore':
    case 'unordered':
    case 'null_is_absent':
    case 'key_case':
      return `${excuse.kind} ${excuse.path}`
    case 'ignore_header':
      return `ignore_header ${excuse.name}`
    case 'keyed':
      return `keyed ${excuse.path} by ${excuse.by}`
    case 'tolerance': {
      const { absolute, relative } = excuse
      const allowed = [
        ...(absolute === null ? [] : [`± ${absolute}`]),
        ...(relative === null ? [] : [`± ${exactPercent(relative)}`]),
      ]
      return `tolerance ${excuse.path} ${allowed.join(' or ')}`
    }
    case 'timestamps':
      return `timestamps ${excuse.path} to ${excuse.precisionMs} ms${excuse.withinMs > 0 ? `, within ${excuse.withinMs} ms` : ''}`
    case 'rename':
      return `rename ${excuse.path} ${excuse.from} → ${excuse.to}`
    case 'status':
      return `status ${excuse.primary} → ${excuse.shadow}`
  }
}
