import { coverageChart } from './charts.ts'
import type { Figures } from './figures.ts'
import { cell, code, escapeHtml, figure, labelHtml, row, tableHtml } from './html-text.ts'
import type { ReportModel } from './model.ts'
import { acceptance, criterionLabel } from './wording.ts'

/** Every criterion in the order of the gate, with its status and reason; empty where there is none. */
export function criteriaHtml({ gate }: ReportModel): string {
  if (gate.criteria.length === 0) return ''
  const rows = gate.criteria.map(each =>
    row(escapeHtml(each.criterion), [
      cell(labelHtml(criterionLabel[each.status])),
      cell(`<span class="prose">${escapeHtml(each.reason)}</span>`),
    ]),
  )
  return tableHtml(
    'Criteria of the gate',
    [{ text: 'Criterion' }, { text: 'Status' }, { text: 'Reason' }],
    rows,
  )
}

/** One line per required approval to be filled in by hand. */
export function approvalsHtml({ gate }: ReportModel): string {
  if (gate.approvals_required.length === 0) return ''
  const line = '<td class="sign-here"></td>'
  const rows = gate.approvals_required.map(role => row(escapeHtml(role), [line, line, line]))
  const head = [{ text: 'Approval' }, { text: 'Name' }, { text: 'Signature' }, { text: 'Date' }]
  return `<div class="approvals">${tableHtml('Approvals to be signed', head, rows)}</div>`
}

/** What becomes of each subject of the source: mapped, archived, ignored with the reason. */
export function coverageHtml({ coverage }: ReportModel): string {
  const { mapped, archived, ignored } = coverage
  const parts = [coverageChart(coverage)]
  if (mapped.length > 0) {
    const rows = mapped.map(each => row(code(each.source), [cell(code(each.target)), figure(each.columns)]))
    const head = [
      { text: 'Source table' },
      { text: 'Target table' },
      { text: 'Columns', figure: true as const },
    ]
    parts.push(tableHtml('Mapped', head, rows))
  }
  if (ignored.length > 0) {
    const rows = ignored.map(each =>
      row(code(each.subject), [cell(`<span class="prose">${escapeHtml(each.reason)}</span>`)]),
    )
    parts.push(tableHtml('Ignored by the plan', [{ text: 'Subject' }, { text: 'Reason' }], rows))
  }
  if (archived.length > 0) {
    const items = archived.map(name => `<li>${code(name)}</li>`)
    parts.push(`<h3>Archived</h3><ul class="names">${items.join('')}</ul>`)
  }
  return parts.join('\n')
}

/** Subjects without evidence, those nobody accepted first. */
export function notCoveredHtml({ notCovered }: Figures): string {
  if (notCovered.length === 0) return ''
  const rows = notCovered.map(each =>
    row(escapeHtml(each.subject), [
      cell(`<span class="prose">${escapeHtml(each.reason)}</span>`),
      cell(
        labelHtml(acceptance(each.accepted !== undefined)) +
          (each.accepted === undefined ? '' : `<br><span class="prose">${escapeHtml(each.accepted)}</span>`),
      ),
    ]),
  )
  const head = [{ text: 'Subject' }, { text: 'Why there is no evidence' }, { text: 'Accepted by the plan' }]
  return tableHtml('Not checked', head, rows)
}
