import type { Answer, Exchange } from '../exchange.ts'
import { pathOf, placeholderOf, segmentOf } from './segments.ts'

/** Plain data: a path or an id, and the group its create differs in. */
export type FailedCreatesState = [made: string, group: string][]

const MOST = 1000
const LONGEST_PATH = 200
const LARGEST_BODY = 65_536

/** Forms that name one thing wherever they stand in a path. */
const UNIQUE = new Set(['{uuid}', '{ulid}', '{hash}'])

/**
 * What the primary has made and the shadow has not, so that the shadow does not find it later.
 *
 * Only the very thing counts: the path of the create's `Location`, or its own path followed by the `id` of its answer, and
 * what lies below. An id that is unique by its form and new in a 201 counts in any path. That the shadow's lists are shorter
 * for it is not seen.
 */
export class FailedCreates {
  readonly #made: Map<string, string>

  constructor(state: FailedCreatesState = []) {
    this.#made = new Map(state)
  }

  /** The group of the create that an exchange's 404 or 410 follows from; null where there is none. */
  causeOf({ request, primary, shadow }: Exchange): string | null {
    if (this.#made.size === 0 || primary.status >= 400 || (shadow.status !== 404 && shadow.status !== 410))
      return null
    const path = barePath(request.target)
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const group =
        this.#made.get(path.slice(0, end)) ??
        this.#made.get(path.slice(path.lastIndexOf('/', end - 1) + 1, end))
      if (group !== undefined) return group
    }
    return null
  }

  /** @param group what the create differs in; null where it is a match: what it has made is there after all */
  note(exchange: Exchange, group: string | null): void {
    if (group === null && this.#made.size === 0) return
    const { request, primary, shadow } = exchange
    if (!isCreate(request.method) || primary.status >= 400) return
    const made = madeBy(exchange, primary)
    const there = shadow.status < 400 ? new Set(madeBy(exchange, shadow)) : null
    for (const thing of made) {
      this.#made.delete(thing)
      if (group === null || there?.has(thing)) continue
      this.#made.set(thing, group)
      if (this.#made.size > MOST) this.#made.delete(this.#made.keys().next().value!)
    }
  }

  state(): FailedCreatesState {
    return [...this.#made]
  }
}

/** Fields in which the id of what was made is told. */
export function tellsId(field: string): boolean {
  return /^header location$|^body \$(\.\w+)?\.(id|_id|uuid|guid)$/.test(field)
}

export function isCreate(method: string): boolean {
  return method === 'POST' || method === 'PUT'
}

function madeBy({ request }: Exchange, answer: Answer): string[] {
  const path = barePath(request.target)
  // A PUT that does not say so has changed what was there before.
  if (request.method === 'PUT' && answer.status !== 201) return []
  const made = request.method === 'PUT' ? [path] : []
  const location = locationOf(answer, path)
  if (location !== null) made.push(location)
  const id = idIn(answer)
  if (id !== null && request.method === 'POST') made.push(`${path}/${encodeURIComponent(id)}`)
  // `POST /orders/17/cancel` may answer with the order: that it has made nothing is told by its status, or its path.
  const isNew = answer.status === 201 && id !== null && !path.includes(id)
  if (isNew && UNIQUE.has(placeholderOf(id) ?? '')) made.push(id)
  return made.filter(thing => thing.length <= LONGEST_PATH)
}

/** A form may lead to any page after it was sent; a 201 leads to what it has made (RFC 9110 section 15.3.2). */
function locationOf({ status, headers }: Answer, path: string): string | null {
  const location = headerOf(headers, 'location')
  const base = `http://primary${path || '/'}`
  if (location === null || !URL.canParse(location, base)) return null
  const made = barePath(new URL(location, base).pathname)
  if (made === '' || made === path) return null
  if (status === 201 || made.startsWith(`${path}/`)) return made
  const [collection, id] = made.split('/').slice(-2)
  return collection === path.slice(path.lastIndexOf('/') + 1) && segmentOf(id!).shape === 'id' ? made : null
}

/** `{"id": 17}`, `{"order": {"id": 17}}`; a number that JavaScript would round is none. */
function idIn({ headers, body }: Answer): string | null {
  if (body.kind !== 'whole' || body.bytes.length > LARGEST_BODY) return null
  if (!/json/i.test(headerOf(headers, 'content-type') ?? '')) return null
  if (!/^(identity)?$/i.test(headerOf(headers, 'content-encoding') ?? '')) return null
  let value: unknown
  try {
    value = JSON.parse(
      Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.length).toString('utf8'),
    )
  } catch {
    return null
  }
  if (!isObject(value)) return null
  const members = Object.values(value)
  return idOf(value) ?? (members.length === 1 || isObject(value.data) ? idOf(value.data ?? members[0]) : null)
}

function idOf(value: unknown): string | null {
  if (!isObject(value)) return null
  for (const name of ['id', '_id', 'uuid', 'guid']) {
    const id = value[name]
    if (typeof id === 'string' && id !== '' && id.length <= 100) return id
    if (Number.isSafeInteger(id)) return String(id)
  }
  return null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function headerOf(headers: string[], name: string): string | null {
  for (let at = 0; at + 1 < headers.length; at += 2)
    if (headers[at]!.toLowerCase() === name) return headers[at + 1]!
  return null
}

function barePath(target: string): string {
  const path = pathOf(target)
  let end = path.length
  while (end > 0 && path[end - 1] === '/') end--
  return path.slice(0, end)
}
