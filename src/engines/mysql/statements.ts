import type { Statement } from '../port/statement.ts'
import {
  blockComment,
  gapAt,
  lineEnd,
  matchAt,
  quoted,
  readStatements,
  type StatementReader,
  type Token,
} from '../statement-scanner.ts'

/** Splits a script as the mysql client does (https://dev.mysql.com/doc/refman/8.4/en/mysql-commands.html). */
export function splitStatements(text: string): Statement[] {
  return readStatements(text, new MysqlReader())
}

const lineComment = /#|--(?=\s|$)/y
const word = /[\w$\u0080-\uffff]+/y
/** What stands in such a comment is run by servers that are new enough, or are MariaDB. */
const executed = /\/\*M?!\d*/y
const delimiterLine = /DELIMITER[ \t]+(\S+)[^\n]*/iy
/** The first line of MariaDB's dumps forbids its client commands, which are all refused here. */
const sandbox = /\/\*M?!999999\\- [^\n]*?\*\/;?/y
const clientCommand = /(SOURCE|SYSTEM|TEE|NOTEE|PAGER)[ \t]+[^\s=]/iy

class MysqlReader implements StatementReader {
  #delimiter = ';'
  #backslashes = true

  tokenAt(text: string, at: number): Token {
    if (text.startsWith(this.#delimiter, at)) return { kind: 'end', end: at + this.#delimiter.length }
    const gap = gapAt(text, at, lineComment)
    if (gap) return gap
    const opening = matchAt(executed, text, at)
    if (opening !== null) return { kind: 'symbol', end: at + opening.length }
    if (text.startsWith('/*', at)) return blockComment(text, at, { nested: false })
    if (text.startsWith('*/', at)) return { kind: 'symbol', end: at + 2 }
    const first = text[at]!
    if (first === "'" || first === '"') return quoted(text, at, { backslashes: this.#backslashes })
    if (first === '`') return quoted(text, at, { backslashes: false })
    if (first === '\\') return afterBackslash(text, at)
    const name = matchAt(word, text, at)
    if (name === null) return { kind: 'symbol', end: at + 1 }
    // `END$$`: a word may hold what ends the statement.
    const cut = name.indexOf(this.#delimiter)
    return { kind: 'word', end: at + (cut > 0 ? cut : name.length) }
  }

  clientLine(text: string, at: number) {
    const mark = matchAt(sandbox, text, at)
    if (mark !== null) return { end: at + mark.length }
    delimiterLine.lastIndex = at
    const delimiter = delimiterLine.exec(text)
    if (delimiter !== null) {
      this.#delimiter = delimiter[1]!.replace(/^(['"`])(.+)\1$/, '$2')
      return { end: at + delimiter[0].length }
    }
    const command = matchAt(clientCommand, text, at)
    if (command === null) return null
    const name = command.split(/\s/)[0]!
    return { end: lineEnd(text, at), refused: `${name} is a command of the mysql client, and no SQL` }
  }

  finish(statement: Statement, words: string[], end: number): number {
    const { sql } = statement
    const [first, second] = words
    const control = controlOf(words, sql)
    if (control) statement.control = control
    else if (first === 'SET') {
      statement.setting = true
      const encoding = foreignEncoding(sql)
      if (encoding)
        statement.refused = `the script is read as UTF-8, and not as ${encoding}; convert it, and this line`
      if (/\bsql_mode\b\s*:?=/i.test(sql)) this.#backslashes = !/NO_BACKSLASH_ESCAPES/i.test(sql)
    } else if (first === 'USE') {
      statement.notice = `${sql.replace(/\s+/g, ' ')}: what follows is written to that database`
    } else if ((first === 'LOCK' || first === 'UNLOCK') && /^TABLES?$/.test(second ?? '')) {
      statement.skipped = 'it would commit what has run, and no transaction keeps such locks'
    } else if (first === 'LOAD' && words.includes('LOCAL')) {
      statement.refused = 'LOAD DATA LOCAL reads a file beside the client, which is not handed over'
    }
    return end
  }
}

/** `\g` and `\G` end a statement, `\N` is NULL to older servers; whatever else follows is for the client. */
function afterBackslash(text: string, at: number): Token {
  const next = text[at + 1] ?? ''
  if (/[gG]/.test(next)) return { kind: 'end', end: at + 2 }
  if (next === 'N') return { kind: 'symbol', end: at + 2 }
  return { kind: 'symbol', end: at + 1, refused: `\\${next} is a command of the mysql client, and no SQL` }
}

function controlOf(words: string[], sql: string): Statement['control'] {
  const [first, second] = words
  // BEGIN NOT ATOMIC begins a block of statements in MariaDB.
  if (first === 'BEGIN') return second === 'NOT' ? undefined : 'begin'
  if (first === 'START' && second === 'TRANSACTION') return 'begin'
  if (first === 'XA') return 'end'
  if (first === 'ROLLBACK') return words.includes('TO') ? undefined : 'end'
  if (first === 'COMMIT') return isContinued(words) ? 'end' : 'commit'
  if (first !== 'SET') return undefined
  const value = /\bautocommit\s*:?=\s*(\S+?)\s*(?:[,;]|\*\/|$)/i.exec(sql)?.[1]
  if (value === undefined) return undefined
  return /^(0|off|false)$/i.test(value) ? 'begin' : 'commit'
}

/** AND CHAIN begins another transaction, RELEASE ends the connection. */
function isContinued(words: string[]): boolean {
  return ['CHAIN', 'RELEASE'].some(name => words[words.indexOf(name) - 1] !== 'NO' && words.includes(name))
}

function foreignEncoding(sql: string): string | null {
  const found = /\b(?:NAMES|CHARACTER\s+SET|CHARSET|character_set_client\s*:?=)\s*'?([\w@]+)/i.exec(sql)?.[1]
  return found && !/^(utf8(mb[34])?|binary|default|@.*)$/i.test(found) ? found : null
}
