import type { DifferenceSample } from '../../model/scoreboard.ts'
import {
  addGroup,
  type GroupKey,
  groupId,
  type KeptGroup,
  keyText,
  MOST_SAMPLES,
  newGroup,
  sampleSize,
} from './kept-group.ts'

/** Plain data. */
export interface KeptGroupsState {
  groups: KeptGroup[]
  /** Ids of groups that have become part of another. */
  moved: [from: string, into: string][]
}

const MOST_GROUPS = 1000
const MOST_OF_ENDPOINT = 40
const MOST_MOVED = 4000
/** Characters of samples; beyond, groups keep one. */
const ROOM_FOR_SAMPLES = 600_000
const ROOM_FOR_FIRST_SAMPLES = 800_000

/** What there is no room for: one group for each endpoint. */
export const OTHERS: GroupKey = { status: 'any', field: 'other', kind: 'differences there is no room for' }

/** The groups of all endpoints, as many as there is room for. */
export class KeptGroups {
  readonly #byEndpoint = new Map<string, Map<string, KeptGroup>>()
  readonly #byId = new Map<string, KeptGroup>()
  readonly #moved: Map<string, string>
  /** Characters of all samples. */
  #sampled = 0

  constructor(state: KeptGroupsState | null = null) {
    this.#moved = new Map(state?.moved)
    for (const group of state?.groups ?? []) {
      const kept = this.#place(structuredClone(group))
      this.#sampled += sizeOf(kept.samples)
    }
  }

  all(): IterableIterator<KeptGroup> {
    return this.#byId.values()
  }

  /** The group of a difference, a new one, or the endpoint's `OTHERS`. */
  groupOf(endpoint: string, key: GroupKey, at: number): KeptGroup {
    const groups = this.#byEndpoint.get(endpoint)
    const existing = groups?.get(keyText(key))
    if (existing !== undefined) return existing
    const hasRoom = this.#byId.size < MOST_GROUPS && (groups?.size ?? 0) < MOST_OF_ENDPOINT
    if (hasRoom) return this.#place(newGroup(endpoint, key, at))
    const others = groups?.get(keyText(OTHERS))
    if (others !== undefined) return others
    // Half as many again for those; whoever makes up endpoints without end shares one.
    const owner = this.#byId.size < MOST_GROUPS * 1.5 ? endpoint : 'other'
    return this.#byEndpoint.get(owner)?.get(keyText(OTHERS)) ?? this.#place(newGroup(owner, OTHERS, at))
  }

  wantsSample(group: KeptGroup): boolean {
    const room = group.samples.length === 0 ? ROOM_FOR_FIRST_SAMPLES : ROOM_FOR_SAMPLES
    return group.samples.length < MOST_SAMPLES && this.#sampled < room
  }

  addSample(group: KeptGroup, sample: DifferenceSample): void {
    group.samples.push(sample)
    this.#sampled += sampleSize(sample)
  }

  /** The group of this id, or the one it has become part of; null for an unknown one. */
  find(id: string): KeptGroup | null {
    let at = id
    // Bounded, should what was restored lead round in a circle.
    for (let step = 0; step < 100; step++) {
      const group = this.#byId.get(at)
      if (group !== undefined) return group
      const next = this.#moved.get(at)
      if (next === undefined) return null
      at = next
    }
    return null
  }

  merge(from: string, into: string): void {
    const gone = this.#byEndpoint.get(from)
    if (gone === undefined || from === into) return
    this.#byEndpoint.delete(from)
    for (const group of gone.values()) {
      this.#byId.delete(group.id)
      const id = groupId(into, group)
      this.#move(group.id, id)
      const there = this.#byId.get(id)
      if (there === undefined) this.#place({ ...group, id, endpoint: into })
      else {
        const before = sizeOf(there.samples) + sizeOf(group.samples)
        addGroup(there, group)
        this.#sampled += sizeOf(there.samples) - before
      }
    }
  }

  state(): KeptGroupsState {
    return structuredClone({ groups: [...this.#byId.values()], moved: [...this.#moved] })
  }

  #place(group: KeptGroup): KeptGroup {
    const groups = this.#byEndpoint.get(group.endpoint) ?? new Map<string, KeptGroup>()
    this.#byEndpoint.set(group.endpoint, groups)
    groups.set(keyText(group), group)
    this.#byId.set(group.id, group)
    return group
  }

  /** An id that is forgotten belongs to no group, and so is not explained. */
  #move(from: string, into: string): void {
    this.#moved.set(from, into)
    if (this.#moved.size > MOST_MOVED) this.#moved.delete(this.#moved.keys().next().value!)
  }
}

function sizeOf(samples: readonly DifferenceSample[]): number {
  return samples.reduce((sum, sample) => sum + sampleSize(sample), 0)
}
