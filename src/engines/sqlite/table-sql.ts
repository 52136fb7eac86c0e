/** What SQLite keeps of a table in its CREATE TABLE statement only. */
export interface TableSql {
  /** By column name in lower case. */
  columns: Map<string, { collation: string | null; autoincrement: boolean }>
  checks: { name: string | null; definition: string }[]
}

interface Token {
  kind: 'word' | 'name' | 'other'
  /** A name is without its quotes. */
  text: string
  depth: number
  start: number
  end: number
}

/**
 * Reads the text of each CHECK, and each column's COLLATE and AUTOINCREMENT
 * (https://www.sqlite.org/lang_createtable.html).
 */
export function readTableSql(sql: string): TableSql {
  const found: TableSql = { columns: new Map(), checks: [] }
  if (!/^\s*CREATE\s+(TEMP\w*\s+)?TABLE\b/i.test(sql)) return found
  const tokens = tokenize(sql)
  const isWord = (token: Token | undefined, word: string) =>
    token?.kind === 'word' && token.text.toUpperCase() === word
  for (const part of parts(tokens)) {
    for (const [index, token] of part.entries()) {
      if (token.depth !== 1 || !isWord(token, 'CHECK')) continue
      const close = part.slice(index + 2).find(one => one.depth === 1)
      const open = part[index + 1]
      if (!open || !close) continue
      const named = isWord(part[index - 2], 'CONSTRAINT') ? part[index - 1]!.text : null
      found.checks.push({ name: named, definition: sql.slice(open.end, close.start).trim() })
    }
    const [name] = part
    if (!name || (name.kind === 'word' && constraints.has(name.text.toUpperCase()))) continue
    const own = part.filter(({ depth }) => depth === 1)
    const collate = own.findIndex((token, index) => index > 0 && isWord(token, 'COLLATE'))
    found.columns.set(name.text.toLowerCase(), {
      collation: collate < 0 ? null : (own[collate + 1]?.text.toUpperCase() ?? null),
      autoincrement: own.some(token => isWord(token, 'AUTOINCREMENT')),
    })
  }
  return found
}

const constraints = new Set(['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN'])

/** The tokens between the commas of the first parentheses. */
function parts(tokens: Token[]): Token[][] {
  const found: Token[][] = [[]]
  for (const token of tokens.slice(tokens.findIndex(({ text }) => text === '(') + 1)) {
    if (token.depth === 0) break
    if (token.depth === 1 && token.kind === 'other' && token.text === ',') found.push([])
    else found.at(-1)!.push(token)
  }
  return found
}

const lexeme =
  /--[^\n]*|\/\*.*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\p{L}_$\u0080-\uffff][\p{L}\p{N}_$\u0080-\uffff]*|\s+|./gsu

function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let depth = 0
  for (const { 0: text, index } of sql.matchAll(lexeme)) {
    const place = { start: index, end: index + text.length }
    if (/^(\s|--|\/\*)/.test(text)) continue
    if (text === ')') depth--
    if (/^["`[']/.test(text) && text.length > 1)
      tokens.push({ kind: 'name', text: unquoted(text), depth, ...place })
    else if (/^[\p{L}_$\u0080-\uffff]/u.test(text)) tokens.push({ kind: 'word', text, depth, ...place })
    else tokens.push({ kind: 'other', text, depth, ...place })
    if (text === '(') depth++
  }
  return tokens
}

function unquoted(text: string): string {
  const quote = text.at(-1)!
  const inner = text.slice(1, -1)
  return quote === ']' ? inner : inner.replaceAll(quote + quote, quote)
}
