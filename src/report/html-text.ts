import { number } from './figures.ts'
import { legible, type Piece, type Shown } from './visible.ts'
import type { Label } from './wording.ts'

/** Text as HTML, safe in elements and in quoted attributes; hidden and reordering characters are spelled out. */
export function escapeHtml(text: string): string {
  return legible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('`', '&#96;')
}

/** A value of a row, with its whitespace visible and NULL, no row and empty text told apart. */
export function valueHtml(shown: Shown): string {
  switch (shown.state) {
    case 'null':
      return '<span class="null" title="SQL NULL">NULL</span>'
    case 'absent':
      return '<span class="absent">no row</span>'
    case 'empty':
      return '<span class="null" title="text of length 0">empty text</span>'
    case 'text':
      return `<span class="value">${leftOut(shown.before)}${shown.pieces.map(pieceHtml).join('')}${leftOut(shown.after)}</span>`
  }
}

function pieceHtml(piece: Piece): string {
  const text = escapeHtml(piece.text)
  const inner =
    piece.mark === undefined ? text : `<span class="mark" title="${escapeHtml(piece.mark)}">${text}</span>`
  return piece.differs ? `<b class="differs">${inner}</b>` : inner
}

function leftOut(characters: number): string {
  if (characters === 0) return ''
  return `<span class="cut">[${number(characters)} ${characters === 1 ? 'character' : 'characters'} left out]</span>`
}

/** A state as symbol and word. */
export function labelHtml(label: Label): string {
  return `<span class="label ${label.tone}"><span class="symbol" aria-hidden="true">${label.symbol}</span> ${label.word}</span>`
}

export function paragraph(text: string, kind?: 'lead' | 'none' | 'small'): string {
  return `<p${kind ? ` class="${kind}"` : ''}>${escapeHtml(text)}</p>`
}

export interface Head {
  text: string
  /** Right-aligned, with figures of equal width. */
  figure?: true
}

/** A table in a frame that scrolls sideways on narrow screens. `body` and `foot` are rows of HTML. */
export function tableHtml(caption: string, head: Head[], body: string[], foot = ''): string {
  const cells = head.map(
    cell => `<th scope="col"${cell.figure ? ' class="figure"' : ''}>${escapeHtml(cell.text)}</th>`,
  )
  return `<div class="scroll" role="group" aria-label="${escapeHtml(caption)}" tabindex="0"><table>
<caption>${escapeHtml(caption)}</caption>
<thead><tr>${cells.join('')}</tr></thead>
${body.join('\n')}
${foot && `<tfoot>${foot}</tfoot>`}</table></div>`
}

/** One row; the first cell is its header. */
export function row(header: string, cells: string[]): string {
  return `<tr><th scope="row">${header}</th>${cells.join('')}</tr>`
}

export function cell(html: string): string {
  return `<td>${html}</td>`
}

export function figure(value: number | null): string {
  return `<td class="figure">${value === null ? '<span class="absent">unknown</span>' : number(value)}</td>`
}

export function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`
}

/** SQL that a reader may copy. Open, so that it is on paper too. */
export function sqlHtml(title: string, statements: [side: string, sql: string][]): string {
  const blocks = statements.map(
    ([side, sql]) =>
      `${side && `<p class="side">${escapeHtml(side)}</p>`}<pre><code>${escapeHtml(sql)}</code></pre>`,
  )
  return `<details open><summary>${escapeHtml(title)}</summary>${blocks.join('')}</details>`
}
