import type { Rule } from '../src/plan/pilot.ts'
import { answerComparer } from '../src/proxy/diff/compare-answers.ts'
import type { Comparison, FoundDifference } from '../src/proxy/diff/comparison.ts'
import type { Answer, AnswerBody } from '../src/proxy/exchange.ts'

export function answer(
  body: string | Uint8Array | AnswerBody,
  headers: Record<string, string | string[]> = { 'content-type': 'application/json' },
  status = 200,
): Answer {
  const content: AnswerBody =
    typeof body === 'string'
      ? { kind: 'whole', bytes: Buffer.from(body) }
      : body instanceof Uint8Array
        ? { kind: 'whole', bytes: body }
        : body
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().flatMap(value => [name, value]),
  )
  return { status, headers: lines, body: content, firstMs: 1, totalMs: 2 }
}

export function json(value: unknown, status = 200): Answer {
  return answer(JSON.stringify(value), { 'content-type': 'application/json' }, status)
}

export function rules(...excuses: Rule['excuse'][]): Rule[] {
  return excuses.map((excuse, index) => ({
    number: index + 1,
    where: `cutover.yaml:${index + 1}:1`,
    route: null,
    reason: 'a test',
    expires: null,
    excuse,
  }))
}

export function comparer(options: Partial<Parameters<typeof answerComparer>[0]> = {}) {
  return answerComparer({ rules: [], comparedHeaders: [], redact: [], today: () => '2026-06-15', ...options })
}

export function compare(
  primary: Answer,
  shadow: Answer,
  options: Partial<Parameters<typeof answerComparer>[0]> & { method?: string; route?: string | null } = {},
): Comparison {
  const { method = 'GET', route = null, ...rest } = options
  return comparer(rest).compare(primary, shadow, { method, route })
}

/** The differences, none where the answers are the same. */
export function differences(comparison: Comparison): FoundDifference[] {
  if (comparison.outcome === 'unscorable') throw new Error(`${comparison.cause}: ${comparison.detail}`)
  return comparison.outcome === 'same' ? [] : comparison.differences
}

/** `field: kind`, one a difference. */
export function told(comparison: Comparison): string[] {
  return differences(comparison).map(({ field, kind }) => `${field}: ${kind}`)
}
