import { ledgerChart } from './charts.ts'
import { type Figures, number } from './figures.ts'
import { cell, code, escapeHtml, figure, labelHtml, row, tableHtml, valueHtml } from './html-text.ts'
import { keyHtml } from './html-verify.ts'
import type { ReportModel } from './model.ts'
import { show } from './visible.ts'
import { balance } from './wording.ts'

/** Chart, ledger and created tables of the migrate run; empty where there is none. */
export function ledgerHtml({ migrate }: ReportModel, { ledger }: Figures): string {
  if (!migrate || !ledger) return ''
  const created = migrate.created.map(name => `<li>${code(name)}</li>`)
  const list = `<h3>Created in the target</h3><ul class="names">${created.join('')}</ul>`
  return `${ledgerTable(ledger)}${unionsHtml(ledger)}${created.length === 0 ? '' : list}${ranHtml(migrate)}`
}

/** Which of its sources the rows of a union came from. */
function unionsHtml(ledger: NonNullable<Figures['ledger']>): string {
  const unions = ledger.entries.flatMap(({ table, sources }) => {
    const from = sources?.map(one => `${number(one.kept)} of ${number(one.read)} from ${code(one.name)}`)
    return from ? [`<li>${code(table)}: ${from.join(', ')}</li>`] : []
  })
  return unions.length === 0
    ? ''
    : `<h3>Made of several sources</h3><ul class="names">${unions.join('')}</ul>`
}

/** The files a migration was made of, by their contents, and what ran beside the copying. */
function ranHtml({ plan_file, work = [] }: NonNullable<ReportModel['migrate']>): string {
  const plan = plan_file
    ? [row('Plan', [cell(code(plan_file.path)), cell(code(plan_file.sha256)), cell(''), cell('')])]
    : []
  const rows = work.flatMap(({ phase, subject, status, files, notices, ms }) => [
    row(escapeHtml(`Phase ${phase}: ${subject}`), [
      cell(''),
      cell(''),
      cell(`<span class="prose">${escapeHtml([status, ...notices].join('; '))}</span>`),
      figure(ms),
    ]),
    ...files.map(({ path, sha256 }) => row('', [cell(code(path)), cell(code(sha256)), cell(''), cell('')])),
  ])
  if (plan.length + rows.length === 0) return ''
  const head = [
    { text: 'What ran' },
    { text: 'File' },
    { text: 'SHA-256' },
    { text: 'Outcome' },
    { text: 'ms', figure: true as const },
  ]
  return tableHtml('What ran', head, [...plan, ...rows])
}

function ledgerTable(ledger: NonNullable<Figures['ledger']>): string {
  if (ledger.entries.length === 0) return ''
  const head = [
    { text: 'Table' },
    { text: 'Read', figure: true as const },
    { text: 'Written', figure: true as const },
    { text: 'Quarantined', figure: true as const },
    { text: 'Excluded', figure: true as const },
    { text: 'Balance' },
    { text: 'Status' },
    { text: 'ms', figure: true as const },
  ]
  const rows = ledger.entries.map(entry =>
    row(code(entry.table), [
      ...[entry.read, entry.written, entry.quarantined, entry.excluded].map(figure),
      cell(
        labelHtml(balance(entry.balanced)) +
          (entry.balanced ? '' : `<br>${number(entry.unaccounted)} unaccounted for`),
      ),
      cell(escapeHtml(entry.status)),
      figure(entry.ms),
    ]),
  )
  const { totals } = ledger
  const foot = row('All tables', [
    ...[totals.read, totals.written, totals.quarantined, totals.excluded].map(figure),
    cell(''),
    cell(''),
    figure(totals.ms),
  ])
  return `${ledgerChart(ledger)}\n${tableHtml('What became of every row', head, rows, foot)}`
}

/** What could not be carried over exactly; empty where nothing was noted. */
export function fidelityHtml({ migrate }: ReportModel): string {
  if (!migrate || migrate.fidelity.length === 0) return ''
  const rows = migrate.fidelity.map(each =>
    row(code(each.table), [
      cell(each.column === null ? 'whole table' : code(each.column)),
      cell(`<span class="prose">${escapeHtml(each.note)}</span>`),
    ]),
  )
  return tableHtml('Losses and decisions', [{ text: 'Table' }, { text: 'Column' }, { text: 'Note' }], rows)
}

/** The listed quarantined rows, each with its reason and every value. */
export function quarantinedHtml({ quarantined, migrate }: ReportModel): string {
  const file = migrate?.quarantine_file
  const rows = quarantined.map(each => {
    const values = Object.entries(each.row).map(
      ([column, value]) => `<div><dt>${code(column)}</dt><dd>${valueHtml(show(value))}</dd></div>`,
    )
    return row(code(each.table), [
      cell(keyHtml(each.key)),
      cell(each.column === null ? 'not named' : code(each.column)),
      cell(
        `<span class="prose">${escapeHtml(each.reason)}</span><dl class="row-values">${values.join('')}</dl>`,
      ),
    ])
  })
  const head = [{ text: 'Table' }, { text: 'Key' }, { text: 'Column' }, { text: 'Reason and row' }]
  return [
    file ? `<p>All of them are in ${code(file)}.</p>` : '',
    rows.length === 0 ? '' : tableHtml('Quarantined', head, rows),
  ].join('\n')
}
