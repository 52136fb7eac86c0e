import type { DifferenceGroup } from '../../model/scoreboard.ts'
import type { Comparison, FoundDifference } from '../diff/comparison.ts'
import type { Exchange } from '../exchange.ts'
import { FailedCreates, type FailedCreatesState, isCreate, tellsId } from './failed-creates.ts'
import { bounded, foundFields, noiseKey, statusPair } from './found-fields.ts'
import { countCause, type GroupKey, type KeptGroup, sampleOf } from './kept-group.ts'
import { KeptGroups, type KeptGroupsState, OTHERS } from './kept-groups.ts'
import type { EndpointMerge } from './learned-paths.ts'
import { decideNoise, type NoiseCounts } from './noise.ts'
import { NoiseTally, type NoiseTallyState } from './noise-tally.ts'
import { shownRequest } from './shown-request.ts'

/** An exchange that was compared. */
export interface ComparedExchange {
  exchange: Exchange
  /** Its name by the endpoint learner, at this moment. */
  endpoint: string
  /** Primary and shadow. */
  comparison: Comparison
  /** Primary and control; null where the control was not asked. */
  control: Comparison | null
}

/** Plain data, below 2 MB. */
export interface GroupsState {
  version: 1
  groups: KeptGroupsState
  noise: NoiseTallyState
  creates: FailedCreatesState
  withoutRoom: number
}

/** Nobody has looked at these, so they are never noise. */
const UNLISTED = { field: OTHERS.field, kind: 'more differences than are listed' }

/**
 * Differences of all exchanges, by endpoint, status pair, field and kind; what of them is noise; and what follows from what.
 *
 * Where status classes differ (200 → 500) the answers differ in everything, so only the status is grouped.
 */
export class DifferenceGroups {
  readonly #groups: KeptGroups
  readonly #noise: NoiseTally
  readonly #creates: FailedCreates
  readonly #decided = new Map<string, { asked: number; noise: boolean }>()
  /** Exchanges with a difference in `OTHERS`. */
  #withoutRoom: number

  /** @param state of an earlier run; one of another version is left aside */
  constructor(state: GroupsState | null = null) {
    const known = state?.version === 1 ? state : null
    this.#groups = new KeptGroups(known?.groups)
    this.#noise = new NoiseTally(known?.noise)
    this.#creates = new FailedCreates(known?.creates)
    this.#withoutRoom = known?.withoutRoom ?? 0
  }

  /** @returns the ids of the groups this exchange differs in: the same differences give the same ids */
  record({ exchange, endpoint, comparison, control }: ComparedExchange): string[] {
    const statuses = { primary: exchange.primary.status, shadow: exchange.shadow.status }
    if (control !== null && exchange.control !== null)
      this.#noise.add({
        endpoint,
        statuses: { ...statuses, control: exchange.control.status },
        comparison,
        control,
      })
    if (comparison.outcome === 'unscorable') return []
    const found = foundFields(comparison, statuses.primary, statuses.shadow)
    if (found.differences.length === 0) {
      if (isCreate(exchange.request.method)) this.#creates.note(exchange, null)
      return []
    }
    const status = statusPair(statuses.primary, statuses.shadow)
    const groups = new Set<KeptGroup>()
    for (const difference of found.differences) {
      const key = { status, field: bounded(difference.field), kind: bounded(difference.kind) }
      groups.add(this.#count(exchange, endpoint, key, difference, groups))
    }
    const [first] = found.differences
    if (found.more) groups.add(this.#count(exchange, endpoint, { status, ...UNLISTED }, first!, groups))
    this.#link(exchange, [...groups])
    return [...groups].map(({ id }) => id)
  }

  /** What endpoints have become one. Ids given before lead to where their groups are now. */
  merge(merges: readonly EndpointMerge[]): void {
    for (const { from, into } of merges) {
      this.#noise.merge(from, into)
      this.#groups.merge(from, into)
      this.#decided.clear()
    }
  }

  /** Whether a group is known noise; false for what nobody knows of. What only follows from another is not explained. */
  isExplained(id: string): boolean {
    const group = this.#groups.find(id)
    return group !== null && this.#isNoise(group)
  }

  /** The id a group has now. */
  currentId(id: string): string {
    return this.#groups.find(id)?.id ?? id
  }

  /** Those that count first, and of these the most frequent. */
  standings(): DifferenceGroup[] {
    const rank = { difference: 0, follows: 1, noise: 2 }
    return [...this.#groups.all()]
      .map(group => this.#shown(group))
      .sort(
        (a, b) => rank[a.standing] - rank[b.standing] || b.exchanges - a.exchanges || (a.id < b.id ? -1 : 1),
      )
  }

  notes(): string[] {
    return this.#withoutRoom === 0
      ? []
      : [
          `${this.#withoutRoom} exchanges have differences there was no room to group; they count as mismatched.`,
        ]
  }

  state(): GroupsState {
    return {
      version: 1,
      groups: this.#groups.state(),
      noise: this.#noise.state(),
      creates: this.#creates.state(),
      withoutRoom: this.#withoutRoom,
    }
  }

  /** @param counted the groups that already know of this exchange */
  #count(
    { request }: Exchange,
    endpoint: string,
    key: GroupKey,
    difference: FoundDifference,
    counted: ReadonlySet<KeptGroup>,
  ): KeptGroup {
    const group = this.#groups.groupOf(endpoint, key, request.at)
    if (counted.has(group)) return group
    if (group.kind === OTHERS.kind) this.#withoutRoom++
    group.exchanges++
    group.first = Math.min(group.first, request.at)
    group.last = Math.max(group.last, request.at)
    if (this.#groups.wantsSample(group))
      this.#groups.addSample(
        group,
        sampleOf(request.at, shownRequest(request.method, request.target), difference),
      )
    return group
  }

  #link(exchange: Exchange, groups: KeptGroup[]): void {
    const cause = this.#creates.causeOf(exchange)
    const status = groups.find(({ field }) => field === 'status')
    if (cause !== null && status !== undefined) countCause(status, cause)
    if (!isCreate(exchange.request.method)) return
    const failed = exchange.shadow.status >= 400 ? status : groups.find(({ field }) => tellsId(field))
    this.#creates.note(exchange, cause ?? failed?.id ?? null)
  }

  #shown(group: KeptGroup): DifferenceGroup {
    const { id, endpoint, status, field, kind, exchanges, samples } = group
    const decision = this.#decision(group)
    const causes = this.#causesOf(group)
    const standing = decision?.noise ? 'noise' : causes?.every ? 'follows' : 'difference'
    return {
      id,
      endpoint,
      status,
      field,
      kind,
      exchanges,
      first_seen: new Date(group.first).toISOString(),
      last_seen: new Date(group.last).toISOString(),
      standing,
      explanation:
        standing === 'noise' ? decision!.explanation : (causes?.text ?? decision?.explanation ?? null),
      samples: structuredClone(samples),
    }
  }

  #causesOf({ id, exchanges, follows }: KeptGroup): { every: boolean; text: string } | null {
    const known = follows.flatMap(([cause, times]) => {
      const group = this.#groups.find(cause)
      return group === null || group.id === id ? [] : [{ group, times }]
    })
    if (known.length === 0) return null
    const sum = known.reduce((total, { times }) => total + times, 0)
    const roots = [...new Set(known.map(({ group }) => `${group.id} (${group.endpoint}, ${group.status})`))]
    const every = sum === exchanges
    const which = every ? 'follows' : `in ${sum} of ${exchanges} exchanges follows`
    return { every, text: `${which} from ${roots.join(' and ')}: what that should have made is not there` }
  }

  #isNoise(group: KeptGroup): boolean {
    const counts = this.#countsOf(group)
    if (counts === null) return false
    const before = this.#decided.get(group.id)
    // Every count moves `asked` or leaves all four as they are, so a decision holds until then.
    if (before?.asked === counts.asked) return before.noise
    const { noise } = decideNoise(counts)
    this.#decided.set(group.id, { asked: counts.asked, noise })
    return noise
  }

  #decision(group: KeptGroup) {
    const counts = this.#countsOf(group)
    return counts === null ? null : decideNoise(counts)
  }

  #countsOf({ endpoint, field, kind, status }: KeptGroup): NoiseCounts | null {
    if (field === OTHERS.field) return null
    return this.#noise.counts(endpoint, noiseKey(field, kind, status))
  }
}
