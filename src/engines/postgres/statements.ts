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

/** Splits a script as psql does (https://www.postgresql.org/docs/current/app-psql.html). */
export function splitStatements(text: string): Statement[] {
  return readStatements(text, new PostgresReader())
}

const lineComment = /--/y
const word = /[\w\u0080-\uffff][\w$\u0080-\uffff]*/y
const dollar = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y
const escapeString = /[eE]'/y

class PostgresReader implements StatementReader {
  /** Whether a backslash in an ordinary literal escapes what follows. */
  #backslashes = false
  /** Of a function: BEGIN and CASE that wait for their END. */
  #blocks = 0

  tokenAt(text: string, at: number, reading: Reading): Token {
    const gap = gapAt(text, at, lineComment)
    if (gap) return gap
    if (text.startsWith('/*', at)) return blockComment(text, at, { nested: true })
    if (text[at] === ';' && reading.depth === 0 && this.#blocks === 0) return { kind: 'end', end: at + 1 }
    if (text[at] === '\\')
      return { kind: 'symbol', end: at + 1, refused: psqlCommand(text, at, lineEnd(text, at)) }
    const token = this.#solidAt(text, at)
    if (token.kind === 'word' && reading.depth === 0 && isFunction(reading.words))
      this.#followBlocks(text.slice(at, token.end).toUpperCase())
    return token
  }

  #solidAt(text: string, at: number): Token {
    const first = text[at]!
    if (first === "'") return quoted(text, at, { backslashes: this.#backslashes })
    if (first === '"') return quoted(text, at, { backslashes: false })
    if (matchAt(escapeString, text, at) !== null) return quoted(text, at + 1, { backslashes: true })
    const tag = first === '$' ? matchAt(dollar, text, at) : null
    if (tag !== null) {
      const close = text.indexOf(tag, at + tag.length)
      if (close >= 0) return { kind: 'quoted', end: close + tag.length }
      return { kind: 'quoted', end: text.length, refused: `the quote ${tag} is never closed` }
    }
    const name = matchAt(word, text, at)
    return name === null ? { kind: 'symbol', end: at + 1 } : { kind: 'word', end: at + name.length }
  }

  /** As psql counts them (`psqlscan.l`). */
  #followBlocks(name: string): void {
    if (name === 'BEGIN') this.#blocks++
    else if (name === 'CASE' && this.#blocks > 0) this.#blocks++
    else if (name === 'END' && this.#blocks > 0) this.#blocks--
  }

  clientLine(text: string, at: number) {
    if (text[at] !== '\\') return null
    const end = lineEnd(text, at)
    // What pg_dump puts around its script against commands in it, which are all refused here.
    if (/^\\(un)?restrict\b/.test(text.slice(at, end))) return { end }
    return { end, refused: psqlCommand(text, at, end) }
  }

  finish(statement: Statement, words: string[], end: number, text: string): number {
    this.#blocks = 0
    const { sql } = statement
    const control = controlOf(words)
    if (control) statement.control = control
    if (isSetting(words, sql)) {
      statement.setting = true
      const encoding =
        /^\s*SET\s+(?:(?:SESSION|LOCAL)\s+)?(?:client_encoding\s*(?:=|TO)|NAMES)\s*'?([\w-]+)/i.exec(sql)?.[1]
      if (encoding && !/^(utf-?8|unicode|default)$/i.test(encoding))
        statement.refused = `the script is read as UTF-8, and not as ${encoding}; convert it, and this line`
      const conforming = /\bstandard_conforming_strings\b(?:\s|=|TO|'|,)*(\w+)/i.exec(sql)?.[1]
      if (conforming) this.#backslashes = /^(off|false|no|0)$/i.test(conforming)
    }
    return isCopyIn(words) ? takeRows(statement, end, text) : end
  }
}

function psqlCommand(text: string, at: number, end: number): string {
  const name = /^\\(?:[a-z_]+|.)?/i.exec(text.slice(at, end))![0]
  return `${name} is a command of psql, and no SQL`
}

function isFunction([create, ...rest]: string[]): boolean {
  if (create !== 'CREATE') return false
  const kind = rest[0] === 'OR' ? rest[2] : rest[0]
  return kind === 'FUNCTION' || kind === 'PROCEDURE'
}

function controlOf(words: string[]): Statement['control'] {
  const [first, second] = words
  if (first === 'BEGIN' || (first === 'START' && second === 'TRANSACTION')) return 'begin'
  if (first === 'PREPARE' && second === 'TRANSACTION') return 'end'
  if (first === 'ROLLBACK') return words.includes('TO') ? undefined : 'end'
  if (first === 'ABORT') return 'end'
  if (first !== 'COMMIT' && first !== 'END') return undefined
  const chained = words.includes('CHAIN') && !words.includes('NO')
  return chained || second === 'PREPARED' ? 'end' : 'commit'
}

function isSetting([first, second, third]: string[], sql: string): boolean {
  if (first === 'SET') return second !== 'CONSTRAINTS'
  return (
    first === 'RESET' || (first === 'SELECT' && /set_config/i.test(`${second} ${third} ${sql.slice(0, 60)}`))
  )
}

function isCopyIn(words: string[]): boolean {
  return words[0] === 'COPY' && words.some((name, index) => name === 'FROM' && words[index + 1] === 'STDIN')
}

const endOfRows = /^\\\.\r?$/gm

/** The rows begin on the next line and end before a line of `\.`. */
function takeRows(statement: Statement, end: number, text: string): number {
  const lineBreak = lineEnd(text, end)
  if (text.slice(end, lineBreak).trim() !== '') {
    statement.refused = 'something stands on the same line after COPY … FROM stdin'
    return end
  }
  endOfRows.lastIndex = lineBreak + 1
  const close = endOfRows.exec(text)
  if (close === null) {
    statement.refused = String.raw`the rows of COPY … FROM stdin never end: a line of \. is missing`
    return text.length
  }
  statement.data = text.slice(lineBreak + 1, close.index)
  return close.index + close[0].length
}
