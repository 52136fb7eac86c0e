import type { Difference } from '../model/finding.ts'

/** A run of a value: characters as they are, or one that would not be seen and is named instead. */
export interface Piece {
  text: string
  /** What stands here, where `text` only stands for it: `space`, `tab`, `U+200B`. */
  mark?: string
  /** True inside the part in which the two sides of a difference are not the same. */
  differs: boolean
}

/** A value made ready to be read. NULL, no row and the empty text are states of their own, never text. */
export type Shown =
  | { state: 'null' }
  | { state: 'absent' }
  | { state: 'empty' }
  | { state: 'text'; before: number; pieces: Piece[]; after: number }

/** The most characters of one value that are shown. */
const SHOWN_CHARACTERS = 160

/** Characters kept in front of the first difference when a long value is cut. */
const LEAD = 40

const glyphs: Record<string, [glyph: string, name: string]> = {
  ' ': ['·', 'space'],
  '\t': ['TAB', 'tab'],
  '\n': ['LF', 'line feed'],
  '\r': ['CR', 'carriage return'],
}

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Zs}\u2800\u3164\uffa0]/u
const combining = /\p{M}/u

/** A value on its own, cut after the first characters. */
export function show(value: string | null): Shown {
  return shown(value, 0, 0)
}

/** Both sides of one column. Long values are cut around the first character that is not the same. */
export function showPair(
  kind: Difference['kind'],
  values: { source: string | null; target: string | null },
): { source: Shown; target: Shown } {
  const { source, target } = values
  if (kind === 'missing') return { source: show(source), target: { state: 'absent' } }
  if (kind === 'extra') return { source: { state: 'absent' }, target: show(target) }
  if (source === null || target === null || source === target) {
    return { source: show(source), target: show(target) }
  }
  const start = commonStart(source, target)
  const end = commonEnd(source, target, start)
  return {
    source: shown(source, start, source.length - end),
    target: shown(target, start, target.length - end),
  }
}

/** Text for people, with characters that would hide or reorder it spelled out. TAB and line ends stay. */
export function legible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(
      /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|\p{Cs}/gu,
      character => `\\u${hex(character)}`,
    )
}

/** One line that reads back unambiguously: NULL bare, text in double quotes with escapes. */
export function literal(value: string | null): string {
  if (value === null) return 'NULL'
  const { from, to, after } = cut(value, 0)
  const quoted = legible(JSON.stringify(value.slice(from, to)))
  return after === 0 ? quoted : `${quoted} (${after} more characters)`
}

/** `id = "7", region = NULL` */
export function literalKey(key: Record<string, string | null>): string {
  const parts = Object.entries(key).map(([column, value]) => `${legible(column)} = ${literal(value)}`)
  return parts.length === 0 ? '(no key)' : parts.join(', ')
}

function shown(value: string | null, start: number, end: number): Shown {
  if (value === null) return { state: 'null' }
  if (value === '') return { state: 'empty' }
  const { from, to, before, after } = cut(value, start)
  return { state: 'text', before, pieces: pieces(value, from, to, start, end), after }
}

function cut(value: string, focus: number) {
  if (value.length <= SHOWN_CHARACTERS) return { from: 0, to: value.length, before: 0, after: 0 }
  const from = boundary(value, Math.max(0, Math.min(focus - LEAD, value.length - SHOWN_CHARACTERS)))
  const to = boundary(value, Math.min(value.length, from + SHOWN_CHARACTERS))
  return { from, to, before: characters(value, 0, from), after: characters(value, to, value.length) }
}

function pieces(value: string, from: number, to: number, start: number, end: number): Piece[] {
  const found: Piece[] = []
  const firstInk = value.search(/[^ ]/)
  const lastInk = value.length - (/ *$/.exec(value.slice(-SHOWN_CHARACTERS))?.[0].length ?? 0)
  let at = from
  for (const character of value.slice(from, to)) {
    const differs = at >= start && at < end
    const exposed =
      differs ||
      firstInk === -1 ||
      at < firstInk ||
      at >= lastInk ||
      value[at - 1] === ' ' ||
      value[at + 1] === ' '
    const mark = markOf(character, exposed, differs)
    const last = found.at(-1)
    if (mark) found.push({ text: mark[0], mark: mark[1], differs })
    else if (last && last.mark === undefined && last.differs === differs) last.text += character
    else found.push({ text: character, differs })
    at += character.length
  }
  return found
}

function markOf(character: string, exposed: boolean, differs: boolean): [string, string] | undefined {
  if (character === ' ' && !exposed) return undefined
  const known = glyphs[character]
  if (known) return known
  // A decomposed accent looks like the composed one, so it is named where it makes the difference.
  if (unseen.test(character) || (differs && combining.test(character))) {
    const name = `U+${hex(character)}`
    return [name, name]
  }
  return undefined
}

function commonStart(a: string, b: string): number {
  let at = 0
  while (at < a.length && at < b.length && a[at] === b[at]) at++
  return Math.min(boundary(a, at), boundary(b, at))
}

function commonEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start
  let length = 0
  while (length < most && a[a.length - 1 - length] === b[b.length - 1 - length]) length++
  const inPair = splitsPair(a, a.length - length) || splitsPair(b, b.length - length)
  return inPair ? length - 1 : length
}

/** The nearest place at or before `at` that does not cut a surrogate pair in two. */
function boundary(value: string, at: number): number {
  return splitsPair(value, at) ? at - 1 : at
}

function splitsPair(value: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(value[at - 1] ?? '') && /[\udc00-\udfff]/.test(value[at] ?? '')
}

function characters(value: string, from: number, to: number): number {
  let count = 0
  for (const _ of value.slice(from, to)) count++
  return count
}

function hex(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
}
