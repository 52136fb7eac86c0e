import { number } from './figures.ts'
import { legible, type Piece, type Shown, show } from './visible.ts'
import type { Label } from './wording.ts'

/** Prose for any place in GitHub flavoured Markdown, table cells included: it is shown and never interpreted. */
export function prose(text: string): string {
  return (
    legible(text)
      .replace(/[&<>|`*[\]~\\$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=\/\/)|(?<=\bwww)\./gi, entity)
      // The empty comment parts the sign from the name, so that no person is notified.
      .replace(/@(?=[A-Za-z0-9])/g, '&#64;<!-- -->')
      .replace(/\r?\n|\t/g, separator => (separator === '\t' ? ' ' : '<br>'))
  )
}

/** A name or a piece of a value, literally. */
export function code(text: string): string {
  const literal = legible(text).replace(/[\n\t]/g, character => (character === '\n' ? '\\n' : '\\t'))
  if (literal === '') return '<code></code>'
  if (/[`|\\<>&]|^ | $/.test(literal)) {
    return `<code>${literal.replace(/[^A-Za-z0-9 .,/=()-]/gu, entity)}</code>`
  }
  return `\`${literal}\``
}

/** A state as symbol and word. */
export function labelMarkdown(label: Label): string {
  return `${label.symbol} ${label.word}`
}

/** A value of a row, with its whitespace visible and NULL, no row and empty text told apart. */
export function value(shown: Shown): string {
  switch (shown.state) {
    case 'null':
      return '<kbd>NULL</kbd>'
    case 'absent':
      return '_no row_'
    case 'empty':
      return '<kbd>empty text</kbd>'
    case 'text':
      return `${leftOut(shown.before)}${shown.pieces.map(piece).join('')}${leftOut(shown.after)}`
  }
}

/** `id` = `7`, … */
export function keyOf(key: Record<string, string | null>): string {
  return (
    Object.entries(key)
      .map(([column, each]) => `${code(column)} = ${value(show(each))}`)
      .join(', ') || 'no key'
  )
}

/** A table; cells are Markdown already. Heads that end in `#` are figures and stand to the right. */
export function table(head: string[], rows: string[][]): string {
  const names = head.map(name => name.replace(/#$/, ''))
  const rule = head.map(name => (name.endsWith('#') ? '--:' : '---'))
  return [names, rule, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** A code block whose fence is longer than any run of backticks in it. */
export function sqlBlock(sql: string): string {
  const longest = Math.max(0, ...(sql.match(/`+/g) ?? []).map(run => run.length))
  const fence = '`'.repeat(Math.max(3, longest + 1))
  return `${fence}sql\n${legible(sql)}\n${fence}`
}

function piece({ text, mark, differs }: Piece): string {
  const inner = mark === undefined ? code(text) : `<kbd>${text}</kbd>`
  return differs ? `<b>${inner}</b>` : inner
}

function leftOut(characters: number): string {
  if (characters === 0) return ''
  return ` _(${number(characters)} ${characters === 1 ? 'character' : 'characters'} left out)_ `
}

function entity(character: string): string {
  return `&#${character.codePointAt(0)};`
}
