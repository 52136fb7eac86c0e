import type { Comparison } from '../diff/comparison.ts'
import { foundFields, noiseKey, statusPair } from './found-fields.ts'
import type { NoiseCounts } from './noise.ts'

/** A request that all three legs have answered. */
export interface Triple {
  endpoint: string
  statuses: { primary: number; shadow: number; control: number }
  /** Primary and shadow. */
  comparison: Comparison
  /** Primary and control. */
  control: Comparison
}

/** Plain data. */
export type NoiseTallyState = [
  endpoint: string,
  asked: number,
  askedBodies: number,
  full: boolean,
  fields: [key: string, both: number, onlyShadow: number, onlyControl: number][],
][]

const MOST_FIELDS = 100
const MOST_FIELDS_IN_ALL = 2000
const MOST_ENDPOINTS = 2000

interface Tally {
  asked: number
  /** Those of them whose status classes agree, so that bodies could be compared. */
  askedBodies: number
  /** Fields were left out for want of room: they are never noise. */
  full: boolean
  fields: Map<string, Omit<NoiseCounts, 'asked'>>
}

/** How often fields differ between which stacks, by endpoint. */
export class NoiseTally {
  readonly #tallies = new Map<string, Tally>()
  #fields = 0

  constructor(state: NoiseTallyState = []) {
    for (const [endpoint, asked, askedBodies, full, fields] of state) {
      const counts = fields.map(([key, both, onlyShadow, onlyControl]) => {
        return [key, { both, onlyShadow, onlyControl }] as const
      })
      this.#tallies.set(endpoint, { asked, askedBodies, full, fields: new Map(counts) })
      this.#fields += fields.length
    }
  }

  /** Of an answer that could not be compared, or not to its end, nobody knows what else differs: it counts nowhere. */
  add({ endpoint, statuses, comparison, control }: Triple): void {
    const shadow = foundFields(comparison, statuses.primary, statuses.shadow)
    const own = foundFields(control, statuses.primary, statuses.control)
    if (comparison.outcome === 'unscorable' || control.outcome === 'unscorable' || shadow.more || own.more)
      return
    const tally = this.#tallyOf(endpoint)
    if (tally === null) return
    const statusOnly = shadow.statusOnly || own.statusOnly
    tally.asked++
    if (!statusOnly) tally.askedBodies++
    // Where either body is that of an error, the other's differences cannot be held against it.
    const keys = (found: typeof shadow, statuses: string) =>
      new Set(
        found.differences
          .filter(({ field }) => !statusOnly || field === 'status')
          .map(({ field, kind }) => noiseKey(field, kind, statuses)),
      )
    const byShadow = keys(shadow, statusPair(statuses.primary, statuses.shadow))
    const byControl = keys(own, statusPair(statuses.primary, statuses.control))
    for (const key of byShadow) this.#count(tally, key, byControl.has(key) ? 'both' : 'onlyShadow')
    for (const key of byControl) if (!byShadow.has(key)) this.#count(tally, key, 'onlyControl')
  }

  /** null where nothing of it was counted. */
  counts(endpoint: string, key: string): NoiseCounts | null {
    const tally = this.#tallies.get(endpoint)
    const field = tally?.fields.get(key)
    if (tally === undefined || field === undefined) return null
    return { ...field, asked: key.startsWith('status\0') ? tally.asked : tally.askedBodies }
  }

  merge(from: string, into: string): void {
    const gone = this.#tallies.get(from)
    if (gone === undefined || from === into) return
    this.#tallies.delete(from)
    const kept = this.#tallies.get(into)
    if (kept === undefined) {
      this.#tallies.set(into, gone)
      return
    }
    // What one of them had no room for would look rarer than it is.
    if (kept.full) this.#keep(gone, kept.fields)
    if (gone.full) this.#keep(kept, gone.fields)
    for (const [key, counts] of gone.fields) {
      const there = kept.fields.get(key)
      if (there === undefined) kept.fields.set(key, counts)
      else {
        there.both += counts.both
        there.onlyShadow += counts.onlyShadow
        there.onlyControl += counts.onlyControl
        this.#fields--
      }
    }
    kept.asked += gone.asked
    kept.askedBodies += gone.askedBodies
    kept.full ||= gone.full
  }

  state(): NoiseTallyState {
    return [...this.#tallies].map(([endpoint, { asked, askedBodies, full, fields }]) => [
      endpoint,
      asked,
      askedBodies,
      full,
      [...fields].map(([key, { both, onlyShadow, onlyControl }]) => [key, both, onlyShadow, onlyControl]),
    ])
  }

  #tallyOf(endpoint: string): Tally | null {
    const existing = this.#tallies.get(endpoint)
    if (existing !== undefined || this.#tallies.size >= MOST_ENDPOINTS) return existing ?? null
    const tally: Tally = { asked: 0, askedBodies: 0, full: false, fields: new Map() }
    this.#tallies.set(endpoint, tally)
    return tally
  }

  #count(tally: Tally, key: string, as: 'both' | 'onlyShadow' | 'onlyControl'): void {
    let field = tally.fields.get(key)
    if (field === undefined) {
      if (tally.fields.size >= MOST_FIELDS || this.#fields >= MOST_FIELDS_IN_ALL) {
        tally.full = true
        return
      }
      field = { both: 0, onlyShadow: 0, onlyControl: 0 }
      tally.fields.set(key, field)
      this.#fields++
    }
    field[as]++
  }

  #keep(tally: Tally, known: Map<string, unknown>): void {
    for (const key of [...tally.fields.keys()]) {
      if (known.has(key)) continue
      tally.fields.delete(key)
      this.#fields--
    }
  }
}
