import type { Statement } from './port/statement.ts'

/** A piece of a script that no statement ends within. */
export interface Token {
  /** `end` ends a statement; `gap` is white space or a comment. */
  kind: 'gap' | 'word' | 'quoted' | 'symbol' | 'end'
  end: number
  /** Why the statement cannot be run. */
  refused?: string
}

/** What was read of a statement so far. */
export interface Reading {
  /** Its first words outside of parentheses, in upper case; quoted ones are not among them. */
  words: string[]
  /** Open parentheses. */
  depth: number
}

/** How one engine's scripts are read; made anew for each script. */
export interface StatementReader {
  tokenAt(text: string, at: number, reading: Reading): Token
  /** A line that is for the engine's own client, asked for between statements; null where none stands here. */
  clientLine?(text: string, at: number): { end: number; refused?: string } | null
  /** Adds what is to be known of the statement; `end` is where its terminator ends. Returns where the next may begin. */
  finish(statement: Statement, words: string[], end: number, text: string): number
}

const MOST_WORDS = 64

export function readStatements(text: string, reader: StatementReader): Statement[] {
  const statements: Statement[] = []
  const placeOf = places(text)
  let begin = -1
  let solid = 0
  let refused: string | undefined
  let reading: Reading = { words: [], depth: 0 }
  const finish = (end: number): number => {
    if (begin < 0) return end
    const statement: Statement = { sql: text.slice(begin, solid), ...placeOf(begin) }
    const next = reader.finish(statement, reading.words, end, text)
    if (refused !== undefined) statement.refused = refused
    statements.push(statement)
    begin = -1
    refused = undefined
    reading = { words: [], depth: 0 }
    return next
  }
  let at = text.startsWith('\uFEFF') ? 1 : 0
  while (at < text.length) {
    const line = begin < 0 ? reader.clientLine?.(text, at) : undefined
    if (line) {
      if (line.refused !== undefined)
        statements.push({ sql: text.slice(at, line.end).trimEnd(), ...placeOf(at), refused: line.refused })
      at = line.end
      continue
    }
    const token = reader.tokenAt(text, at, reading)
    refused ??= token.refused
    if (token.kind === 'end') {
      at = finish(token.end)
      // Two terminators in a row end nothing.
      reading = { words: [], depth: 0 }
      continue
    }
    // A comment that is never closed hides whatever was meant to follow.
    if (token.kind !== 'gap' || token.refused !== undefined) {
      if (begin < 0) begin = at
      solid = token.end
      follow(reading, token, text.slice(at, Math.min(token.end, at + 64)))
    }
    at = token.end
  }
  finish(at)
  return statements
}

function follow(reading: Reading, { kind }: Token, start: string): void {
  if (kind === 'symbol' && start === '(') reading.depth++
  else if (kind === 'symbol' && start === ')') reading.depth = Math.max(0, reading.depth - 1)
  else if (kind === 'word' && reading.depth === 0 && reading.words.length < MOST_WORDS)
    reading.words.push(start.toUpperCase())
}

/** Line and column of positions asked for in ascending order. */
function places(text: string): (at: number) => { line: number; column: number } {
  let line = 1
  let lineStart = 0
  return at => {
    for (
      let next = text.indexOf('\n', lineStart);
      next >= 0 && next < at;
      next = text.indexOf('\n', lineStart)
    ) {
      line++
      lineStart = next + 1
    }
    return { line, column: at - lineStart + 1 }
  }
}

/** Where the line ends, its line break not included. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

/** The match of a sticky pattern at a position. */
export function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

const space = /\s+/y

/** White space, or a comment that ends with its line and begins with what `lineComment`, a sticky pattern, matches. */
export function gapAt(text: string, at: number, lineComment: RegExp): Token | null {
  const blank = matchAt(space, text, at)
  if (blank !== null) return { kind: 'gap', end: at + blank.length }
  if (matchAt(lineComment, text, at) !== null) return { kind: 'gap', end: lineEnd(text, at) }
  return null
}

/** A comment from its opening slash and asterisk on. */
export function blockComment(text: string, at: number, { nested }: { nested: boolean }): Token {
  const mark = nested ? /\/\*|\*\//g : /\*\//g
  mark.lastIndex = at + 2
  let depth = 1
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return { kind: 'gap', end: mark.lastIndex }
  }
  return { kind: 'gap', end: text.length, refused: 'the comment is never closed' }
}

const quoteAlone = { "'": /'/g, '"': /"/g, '`': /`/g }
const quoteOrBackslash = { "'": /['\\]/g, '"': /["\\]/g, '`': /[`\\]/g }
type Quote = keyof typeof quoteAlone

/** A literal or a name from its opening quote on; the same quote closes it, and stands for itself where doubled. */
export function quoted(text: string, at: number, { backslashes }: { backslashes: boolean }): Token {
  const quote = text[at]!
  const mark = (backslashes ? quoteOrBackslash : quoteAlone)[quote as Quote]
  mark.lastIndex = at + 1
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    if (found[0] === '\\' || text[mark.lastIndex] === quote) mark.lastIndex++
    else return { kind: 'quoted', end: mark.lastIndex }
  }
  return { kind: 'quoted', end: text.length, refused: `the quote ${quote} is never closed` }
}
