import type { Segment } from './segments.ts'

/** Two names of what is one endpoint: everything known of `from` belongs to `into`. */
export interface EndpointMerge {
  from: string
  into: string
}

/** Plain data. */
export interface LearnedPathsState {
  children: LearnedChild[]
  methods: string[]
  /** Which segments here are values. */
  shut: 'none' | 'slugs' | 'all'
}

type LearnedChild = [
  text: string,
  shape: Segment['shape'],
  extension: string,
  asked: number,
  below: LearnedPathsState,
]

/** So many names at one place are an application's; more of them are values. */
export const MOST_WORDS = 50
/** The same of segments that read like values. */
const MOST_SLUGS = 20
/** A name asked so often before its place has too many is one of the application's, and stays. */
export const ESTABLISHED = 30

interface Place {
  path: string
  children: Map<string, Child>
  /** Names of the endpoints that end here, by method. */
  methods: Map<string, string>
  words: number
  slugs: number
}

interface Child extends Segment {
  /** Requests for it and for what is below. */
  asked: number
  place: Place
}

/**
 * The paths the traffic has shown, as a tree of segments.
 *
 * Names at one place that turn out to be too many become one `{slug}`. Which of them are there decides that, not their order:
 * a merge is never undone, so whatever merges after 51 names asked once has to merge in every order. One exception is worth
 * depending on the order: names that were `ESTABLISHED` by then stay. Without it, some dozen paths made up by strangers,
 * answered by an application that answers everything, would merge `/orders` and `/students`, and the mismatches of the
 * one would be a small share of both. Words of the plan and of OpenAPI documents (`pinned`) never merge.
 *
 * @param limit endpoints at most; ten places are kept for each
 */
export class LearnedPaths {
  readonly #limit: number
  readonly #pinned: ReadonlySet<string>
  readonly #root: Place = placeAt('')
  #endpoints = 0
  #places = 0
  #merges: EndpointMerge[] = []

  constructor(limit: number, pinned: ReadonlySet<string>, state: LearnedPathsState | null = null) {
    this.#limit = limit
    this.#pinned = pinned
    if (state !== null) this.#restore(this.#root, state)
  }

  get size(): number {
    return this.#endpoints
  }

  /** The endpoint's name; null where there is no room for another one. */
  learn(method: string, segments: Segment[]): string | null {
    let place = this.#root
    for (const segment of segments) {
      const next = this.#below(place, segment) ?? this.#grow(place, segment)
      if (next === null) return null
      next.asked++
      place = next.place
    }
    return place.methods.get(method) ?? this.#register(place, method, this.#limit)
  }

  /** The endpoint's name if it is known already. */
  find(method: string, segments: Segment[]): string | null {
    let place: Place | null = this.#root
    for (const segment of segments) {
      place = this.#below(place, segment)?.place ?? null
      if (place === null) return null
    }
    return place.methods.get(method) ?? null
  }

  /** What has merged since this was last asked, in order: `into` may be the `from` of a later one. */
  takeMerges(): EndpointMerge[] {
    const merges = this.#merges
    if (merges.length > 0) this.#merges = []
    return merges
  }

  /** Paths of the places whose names are all taken for values. */
  shutPlaces(): string[] {
    const shut: string[] = []
    const visit = (place: Place) => {
      if (place.words > MOST_WORDS) shut.push(place.path || '/')
      for (const child of place.children.values()) visit(child.place)
    }
    visit(this.#root)
    return shut
  }

  state(): LearnedPathsState {
    return stateOf(this.#root)
  }

  #below(place: Place, segment: Segment): Child | null {
    const child = place.children.get(segment.text)
    if (child !== undefined) return child
    return this.#isShut(place, segment) ? (place.children.get(slugOf(segment)) ?? null) : null
  }

  #grow(place: Place, segment: Segment): Child | null {
    if (this.#places >= this.#limit * 10) return null
    const child = this.#ensure(place, segment, 0)
    return this.#shutIfFull(place) ? this.#below(place, segment) : child
  }

  /** Segments of this shape are values here. */
  #isShut(place: Place, { text, shape }: Segment): boolean {
    if (shape === 'id' || this.#pinned.has(text)) return false
    return place.words > MOST_WORDS || (shape === 'slug' && place.slugs > MOST_SLUGS)
  }

  /** Without regard to room: what merges makes more of it than it takes. */
  #ensure(place: Place, segment: Segment, asked: number): Child {
    const isValue = this.#isShut(place, segment) && asked < ESTABLISHED
    const key = isValue ? slugOf(segment) : segment.text
    const existing = place.children.get(key)
    if (existing !== undefined) {
      existing.asked += asked
      return existing
    }
    const child: Child = {
      text: key,
      shape: isValue ? 'id' : segment.shape,
      extension: segment.extension,
      asked,
      place: placeAt(`${place.path}/${key}`),
    }
    place.children.set(key, child)
    this.#places++
    if (!this.#pinned.has(key)) {
      if (child.shape === 'word') place.words++
      if (child.shape === 'slug') place.slugs++
    }
    return child
  }

  /** Whether something has merged. Counts stay where they are, above the most, and so the place stays shut. */
  #shutIfFull(place: Place): boolean {
    let merged = false
    for (const child of [...place.children.values()]) {
      if (child.asked >= ESTABLISHED || !this.#isShut(place, child)) continue
      place.children.delete(child.text)
      this.#absorb(child.place, this.#slug(place, child).place)
      merged = true
    }
    return merged
  }

  #slug(place: Place, of: Child): Child {
    return this.#ensure(place, { text: slugOf(of), shape: 'id', extension: of.extension }, of.asked)
  }

  #absorb(from: Place, into: Place): void {
    this.#places--
    for (const [method, name] of from.methods) {
      this.#endpoints--
      const known = into.methods.get(method) ?? this.#register(into, method, Number.POSITIVE_INFINITY)
      this.#merges.push({ from: name, into: known! })
    }
    // What is shut stays so, whichever of its names are still to be seen. Of words it never has too many: whoever has been
    // asked for those is established.
    if (from.slugs > MOST_SLUGS) into.slugs = Math.max(into.slugs, from.slugs)
    for (const child of from.children.values())
      this.#absorb(child.place, this.#ensure(into, child, child.asked).place)
    this.#shutIfFull(into)
  }

  #register(place: Place, method: string, limit: number): string | null {
    if (this.#endpoints >= limit) return null
    const name = `${method} ${place.path || '/'}`
    place.methods.set(method, name)
    this.#endpoints++
    return name
  }

  /** What the plan of that time has pinned, and this one does not, merges now. */
  #restore(place: Place, state: LearnedPathsState): void {
    for (const method of state.methods) this.#register(place, method, Number.POSITIVE_INFINITY)
    for (const [text, shape, extension, asked, below] of state.children)
      this.#restore(this.#ensure(place, { text, shape, extension }, asked).place, below)
    if (state.shut !== 'none') place.slugs = Math.max(place.slugs, MOST_SLUGS + 1)
    if (state.shut === 'all') place.words = Math.max(place.words, MOST_WORDS + 1)
    this.#shutIfFull(place)
  }
}

function stateOf(place: Place): LearnedPathsState {
  return {
    children: [...place.children.values()].map(child => [
      child.text,
      child.shape,
      child.extension,
      child.asked,
      stateOf(child.place),
    ]),
    methods: [...place.methods.keys()],
    shut: place.words > MOST_WORDS ? 'all' : place.slugs > MOST_SLUGS ? 'slugs' : 'none',
  }
}

function placeAt(path: string): Place {
  return { path, children: new Map(), methods: new Map(), words: 0, slugs: 0 }
}

function slugOf({ extension }: Segment): string {
  return `{slug}${extension}`
}
