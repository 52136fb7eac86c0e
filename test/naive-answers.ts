import { parse } from 'parse5'

/** An answer as a client has it, decompressed. */
export interface Got {
  status: number
  headers: Headers
  text: string
  milliseconds: number
}

export async function ask(url: string, init: RequestInit = {}): Promise<Got> {
  const begun = performance.now()
  const response = await fetch(url, { ...init, redirect: 'manual' })
  const text = await response.text()
  const { status, headers } = response
  return { status, headers, text, milliseconds: performance.now() - begun }
}

/**
 * What differs between two answers, compared as simply as can be: on purpose not by the proxy's own differ. The same moment
 * in two forms is no difference, and neither is a member that is null on the left and missing on the right.
 */
export function naiveDifferences(left: Got, right: Got): string[] {
  const found: string[] = []
  if (left.status !== right.status) found.push(`status ${left.status} → ${right.status}`)
  const type = ({ headers }: Got) => headers.get('content-type')?.split(';')[0]
  if (type(left) !== type(right)) found.push(`content-type ${type(left)} → ${type(right)}`)
  for (const name of ['location', 'content-encoding', 'vary'])
    if (left.headers.get(name) !== right.headers.get(name)) found.push(name)
  if (type(left) === 'application/json')
    found.push(...valueDifferences('$', JSON.parse(left.text), JSON.parse(right.text)))
  else if (type(left) === 'text/html') {
    if (structure(parse(left.text)) !== structure(parse(right.text))) found.push('structure')
  } else if (left.text !== right.text) found.push('text')
  return found
}

function valueDifferences(path: string, left: unknown, right: unknown): string[] {
  if (Object.is(left, right) || sameMoment(left, right)) return []
  if (Array.isArray(left) && Array.isArray(right)) {
    const sorted = (items: unknown[]) => JSON.stringify(items.map(written).sort())
    if (sorted(left) === sorted(right) && written(left) !== written(right)) return [`${path} array order`]
    if (left.length === right.length)
      return left.flatMap((item, index) => valueDifferences(`${path}[*]`, item, right[index]))
    return [`${path} length`]
  }
  if (isObject(left) && isObject(right))
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap(key => {
      if (!(key in right)) return left[key] === null && key === 'note' ? [] : [`${path}.${key} absent`]
      return key in left
        ? valueDifferences(`${path}.${key}`, left[key], right[key])
        : [`${path}.${key} extra`]
    })
  return [`${path} differs`]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sameMoment(left: unknown, right: unknown): boolean {
  if (typeof left !== 'string' || typeof right !== 'string' || !left.endsWith(' GMT')) return false
  return Date.parse(left) === Date.parse(right)
}

/** The same for the same value, whatever the order of its members. */
function written(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
}

interface Node {
  nodeName: string
  value?: string
  attrs?: { name: string; value: string }[]
  childNodes?: Node[]
}

/** Elements, attributes and text; white space at the ends of a text says nothing. */
function structure(node: unknown): string {
  const { nodeName, value, attrs = [], childNodes = [] } = node as Node
  if (nodeName === '#text') return (value ?? '').trim()
  const written = attrs.map(({ name, value }) => `${name}=${value}`)
  return `<${[nodeName, ...written].join(' ')}>${childNodes.map(structure).join('')}</>`
}
