import type { Difference } from '../model/finding.ts'
import { count, type DifferenceGroup, type Figures, number } from './figures.ts'
import { code, keyOf, labelMarkdown, prose, sqlBlock, table, value } from './markdown-text.ts'
import { showPair } from './visible.ts'
import { agreement, checkLabel, kindLabel, listedOf } from './wording.ts'

/** Takes the rows that fit, and a sentence about the rest. */
export type Listing = <T>(
  all: readonly T[],
  each: (item: T, index: number) => string[][],
) => { rows: string[][]; rest: string }

/** What the plan's rules excuse, a rule that excuses nothing too, and the losses it accepts. */
export function excusedMarkdown({ verify }: Figures, list: Listing): string {
  if (!verify) return ''
  const subject = (each: { table: string; column: string }) => code(`${each.table}.${each.column}`)
  const rules = list(verify.excused, each => [
    [subject(each), code(each.rule), number(each.rows), prose(each.reason)],
  ])
  const losses = list(verify.acceptedLosses, each => [[subject(each), prose(each.reason)]])
  const parts: string[] = []
  if (verify.excused.length > 0)
    parts.push(table(['Column', 'Rule', 'Rows#', 'Reason'], rules.rows) + rules.rest)
  if (verify.acceptedLosses.length > 0)
    parts.push(table(['Compared as rounded', 'Reason'], losses.rows) + losses.rest)
  return parts.join('\n\n')
}

/** The listed differences, grouped by table, with their SQL folded away. */
export function differencesMarkdown({ verify }: Figures, list: Listing): string {
  if (!verify || verify.groups.length === 0) return ''
  const kinds = Object.values(kindLabel).map(label => `${labelMarkdown(label)}: ${label.meaning}`)
  const key = `${kinds.join('; ')}. <kbd>NULL</kbd> is SQL NULL, <kbd>·</kbd> space, <kbd>TAB</kbd> tab, <kbd>LF</kbd> line feed, <kbd>CR</kbd> carriage return; **bold** where the sides part.`
  return [key, ...verify.groups.map(group => groupMarkdown(group, list))].join('\n\n')
}

function groupMarkdown({ table: name, differences, counted }: DifferenceGroup, list: Listing): string {
  const all = differences.length === counted
  const title = `### ${code(name)}: ${all ? count(counted, 'difference') : listedOf(differences.length, counted)}`
  if (differences.length === 0) return title
  const { rows, rest } = list(differences, differenceRows)
  const sql = list(differences, (difference, index) => [[sqlOf(difference, index)]])
  return `${title}

${table(['Row#', 'Difference', 'Column', 'Source', 'Target'], rows)}${rest}

<details><summary>SQL that shows these rows</summary>

${sql.rows.flat().join('\n\n')}

</details>`
}

function differenceRows(difference: Difference, index: number): string[][] {
  const note = difference.note === undefined ? '' : `<br>${prose(difference.note)}`
  const head = `${labelMarkdown(kindLabel[difference.kind])} ${keyOf(difference.key)}${note}`
  const columns = Object.entries(difference.columns)
  if (columns.length === 0) return [[String(index + 1), head, '', '', '']]
  return columns.map(([column, values], at) => {
    const pair = showPair(difference.kind, values)
    const first = at === 0 ? [String(index + 1), head] : ['', '']
    return [...first, code(column), value(pair.source), value(pair.target)]
  })
}

function sqlOf({ sql }: Difference, index: number): string {
  return `Row ${index + 1}, source:\n\n${sqlBlock(sql.source)}\n\nRow ${index + 1}, target:\n\n${sqlBlock(sql.target)}`
}

/** Every check, failed ones first, with the SQL of each folded away. */
export function checksMarkdown({ verify }: Figures, list: Listing): string {
  if (!verify || verify.checks.length === 0) return ''
  const { rows, rest } = list(verify.checks, (check, index) => [
    [
      String(index + 1),
      prose(check.check.replaceAll('_', ' ')),
      code(check.column === undefined ? check.table : `${check.table}.${check.column}`),
      labelMarkdown(checkLabel[check.status]),
      check.found === null ? '_unknown_' : number(check.found),
      prose(check.detail),
    ],
  ])
  const sql = list(verify.checks, (check, index) =>
    check.sql === undefined ? [] : [[`Check ${index + 1}:\n\n${sqlBlock(check.sql)}`]],
  )
  const statements = `\n\n<details><summary>SQL of the checks</summary>\n\n${sql.rows.flat().join('\n\n')}\n\n</details>`
  const head = ['No.#', 'Check', 'On', 'Status', 'Found#', 'Detail']
  return table(head, rows) + rest + (sql.rows.length === 0 ? '' : statements)
}

/** Every compared table with both sides, those that differ first. */
export function tablesMarkdown({ verify }: Figures, list: Listing): string {
  if (!verify || verify.tables.length === 0) return ''
  const { rows, rest } = list(verify.tables, each => [
    [
      code(each.table),
      labelMarkdown(agreement(each.agrees)),
      number(each.source_rows),
      number(each.target_rows),
      code(each.source_checksum),
      code(each.target_checksum),
      ...[each.matched, each.missing, each.extra, each.changed, each.excused_rows].map(number),
      each.strategy,
      each.hashed,
      number(each.ms),
    ],
  ])
  const { totals } = verify
  const sums = [totals.matched, totals.missing, totals.extra, totals.changed, totals.excused_rows].map(number)
  const both = [number(totals.source_rows), number(totals.target_rows)]
  const head = [
    'Table',
    'Result',
    'Source rows#',
    'Target rows#',
    'Source checksum',
    'Target checksum',
    'Matched#',
    'Missing#',
    'Extra#',
    'Changed#',
    'Excused#',
    'Paired by',
    'Hashed',
    'ms#',
  ]
  return (
    table(head, [...rows, ['**All tables**', '', ...both, '', '', ...sums, '', '', number(totals.ms)]]) + rest
  )
}
