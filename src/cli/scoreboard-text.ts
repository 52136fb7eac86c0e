import { percent } from '../model/percent.ts'
import type {
  DifferenceGroup,
  EndpointScore,
  Quantiles,
  RatioBound,
  RuleUse,
  Scoreboard,
} from '../model/scoreboard.ts'
import { legible, literal } from '../report/visible.ts'
import { columns } from './output.ts'

/** Endpoints and groups that are printed; `--json` has all. */
const MOST_ENDPOINTS = 50
const MOST_GROUPS = 30
const WIDEST_NAME = 38

/** A scoreboard for a terminal of 100 columns or more. What came with the traffic is made harmless. */
export function scoreboardText(scoreboard: Scoreboard): string {
  const { groups, rules, reasons, notes } = scoreboard
  const endpoints = worstFirst(scoreboard.endpoints)
  const parts = [
    headText(scoreboard),
    ...(endpoints.length > 0 ? [parityText(endpoints), latencyText(endpoints)] : []),
    ...(endpoints.length > MOST_ENDPOINTS
      ? [`and ${count(endpoints.length - MOST_ENDPOINTS)} endpoints more`]
      : []),
    ...listText('Differences', groupLines(groups)),
    ...listText('Rules', rules.map(ruleLine)),
    coverageText(scoreboard),
    ...listText('Missing to the budget', [
      ...reasons.map(reason => `  ${line(reason)}`),
      ...endpoints
        .slice(0, MOST_ENDPOINTS)
        .flatMap(each => each.reasons.map(reason => `  ${name(each.endpoint)}: ${line(reason)}`)),
    ]),
    ...listText(
      'Notes',
      notes.map(note => `  ${line(note)}`),
    ),
    `Verdict: ${scoreboard.verdict}`,
  ]
  return parts.join('\n\n')
}

function headText({ since, updated_at, exchanges, outcomes, unscorable, mirroring }: Scoreboard): string {
  const { on, why, at } = mirroring
  const said = [at === null ? '' : ` since ${moment(at)}`, why === null ? '' : `: ${line(why)}`].join('')
  return [
    `${exchangesText(exchanges)} from ${moment(since)} to ${moment(updated_at)}`,
    `Mirroring is ${on ? 'on' : 'OFF'}${said}`,
    `matched ${count(outcomes.matched)}, ignored ${count(outcomes.ignored)}, mismatched ${count(outcomes.mismatched)}, unscorable ${count(outcomes.unscorable)}${causesText(unscorable)}`,
  ].join('\n')
}

function causesText(unscorable: Scoreboard['unscorable']): string {
  const causes = Object.entries(unscorable).sort(([, one], [, other]) => other - one)
  return causes.length === 0
    ? ''
    : ` (${causes.map(([cause, times]) => `${cause} ${count(times)}`).join(', ')})`
}

/** Of many, those that matter are not to be cut off. */
function worstFirst(endpoints: EndpointScore[]): EndpointScore[] {
  const rank = { 'over budget': 0, 'not enough evidence': 1, 'within budget': 2 }
  return [...endpoints].sort((one, other) => rank[one.verdict] - rank[other.verdict])
}

function parityText(endpoints: EndpointScore[]): string {
  const rows = endpoints
    .slice(0, MOST_ENDPOINTS)
    .map(({ endpoint, outcomes, unscorable, upper_bound, missing_requests, verdict }) => [
      name(endpoint),
      count(outcomes.matched),
      count(outcomes.ignored),
      count(outcomes.mismatched),
      `${count(outcomes.unscorable)}${mainCause(unscorable)}`,
      percent(upper_bound.anytime),
      missing_requests.anytime === null ? 'never' : count(missing_requests.anytime),
      verdict,
    ])
  const head = [
    'endpoint',
    'matched',
    'ignored',
    'mismatched',
    'unscorable',
    'rate up to',
    'missing',
    'verdict',
  ]
  return columns(head, rows)
}

function mainCause(unscorable: EndpointScore['unscorable']): string {
  const [first, ...others] = Object.entries(unscorable).sort(([, one], [, other]) => other - one)
  return first === undefined ? '' : ` ${first[0]}${others.length > 0 ? ' …' : ''}`
}

function latencyText(endpoints: EndpointScore[]): string {
  const rows = endpoints
    .slice(0, MOST_ENDPOINTS)
    .map(({ endpoint, latency: { primary, shadow, ratio } }) => [
      name(endpoint),
      ...(['p50', 'p95', 'p99'] as const).map(quantile => both(quantile, primary, shadow)),
      times(ratio.p95),
      times(ratio.p99),
    ])
  const head = ['ms, primary / shadow', 'p50', 'p95', 'p99', 'p95 ratio', 'p99 ratio']
  return columns(head, rows)
}

function both(quantile: 'p50' | 'p95' | 'p99', primary: Quantiles, shadow: Quantiles): string {
  return `${milliseconds(primary[quantile])} / ${milliseconds(shadow[quantile])}`
}

function milliseconds(ms: number | null): string {
  if (ms === null) return '–'
  return ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : count(Math.round(ms))
}

function times({ ratio, upper }: RatioBound): string {
  if (ratio === null) return '–'
  return `${ratio.toFixed(2)} ≤ ${upper.anytime === null ? '?' : upper.anytime.toFixed(2)}`
}

/** By how often they occur, each followed by what follows from it; noise comes last. */
function groupLines(groups: DifferenceGroup[]): string[] {
  const causes = new Map<string, string>()
  for (const { id, standing, explanation } of groups) {
    if (standing !== 'follows' || explanation === null) continue
    const cause = groups.find(
      other => other.id !== id && other.standing !== 'follows' && explanation.includes(other.id),
    )
    if (cause !== undefined) causes.set(id, cause.id)
  }
  const rank = { difference: 0, follows: 1, noise: 2 }
  const sorted = [...groups].sort(
    (one, other) => rank[one.standing] - rank[other.standing] || other.exchanges - one.exchanges,
  )
  const ordered = sorted
    .filter(({ id }) => !causes.has(id))
    .flatMap(group => [
      { group, below: false },
      ...sorted
        .filter(({ id }) => causes.get(id) === group.id)
        .map(follower => ({ group: follower, below: true })),
    ])
  const rest = ordered.length - MOST_GROUPS
  return [
    ...ordered.slice(0, MOST_GROUPS).flatMap(({ group, below }) => groupText(group, below ? '      ' : '  ')),
    ...(rest > 0 ? [`  and ${count(rest)} more`] : []),
  ]
}

function groupText(group: DifferenceGroup, indent: string): string[] {
  const { endpoint, status, field, kind, exchanges, standing, explanation, samples } = group
  const word = standing === 'difference' ? '✗' : standing === 'noise' ? '~ noise:' : '↳ follows:'
  const [sample] = samples
  return [
    `${indent}${word} ${count(exchanges)} × ${line(endpoint)} [${line(status)}] ${line(field)}: ${line(kind)}`,
    ...(sample === undefined
      ? []
      : [
          `${indent}  ${line(sample.request)} ${line(sample.path)}: ${sampleText(field, sample.primary)} → ${sampleText(field, sample.shadow)}`,
        ]),
    ...(explanation === null ? [] : [`${indent}  ${line(explanation)}`]),
  ]
}

/** What stands in JSON is JSON already: a number is not to look like the text of it. */
function sampleText(field: string, value: string | null): string {
  if (value === null) return '(absent)'
  return field.startsWith('body $') ? line(value) : literal(value)
}

function ruleLine({ number, rule, route, reason, excused, seen, expired, expires, where }: RuleUse): string {
  const flags = [
    ...(expired ? [`EXPIRED on ${expires}`] : []),
    ...(excused === 0
      ? [seen === 0 ? 'was never asked' : `NEVER MATCHED in ${exchangesText(seen)}`]
      : [`excused ${count(excused)} of ${exchangesText(seen)}`]),
  ]
  return `  ${number} ${line(rule)}${route === null ? '' : ` on ${line(route)}`}: ${flags.join(', ')}; ${line(reason)} (${line(where)})`
}

function coverageText({ coverage, budget }: Scoreboard): string {
  const { kinds, singletons, unseen } = coverage
  return `Coverage: ${kinds === 1 ? '1 kind' : `${count(kinds)} kinds`} of answers, ${count(singletons)} seen once: ${percent(unseen)} of the traffic is estimated to be of kinds not seen yet (budget ${percent(budget.unseen)})`
}

function listText(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [[title, ...lines].join('\n')]
}

/** One line, of characters that do nothing to a terminal. */
function line(text: string): string {
  return legible(text.replace(/[\t\r\n]+/g, ' '))
}

function name(endpoint: string): string {
  const characters = [...line(endpoint)]
  if (characters.length <= WIDEST_NAME) return characters.join('')
  // What two long paths do not share is mostly their end.
  return `${characters.slice(0, 12).join('')}…${characters.slice(-(WIDEST_NAME - 13)).join('')}`
}

function exchangesText(exchanges: number): string {
  return exchanges === 1 ? '1 exchange' : `${count(exchanges)} exchanges`
}

function moment(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
