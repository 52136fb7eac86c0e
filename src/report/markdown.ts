import { type Figures, figuresOf, number } from './figures.ts'
import { code, keyOf, labelMarkdown, prose, table, value } from './markdown-text.ts'
import {
  checksMarkdown,
  differencesMarkdown,
  excusedMarkdown,
  type Listing,
  tablesMarkdown,
} from './markdown-verify.ts'
import type { ReportModel, RunTimes } from './model.ts'
import { show } from './visible.ts'
import {
  acceptance,
  balance,
  criterionLabel,
  headings,
  openings,
  type SectionId,
  verdictLabel,
  verdictMeaning,
} from './wording.ts'

/** GitHub refuses longer comments. */
const LONGEST = 65_536

/**
 * The report in GitHub flavoured Markdown, in the order of the HTML report. Where it would be too long for a
 * comment the lists below the approvals are cut, each saying how many of its rows are left out.
 */
export function renderMarkdown(model: ReportModel): string {
  const figures = figuresOf(model)
  let text = ''
  for (const limit of [Number.POSITIVE_INFINITY, 100, 30, 10, 3]) {
    text = render(model, figures, limit)
    if (text.length <= LONGEST) break
  }
  return text
}

function render(model: ReportModel, figures: Figures, limit: number): string {
  const list: Listing = (all, each) => {
    const left = all.length - Math.min(all.length, limit)
    return {
      rows: all.slice(0, limit).flatMap(each),
      rest: left === 0 ? '' : `\n\n_${number(left)} more in the HTML and JSON reports._`,
    }
  }
  const bodies: Record<SectionId, string> = {
    criteria: criteria(model),
    approvals: approvals(model),
    coverage: coverage(model, list),
    notCovered: notCovered(figures, list),
    excused: excusedMarkdown(figures, list),
    differences: differencesMarkdown(figures, list),
    checks: checksMarkdown(figures, list),
    tables: tablesMarkdown(figures, list),
    ledger: ledger(model, figures, list),
    fidelity: fidelity(model, list),
    quarantined: quarantined(model, list),
  }
  const sections = Object.entries(openings(model, figures)).map(([key, opening]) => {
    const id = key as SectionId
    return [`## ${headings[id]}`, prose(opening), bodies[id]].filter(Boolean).join('\n\n')
  })
  return `${[head(model), ...sections].join('\n\n')}\n`
}

function head(model: ReportModel): string {
  const { gate } = model
  return `# ${labelMarkdown(verdictLabel[gate.verdict])}: cutover of ${code(model.plan)}

**${verdictMeaning[gate.verdict]}**

${table(
  ['', ''],
  [
    ['Source', code(model.source)],
    ['Target', code(model.target)],
    ['Migrate', run(model.migrate)],
    ['Verify', run(model.verify)],
    ['Decided', prose(gate.decided_at)],
    ['Report', prose(model.generated_at)],
  ],
)}`
}

function run(times: RunTimes | null): string {
  if (times === null) return '**no run in the state**'
  return `${prose(times.started_at)} to ${prose(times.finished_at)}`
}

function criteria({ gate }: ReportModel): string {
  if (gate.criteria.length === 0) return ''
  const rows = gate.criteria.map(each => [
    prose(each.criterion),
    labelMarkdown(criterionLabel[each.status]),
    prose(each.reason),
  ])
  return table(['Criterion', 'Status', 'Reason'], rows)
}

function approvals({ gate }: ReportModel): string {
  if (gate.approvals_required.length === 0) return ''
  const rows = gate.approvals_required.map(role => [prose(role), '', '', ''])
  return table(['Approval', 'Name', 'Signature', 'Date'], rows)
}

function coverage({ coverage: { mapped, archived, ignored } }: ReportModel, list: Listing): string {
  const tables = list(mapped, each => [[code(each.source), code(each.target), number(each.columns)]])
  const reasons = list(ignored, each => [[code(each.subject), prose(each.reason)]])
  const names = list(archived, each => [[code(each)]])
  const parts: string[] = []
  if (mapped.length > 0) {
    parts.push(table(['Source table', 'Target table', 'Columns#'], tables.rows) + tables.rest)
  }
  if (ignored.length > 0) parts.push(table(['Ignored by the plan', 'Reason'], reasons.rows) + reasons.rest)
  if (archived.length > 0) parts.push(`Archived: ${names.rows.flat().join(', ')}${names.rest}`)
  return parts.join('\n\n')
}

function notCovered({ notCovered: all }: Figures, list: Listing): string {
  if (all.length === 0) return ''
  const { rows, rest } = list(all, each => [
    [
      prose(each.subject),
      prose(each.reason),
      labelMarkdown(acceptance(each.accepted !== undefined)) +
        (each.accepted === undefined ? '' : `: ${prose(each.accepted)}`),
    ],
  ])
  return table(['Subject', 'Why there is no evidence', 'Accepted by the plan'], rows) + rest
}

/** The files a migration was made of, by their contents, and what ran beside the copying. */
function ran({ plan_file, work = [] }: NonNullable<ReportModel['migrate']>): string {
  const plan = plan_file ? [['Plan', code(plan_file.path), code(plan_file.sha256), '', '']] : []
  const rows = work.flatMap(({ phase, subject, status, files, notices, ms }) => {
    const first = [
      prose(`Phase ${phase}: ${subject}`),
      '',
      '',
      prose([status, ...notices].join('; ')),
      number(ms),
    ]
    return [first, ...files.map(({ path, sha256 }) => ['', code(path), code(sha256), '', ''])]
  })
  if (plan.length + rows.length === 0) return ''
  return table(['What ran', 'File', 'SHA-256', 'Outcome', 'ms#'], [...plan, ...rows])
}

function ledger({ migrate }: ReportModel, { ledger: figures }: Figures, list: Listing): string {
  if (!migrate || !figures) return ''
  const parts: string[] = []
  if (figures.entries.length > 0) {
    const { rows, rest } = list(figures.entries, entry => [
      [
        code(entry.table),
        ...[entry.read, entry.written, entry.quarantined, entry.excluded].map(number),
        labelMarkdown(balance(entry.balanced)) +
          (entry.balanced ? '' : `, ${number(entry.unaccounted)} unaccounted for`),
        entry.status,
        number(entry.ms),
      ],
    ])
    const { totals } = figures
    const sums = [totals.read, totals.written, totals.quarantined, totals.excluded].map(number)
    const head = ['Table', 'Read#', 'Written#', 'Quarantined#', 'Excluded#', 'Balance', 'Status', 'ms#']
    parts.push(table(head, [...rows, ['**All tables**', ...sums, '', '', number(totals.ms)]]) + rest)
  }
  const created = list(migrate.created, each => [[code(each)]])
  if (migrate.created.length > 0) {
    parts.push(`Created in the target: ${created.rows.flat().join(', ')}${created.rest}`)
  }
  for (const { table: name, sources } of figures.entries) {
    const from = sources?.map(one => `${number(one.kept)} of ${number(one.read)} from ${code(one.name)}`)
    if (from) parts.push(`${code(name)}: ${from.join(', ')}`)
  }
  parts.push(ran(migrate))
  return parts.filter(Boolean).join('\n\n')
}

function fidelity({ migrate }: ReportModel, list: Listing): string {
  if (!migrate || migrate.fidelity.length === 0) return ''
  const { rows, rest } = list(migrate.fidelity, each => [
    [code(each.table), each.column === null ? 'whole table' : code(each.column), prose(each.note)],
  ])
  return table(['Table', 'Column', 'Note'], rows) + rest
}

function quarantined({ quarantined: all, migrate }: ReportModel, list: Listing): string {
  const { rows, rest } = list(all, each => [
    [
      code(each.table),
      keyOf(each.key),
      each.column === null ? 'not named' : code(each.column),
      prose(each.reason),
      Object.entries(each.row)
        .map(([column, text]) => `${code(column)} = ${value(show(text))}`)
        .join('<br>'),
    ],
  ])
  return [
    migrate?.quarantine_file ? `All of them are in ${code(migrate.quarantine_file)}.` : '',
    all.length === 0 ? '' : table(['Table', 'Key', 'Column', 'Reason', 'Row'], rows) + rest,
  ]
    .filter(Boolean)
    .join('\n\n')
}
