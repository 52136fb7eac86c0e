import type { Statement } from '../port/statement.ts'
import {
  blockComment,
  gapAt,
  lineEnd,
  matchAt,
  quoted,
  type Reading,
  readStatements,
  type StatementReader,
  type Token,
} from '../statement-scanner.ts'

/** Splits a script as the sqlite3 shell does (https://www.sqlite.org/c3ref/complete.html). */
export function splitStatements(text: string): Statement[] {
  return readStatements(text, new SqliteReader())
}

const lineComment = /--/y
const word = /[\w$\u0080-\uffff]+/y

class SqliteReader implements StatementReader {
  /** Of a trigger: what `; END ;` has come so far. */
  #closing: 'none' | 'semicolon' | 'end' = 'none'

  tokenAt(text: string, at: number, reading: Reading): Token {
    const gap = gapAt(text, at, lineComment)
    if (gap) return gap
    if (text.startsWith('/*', at)) return blockComment(text, at, { nested: false })
    const token = solidAt(text, at)
    if (!isTrigger(reading.words)) return text[at] === ';' ? { kind: 'end', end: token.end } : token
    if (text[at] === ';') {
      if (this.#closing === 'end') return { kind: 'end', end: token.end }
      this.#closing = 'semicolon'
    } else {
      const isEnd = token.kind === 'word' && text.slice(at, token.end).toUpperCase() === 'END'
      this.#closing = isEnd && this.#closing === 'semicolon' ? 'end' : 'none'
    }
    return token
  }

  clientLine(text: string, at: number) {
    if (text[at] !== '.' || !/(^|\n)[ \t]*$/.test(text.slice(Math.max(0, at - 200), at))) return null
    const end = lineEnd(text, at)
    const name = /^\.\w*/.exec(text.slice(at, end))![0]
    return { end, refused: `${name} is a command of the sqlite3 shell, and no SQL` }
  }

  finish(statement: Statement, words: string[], end: number): number {
    this.#closing = 'none'
    const [first, second] = words
    if (first === 'PRAGMA') {
      statement.setting = true
      if (/^FOREIGN_KEYS$/.test(second ?? ''))
        statement.notice =
          'PRAGMA foreign_keys does nothing inside a transaction: foreign keys are not enforced while the script runs'
    } else if (first === 'BEGIN') statement.control = 'begin'
    else if (first === 'COMMIT' || first === 'END') statement.control = 'commit'
    else if (first === 'ROLLBACK' && !words.includes('TO')) statement.control = 'end'
    return end
  }
}

function solidAt(text: string, at: number): Token {
  const first = text[at]!
  if (first === "'" || first === '"' || first === '`') return quoted(text, at, { backslashes: false })
  if (first === '[') {
    const close = text.indexOf(']', at)
    if (close >= 0) return { kind: 'quoted', end: close + 1 }
    return { kind: 'quoted', end: text.length, refused: 'the quote [ is never closed' }
  }
  const name = matchAt(word, text, at)
  return name === null ? { kind: 'symbol', end: at + 1 } : { kind: 'word', end: at + name.length }
}

function isTrigger(words: string[]): boolean {
  const own = words[0] === 'EXPLAIN' ? words.slice(1) : words
  return own[0] === 'CREATE' && /^(TEMP|TEMPORARY)$/.test(own[1] ?? '')
    ? own[2] === 'TRIGGER'
    : own[0] === 'CREATE' && own[1] === 'TRIGGER'
}
