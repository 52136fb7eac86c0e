import { type Figures, figuresOf } from './figures.ts'
import { approvalsHtml, coverageHtml, criteriaHtml, notCoveredHtml } from './html-decision.ts'
import { fidelityHtml, ledgerHtml, quarantinedHtml } from './html-migrate.ts'
import { styleSheet } from './html-style.ts'
import { code, escapeHtml, paragraph } from './html-text.ts'
import { checksHtml, differencesHtml, excusedHtml, tablesHtml } from './html-verify.ts'
import type { ReportModel, RunTimes } from './model.ts'
import {
  headings,
  noMigrateRun,
  noVerifyRun,
  openings,
  type SectionId,
  verdictLabel,
  verdictMeaning,
} from './wording.ts'

/**
 * The report as one HTML file that needs neither network nor script. Values are escaped, and the page forbids
 * the browser to load or run anything at all. Equal models give equal bytes.
 */
export function renderHtml(model: ReportModel): string {
  const figures = figuresOf(model)
  const bodies: Record<SectionId, string> = {
    criteria: criteriaHtml(model),
    approvals: approvalsHtml(model),
    coverage: coverageHtml(model),
    notCovered: notCoveredHtml(figures),
    excused: excusedHtml(figures),
    differences: differencesHtml(figures),
    checks: checksHtml(figures),
    tables: tablesHtml(figures),
    ledger: ledgerHtml(model, figures),
    fidelity: fidelityHtml(model),
    quarantined: quarantinedHtml(model),
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(`${model.gate.verdict}: ${model.plan}`)}</title>
<style>${styleSheet}</style>
</head>
<body>
${header(model)}
<main>
${verdict(model)}
${sections(model, figures, bodies)}
</main>
<footer><p>Report of plan ${code(model.plan)}, generated ${time(model.generated_at)} by paritygate.</p></footer>
</body>
</html>
`
}

function header(model: ReportModel): string {
  const links = Object.entries(headings).map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`)
  const facts: [string, string][] = [
    ['Source', code(model.source)],
    ['Target', code(model.target)],
    ['Migrate', run(model.migrate)],
    ['Verify', run(model.verify)],
    ['Decided', time(model.gate.decided_at)],
    ['Report', time(model.generated_at)],
  ]
  return `<header>
<h1><span class="what">Cutover report</span> ${escapeHtml(model.plan)}</h1>
<dl class="facts">${facts.map(([term, html]) => `<div><dt>${term}</dt><dd>${html}</dd></div>`).join('')}</dl>
<nav aria-label="Sections"><ul>${links.join('')}</ul></nav>
</header>`
}

function verdict(model: ReportModel): string {
  const label = verdictLabel[model.gate.verdict]
  return `<section class="verdict ${label.tone}" aria-labelledby="verdict">
<p class="sign" aria-hidden="true">${label.symbol}</p>
<div><h2 id="verdict"><span class="hidden">Verdict: </span>${label.word}</h2>
${paragraph(verdictMeaning[model.gate.verdict])}</div>
</section>`
}

function sections(model: ReportModel, figures: Figures, bodies: Record<SectionId, string>): string {
  return Object.entries(openings(model, figures))
    .map(([key, opening]) => {
      const id = key as SectionId
      const noRun = opening === noVerifyRun || opening === noMigrateRun
      return `<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${headings[id]}</h2>
${paragraph(opening, noRun ? 'none' : 'lead')}
${bodies[id]}
</section>`
    })
    .join('\n')
}

function run(times: RunTimes | null): string {
  if (times === null) return '<strong>no run in the state</strong>'
  return `${time(times.started_at)} to ${time(times.finished_at)}`
}

function time(iso: string): string {
  const readable = iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2 UTC')
  return `<time datetime="${escapeHtml(iso)}">${escapeHtml(readable)}</time>`
}
