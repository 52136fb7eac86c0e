import { randomUUID } from 'node:crypto'
import { canonicalNumber } from './decimal.ts'
import { Incomparable, MAX_DEPTH } from './limits.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

export interface JsonDocument {
  root: Json
  /** Members overruled by a later one of the same name, as JSON.parse overrules them. */
  duplicates: number
}

/**
 * Numbers a double does not hold exactly stand in the parsed value as a text that begins so, followed by their
 * canonical form. Nobody outside this process can know it, so no string of an answer is taken for one.
 */
const EXACT = `\u0000${randomUUID()}:`
const EXACT_IN_JSON = JSON.stringify(EXACT).slice(0, -1)

/** @returns the canonical number behind a stand-in, or null for any other value */
export function exactNumber(value: Json): string | null {
  return typeof value === 'string' && value.startsWith(EXACT) ? value.slice(EXACT.length) : null
}

/** @returns null for what is neither a number nor the stand-in of one */
export function numberText(value: Json): string | null {
  return typeof value === 'number' ? String(value) : exactNumber(value)
}

/**
 * JSON by value, its numbers exact: two of them are the same number exactly where they are the same JavaScript value.
 *
 * @returns null where the text is not JSON
 * @throws {Incomparable} too deep
 */
export function parseJson(text: string): JsonDocument | null {
  const scan = scanJson(text)
  if (scan === null) throw new Incomparable('too deep', `JSON nested deeper than ${MAX_DEPTH}`)
  const plain = nativeParse(text)
  if (plain === undefined) return null
  const root = scan.inexact.length === 0 ? plain : nativeParse(withStandIns(text, scan.inexact))!
  return { root, duplicates: scan.members - membersOf(root) }
}

function nativeParse(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

interface Scan {
  members: number
  /** Start and end, in turn, of numbers a double does not hold exactly. */
  inexact: number[]
}

const QUOTE = 34
const BACKSLASH = 92

/** One pass over the characters, valid JSON or not. @returns null where it is nested too deep */
function scanJson(text: string): Scan | null {
  const inexact: number[] = []
  let members = 0
  let depth = 0
  const { length } = text
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      for (at++; at < length; at++) {
        const inside = text.charCodeAt(at)
        if (inside === BACKSLASH) at++
        else if (inside === QUOTE) break
      }
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > MAX_DEPTH) return null
    } else if (code === 0x7d || code === 0x5d) depth--
    else if (code === 0x3a) members++
    else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      const start = at
      while (at + 1 < length && isOfNumber(text.charCodeAt(at + 1))) at++
      if (!isExact(text, start, at + 1)) inexact.push(start, at + 1)
    }
  }
  return { members, inexact }
}

/** Digits, `+`, `-`, `.`, `e`, `E`. */
export function isOfNumber(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2d || code === 0x2b || (code | 32) === 0x65
  )
}

/** Up to 15 digits a double gives every decimal back (IEEE 754); beyond, it is asked. */
function isExact(text: string, start: number, end: number): boolean {
  let plain = end - start <= 16
  for (let at = start; plain && at < end; at++) if ((text.charCodeAt(at) | 32) === 0x65) plain = false
  if (plain && (end - start < 16 || /[-.]/.test(text.slice(start, end)))) return true
  const token = text.slice(start, end)
  const shortest = String(Number(token))
  if (shortest === token) return true
  // Whole numbers in plain digits have one text each.
  if (isDigits(text, start, end) && !shortest.includes('e')) return false
  // What is no number makes the document no JSON, which JSON.parse will say.
  const canonical = canonicalNumber(token)
  return canonical === null || canonical === canonicalNumber(shortest.replace('e+', 'e'))
}

function isDigits(text: string, start: number, end: number): boolean {
  // A leading zero makes it no JSON number.
  if (text.charCodeAt(start) === 0x30) return false
  for (let at = start; at < end; at++)
    if (text.charCodeAt(at) < 0x30 || text.charCodeAt(at) > 0x39) return false
  return true
}

function withStandIns(text: string, inexact: number[]): string {
  const parts: string[] = []
  let done = 0
  for (let index = 0; index < inexact.length; index += 2) {
    const start = inexact[index]!
    const end = inexact[index + 1]!
    const canonical = canonicalNumber(text.slice(start, end))!
    parts.push(text.slice(done, start), EXACT_IN_JSON, canonical, '"')
    done = end
  }
  parts.push(text.slice(done))
  return parts.join('')
}

function membersOf(value: Json): number {
  if (value === null || typeof value !== 'object') return 0
  let count = 0
  if (Array.isArray(value)) for (const element of value) count += membersOf(element)
  else
    for (const name of Object.keys(value)) {
      const member = value[name]!
      count += 1 + (member !== null && typeof member === 'object' ? membersOf(member) : 0)
    }
  return count
}
