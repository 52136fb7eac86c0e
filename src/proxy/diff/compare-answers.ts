import type { JSONPathQuery } from 'json-p3'
import type { Rule } from '../../plan/pilot.ts'
import type { Answer } from '../exchange.ts'
import { compareBodies, type Side } from './bodies.ts'
import type { Comparison, FoundDifference } from './comparison.ts'
import { Findings } from './findings.ts'
import { headerFields } from './header-fields.ts'
import { comparedNames, headerDifferences } from './headers.ts'
import { compilePath, jsonRuleOf } from './json-rules.ts'
import { Incomparable } from './limits.ts'
import { shapeOf } from './shape.ts'

export interface ComparerOptions {
  rules: Rule[]
  /** Lower case, besides the usual ones. */
  comparedHeaders: string[]
  /** JSONPaths whose values are never shown. */
  redact: string[]
  /** Bytes of a body without its content codings; 64 MiB by default. */
  decodedLimit?: number
  /** UTC: 2026-12-31. */
  today: () => string
}

export interface AnswerComparer {
  /** Never throws: what cannot be compared is unscorable. */
  compare(primary: Answer, other: Answer, request: { method: string; route: string | null }): Comparison
}

/** @throws {JSONPathError} a path of a rule that cannot be read, which the plan has refused before */
export function answerComparer(options: ComparerOptions): AnswerComparer {
  const rules = options.rules.map(rule => ({ rule, json: jsonRuleOf(rule) }))
  const prepared = {
    redact: options.redact.map(compilePath),
    headers: comparedNames(options.comparedHeaders),
    decodedLimit: options.decodedLimit ?? 2 ** 26,
  }
  let known = { day: '', byRoute: new Map<string | null, Asked[]>() }
  const askedOf = (route: string | null): Asked[] => {
    const day = options.today()
    if (known.day !== day) known = { day, byRoute: new Map() }
    const before = known.byRoute.get(route)
    if (before !== undefined) return before
    const asked = rules.filter(
      ({ rule }) =>
        (rule.route === null || rule.route === route) && (rule.expires === null || rule.expires >= day),
    )
    known.byRoute.set(route, asked)
    return asked
  }
  return {
    compare(primary, other, { method, route }) {
      try {
        return compareAnswers(primary, other, { method, asked: askedOf(route), ...prepared })
      } catch (error) {
        if (error instanceof Incomparable)
          return { outcome: 'unscorable', cause: error.reason, detail: error.message }
        const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
        return { outcome: 'unscorable', cause: 'judge failed', detail: detail.slice(0, 500) }
      }
    },
  }
}

interface Asked {
  rule: Rule
  json: ReturnType<typeof jsonRuleOf>
}

interface Question {
  method: string
  /** The rules of the route that have not expired. */
  asked: Asked[]
  redact: JSONPathQuery[]
  /** Names of the headers that are compared. */
  headers: string[]
  decodedLimit: number
}

function compareAnswers(primary: Answer, other: Answer, question: Question): Comparison {
  const { method, asked, redact, decodedLimit } = question
  const sides: [Side, Side] = [
    { answer: primary, fields: headerFields(primary.headers) },
    { answer: other, fields: headerFields(other.headers) },
  ]
  const excusedBy = new Set<number>()
  const findings = new Findings()
  const status = statusDifference(primary.status, other.status)
  const statusRule = asked.find(({ rule: { excuse } }) => isOfStatus(excuse, primary.status, other.status))
  if (status !== null && statusRule === undefined) findings.add(status)
  if (status !== null && statusRule !== undefined) excusedBy.add(statusRule.rule.number)
  let obstacle: Incomparable | null = null
  // An error page instead of an answer is one difference, and what it says differently follows from it.
  if (status === null || statusRule !== undefined || classOf(primary) === classOf(other)) {
    compareHeaders(sides, question, findings, excusedBy)
    if (hasContent(method, primary.status) || hasContent(method, other.status))
      try {
        const rules = asked.flatMap(({ json }) => json ?? [])
        const needed = compareBodies(...sides, { rules, redact, decodedLimit }, findings)
        for (const number of needed) excusedBy.add(number)
      } catch (error) {
        // What has been found differs whatever the rest says.
        if (!(error instanceof Incomparable) || findings.differences.length === 0) throw error
        obstacle = error
      }
  }
  const compared = {
    excusedBy: [...excusedBy].sort((a, b) => a - b),
    asked: asked.map(({ rule }) => rule.number),
    shape: shapeOf(primary, sides[0].fields),
  }
  if (findings.differences.length === 0) return { outcome: 'same', ...compared }
  const more = findings.more || obstacle !== null
  return { outcome: 'different', ...compared, differences: findings.differences, more }
}

function statusDifference(primary: number, shadow: number): FoundDifference | null {
  if (primary === shadow) return null
  return { field: 'status', path: 'status', kind: 'status', primary: `${primary}`, shadow: `${shadow}` }
}

function isOfStatus(excuse: Rule['excuse'], primary: number, shadow: number): boolean {
  return excuse.kind === 'status' && excuse.primary === primary && excuse.shadow === shadow
}

function classOf({ status }: Answer): number {
  return Math.floor(status / 100)
}

/** RFC 9110 §6.4.1 */
function hasContent(method: string, status: number): boolean {
  return method.toUpperCase() !== 'HEAD' && status >= 200 && status !== 204 && status !== 304
}

function compareHeaders(
  [primary, shadow]: [Side, Side],
  { asked, headers }: Question,
  findings: Findings,
  excusedBy: Set<number>,
): void {
  for (const { name, difference } of headerDifferences(primary.fields, shadow.fields, headers)) {
    const rule = asked.find(({ rule: { excuse } }) => excuse.kind === 'ignore_header' && excuse.name === name)
    if (rule === undefined) findings.add(difference)
    else excusedBy.add(rule.rule.number)
  }
}
