import type { CheckResult, Difference } from '../model/finding.ts'
import { tablesChart } from './charts.ts'
import {
  count,
  type DifferenceGroup,
  type Figures,
  number,
  type TableFigures,
  type VerifyFigures,
} from './figures.ts'
import {
  cell,
  code,
  escapeHtml,
  figure,
  labelHtml,
  paragraph,
  row,
  sqlHtml,
  tableHtml,
  valueHtml,
} from './html-text.ts'
import { show, showPair } from './visible.ts'
import { agreement, checkLabel, kindLabel, listedOf } from './wording.ts'

/** What the plan's rules excuse, a rule that excuses nothing too, and the losses it accepts. */
export function excusedHtml({ verify }: Figures): string {
  if (!verify) return ''
  const reason = (text: string) => cell(`<span class="prose">${escapeHtml(text)}</span>`)
  const subject = (each: { table: string; column: string }) => code(`${each.table}.${each.column}`)
  const rules = verify.excused.map(each =>
    row(subject(each), [cell(code(each.rule)), figure(each.rows), reason(each.reason)]),
  )
  const losses = verify.acceptedLosses.map(each => row(subject(each), [reason(each.reason)]))
  const head = [
    { text: 'Column' },
    { text: 'Rule' },
    { text: 'Rows', figure: true as const },
    { text: 'Reason' },
  ]
  return [
    rules.length === 0 ? '' : tableHtml('Excused by rules', head, rules),
    losses.length === 0
      ? ''
      : tableHtml('Compared as rounded', [{ text: 'Compared as rounded' }, { text: 'Reason' }], losses),
  ].join('\n')
}

/** The listed differences, grouped by table; empty where none was counted. */
export function differencesHtml({ verify }: Figures): string {
  if (!verify || verify.groups.length === 0) return ''
  return [differencesKey(), ...verify.groups.map(groupHtml)].join('\n')
}

function differencesKey(): string {
  const kinds = Object.values(kindLabel).map(label => `<li>${labelHtml(label)}: ${label.meaning}</li>`)
  const marks = [
    [show(null), 'SQL NULL'],
    [show(''), 'text of length 0'],
    [show(' '), 'space'],
    [show('\t'), 'tab'],
    [show('\n'), 'line feed'],
    [show('\r'), 'carriage return'],
  ] as const
  const shown = marks.map(([value, meaning]) => `<li>${valueHtml(value)} ${meaning}</li>`)
  return `<div class="key"><p class="side">How to read the values</p><ul>${kinds.join('')}</ul>
<ul>${shown.join('')}<li><b class="differs">underlined</b> where the sides part</li></ul></div>`
}

function groupHtml({ table, differences, counted }: DifferenceGroup): string {
  const all = differences.length === counted
  const listed = all ? count(counted, 'difference') : `${listedOf(differences.length, counted)}`
  return `<h3>${code(table)} <span class="aside">${listed}</span></h3>
${differences.map(differenceHtml).join('\n')}`
}

function differenceHtml(difference: Difference): string {
  const columns = Object.entries(difference.columns)
  const rows = columns.map(([column, values]) => {
    const pair = showPair(difference.kind, values)
    return row(code(column), [cell(valueHtml(pair.source)), cell(valueHtml(pair.target))])
  })
  const head = [{ text: 'Column' }, { text: 'Source' }, { text: 'Target' }]
  return `<article class="difference">
<h4>${labelHtml(kindLabel[difference.kind])} ${keyHtml(difference.key)}</h4>
${difference.note === undefined ? '' : paragraph(difference.note, 'small')}
${rows.length === 0 ? '' : tableHtml('Columns of this row', head, rows)}
${sqlHtml('SQL that shows this row', [
  ['Source', difference.sql.source],
  ['Target', difference.sql.target],
])}
</article>`
}

/** `id = 7`; a multiset table has rows without a key. */
export function keyHtml(key: Record<string, string | null>): string {
  const parts = Object.entries(key).map(([column, value]) => `${code(column)} = ${valueHtml(show(value))}`)
  return `<span class="row-key">${parts.join(', ') || 'no key'}</span>`
}

/** Every check, failed ones first; empty where none ran. */
export function checksHtml({ verify }: Figures): string {
  if (!verify || verify.checks.length === 0) return ''
  const head = [
    { text: 'Check' },
    { text: 'On' },
    { text: 'Status' },
    { text: 'Found', figure: true as const },
    { text: 'Detail' },
  ]
  return tableHtml('Checks', head, verify.checks.map(checkRow))
}

function checkRow(check: CheckResult): string {
  const subject = check.column === undefined ? check.table : `${check.table}.${check.column}`
  const sql = check.sql === undefined ? '' : sqlHtml('SQL', [['', check.sql]])
  return row(escapeHtml(check.check.replaceAll('_', ' ')), [
    cell(code(subject)),
    cell(labelHtml(checkLabel[check.status])),
    figure(check.found),
    cell(`<span class="prose">${escapeHtml(check.detail)}</span>${sql}`),
  ])
}

/** Chart and table of every compared table with both sides; empty where none was compared. */
export function tablesHtml({ verify }: Figures): string {
  if (!verify || verify.tables.length === 0) return ''
  const head = [
    { text: 'Table' },
    { text: 'Side' },
    { text: 'Rows', figure: true as const },
    { text: 'Checksum' },
    { text: 'Matched', figure: true as const },
    { text: 'Missing', figure: true as const },
    { text: 'Extra', figure: true as const },
    { text: 'Changed', figure: true as const },
    { text: 'Excused', figure: true as const },
    { text: 'Paired by' },
    { text: 'Hashed' },
    { text: 'ms', figure: true as const },
  ]
  const bodies = verify.tables.map(tableBody)
  return `${tablesChart(verify)}\n${tableHtml('Compared tables', head, bodies, totalsRows(verify))}`
}

function tableBody(table: TableFigures): string {
  const name = `${code(table.table)}<br>${labelHtml(agreement(table.agrees))}`
  return `<tbody><tr><th scope="rowgroup" rowspan="2">${name}</th>
<th scope="row">source</th>${figure(table.source_rows)}<td>${code(table.source_checksum)}</td>
${countCells(table)}${spanning(escapeHtml(table.strategy))}${spanning(escapeHtml(table.hashed))}${spanningFigure(table.ms)}</tr>
<tr><th scope="row">target</th>${figure(table.target_rows)}<td>${code(table.target_checksum)}</td></tr></tbody>`
}

function totalsRows({ totals }: VerifyFigures): string {
  return `<tr><th scope="rowgroup" rowspan="2">All tables</th><th scope="row">source</th>${figure(totals.source_rows)}<td></td>
${countCells(totals)}${spanning('')}${spanning('')}${spanningFigure(totals.ms)}</tr>
<tr><th scope="row">target</th>${figure(totals.target_rows)}<td></td></tr>`
}

function countCells(of: VerifyFigures['totals']): string {
  return [of.matched, of.missing, of.extra, of.changed, of.excused_rows].map(spanningFigure).join('')
}

function spanning(html: string): string {
  return `<td rowspan="2">${html}</td>`
}

function spanningFigure(value: number): string {
  return `<td rowspan="2" class="figure">${number(value)}</td>`
}
