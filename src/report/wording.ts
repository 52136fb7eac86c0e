import type { CheckResult, Difference } from '../model/finding.ts'
import type { CriterionResult, Verdict } from '../model/verdict.ts'
import { count, type Figures, number, type VerifyFigures } from './figures.ts'
import type { ReportModel } from './model.ts'

/** Each state has a symbol and a word, so that no rendering depends on colour. */
export interface Label {
  symbol: string
  word: string
  tone: 'good' | 'bad' | 'open'
}

export const verdictMeaning: Record<Verdict, string> = {
  GO: 'Every criterion of the gate is met.',
  'NO-GO': 'Do not cut over: the gate is not met.',
  INCONCLUSIVE: 'No decision: evidence is missing, and missing evidence is never a pass.',
}

export const verdictLabel: Record<Verdict, Label> = {
  GO: { symbol: '✓', word: 'GO', tone: 'good' },
  'NO-GO': { symbol: '✕', word: 'NO-GO', tone: 'bad' },
  INCONCLUSIVE: { symbol: '?', word: 'INCONCLUSIVE', tone: 'open' },
}

export const criterionLabel: Record<CriterionResult['status'], Label> = {
  met: { symbol: '✓', word: 'met', tone: 'good' },
  'not met': { symbol: '✕', word: 'not met', tone: 'bad' },
  'no evidence': { symbol: '?', word: 'no evidence', tone: 'open' },
}

export const checkLabel: Record<CheckResult['status'], Label> = {
  pass: { symbol: '✓', word: 'pass', tone: 'good' },
  fail: { symbol: '✕', word: 'fail', tone: 'bad' },
  not_run: { symbol: '?', word: 'not run', tone: 'open' },
}

export const kindLabel: Record<Difference['kind'], Label & { meaning: string }> = {
  missing: { symbol: '−', word: 'missing', tone: 'bad', meaning: 'in the source, not in the target' },
  extra: { symbol: '+', word: 'extra', tone: 'bad', meaning: 'in the target, not in the source' },
  changed: { symbol: '≠', word: 'changed', tone: 'bad', meaning: 'on both sides, with unequal values' },
}

export const agreement = (agrees: boolean): Label =>
  agrees ? { symbol: '✓', word: 'agrees', tone: 'good' } : { symbol: '✕', word: 'differs', tone: 'bad' }

export const balance = (balanced: boolean): Label =>
  balanced
    ? { symbol: '✓', word: 'balanced', tone: 'good' }
    : { symbol: '✕', word: 'not balanced', tone: 'bad' }

export const acceptance = (accepted: boolean): Label =>
  accepted
    ? { symbol: '✓', word: 'accepted', tone: 'good' }
    : { symbol: '!', word: 'not accepted', tone: 'bad' }

export const noVerifyRun =
  'No verify run is in the state. The two sides were not compared; no evidence is never a pass.'

export const noMigrateRun =
  'No migrate run is in the state. There is no record of what became of the rows; no evidence is never a pass.'

export const headings = {
  criteria: 'Reasons',
  approvals: 'Required approvals',
  coverage: 'Coverage',
  notCovered: 'What was not checked',
  excused: 'What was excused',
  differences: 'Differences',
  checks: 'Checks',
  tables: 'Tables',
  ledger: 'Ledger',
  fidelity: 'Fidelity notes',
  quarantined: 'Quarantined rows',
} as const

export type SectionId = keyof typeof headings

/** The opening sentence of each section: its figures, or plainly that there is nothing to show. */
export function openings(model: ReportModel, figures: Figures): Record<SectionId, string> {
  const { verify, ledger } = figures
  return {
    criteria: criteria(model, figures),
    approvals: approvals(model),
    coverage: coverage(model),
    notCovered: notCovered(model, figures),
    excused: verify ? excused(verify) : noVerifyRun,
    differences: verify ? differences(verify) : noVerifyRun,
    checks: verify ? checks(verify) : noVerifyRun,
    tables: verify ? tables(model, verify) : noVerifyRun,
    ledger: ledgerOpening(model, figures),
    fidelity: model.migrate === null ? noMigrateRun : fidelity(model.migrate.fidelity.length),
    quarantined: ledger || model.quarantined_total > 0 ? quarantined(model) : noMigrateRun,
  }
}

function criteria(model: ReportModel, { criteria: { met, notMet, noEvidence } }: Figures): string {
  const all = model.gate.criteria.length
  if (all === 0) return 'The gate holds no criterion, so nothing was required and nothing was shown.'
  return `Of ${count(all, 'criterion', 'criteria')}: ${number(met)} met, ${number(notMet)} not met, ${number(noEvidence)} without evidence.`
}

function approvals(model: ReportModel): string {
  if (model.gate.approvals_required.length === 0) return 'The plan requires no approval.'
  if (model.gate.verdict === 'GO')
    return 'By signing I confirm that I have read this report and approve the cutover.'
  return `By signing I confirm that I have read this report. A signature does not change the verdict ${model.gate.verdict}.`
}

function coverage({ coverage: { mapped, archived, ignored } }: ReportModel): string {
  const parts = [
    `${count(mapped.length, 'source table')} mapped`,
    `${number(archived.length)} archived`,
    `${number(ignored.length)} ignored`,
  ]
  return `${parts.join(', ')}.`
}

function notCovered(model: ReportModel, { notCovered: all, accepted }: Figures): string {
  const gaps = [
    ...(model.verify === null ? ['No verify run is in the state: nothing was compared or checked.'] : []),
    ...(model.migrate === null ? ['No migrate run is in the state.'] : []),
  ]
  if (all.length > 0) {
    const open = all.length - accepted
    gaps.push(
      `${count(all.length, 'subject')} without evidence: ${number(open)} not accepted, ${number(accepted)} accepted by the plan.`,
    )
  } else if (gaps.length === 0) gaps.push('The runs name nothing for which they gathered no evidence.')
  return gaps.join(' ')
}

function excused({ excused: rules, acceptedLosses, totals }: VerifyFigures): string {
  if (rules.length + acceptedLosses.length === 0)
    return 'No rule of the plan excuses a difference, and no loss is accepted: values count as equal only where they are the same.'
  const rows = `${count(totals.excused_rows, 'row')} that would differ ${totals.excused_rows === 1 ? 'counts' : 'count'} as equal under ${count(rules.length, 'rule')} of the plan.`
  const losses = `${count(acceptedLosses.length, 'column')} ${acceptedLosses.length === 1 ? 'is' : 'are'} rounded before both sides are compared.`
  return [...(rules.length > 0 ? [rows] : []), ...(acceptedLosses.length > 0 ? [losses] : [])].join(' ')
}

function differences(verify: VerifyFigures): string {
  if (verify.tables.length === 0) return 'Verify compared no table.'
  if (verify.counted === 0) {
    const { excused_rows: excused } = verify.totals
    const apart = excused === 0 ? '' : `, apart from ${count(excused, 'row')} the plan excuses`
    return `No row differs in ${count(verify.tables.length, 'compared table')}${apart}.`
  }
  const listed = verify.listed === verify.counted ? '' : `; ${listedOf(verify.listed, verify.counted)}`
  const { only_normalisation: alike } = verify.totals
  const unlike = alike === 0 ? '' : `; ${count(alike, 'row')} in nothing but Unicode normalisation`
  return `${count(verify.counted, 'row')} in ${count(verify.groups.length, 'table')} ${verify.counted === 1 ? 'differs' : 'differ'}${listed}${unlike}.`
}

function checks({ checks: all, statuses }: VerifyFigures): string {
  if (all.length === 0) return 'Verify ran no check.'
  return `${count(all.length, 'check')}: ${number(statuses.fail)} failed, ${number(statuses.not_run)} not run, ${number(statuses.pass)} passed.`
}

function tables(model: ReportModel, { tables: all, agreeing, totals }: VerifyFigures): string {
  const outcome = `Verify ended with: ${model.verify?.verdict}.`
  if (all.length === 0) return `${outcome} It compared no table.`
  return `${outcome} ${count(all.length, 'table')} compared: ${number(agreeing)} agree, ${number(all.length - agreeing)} differ. ${count(totals.matched, 'row')} equal on both sides${totals.excused_rows === 0 ? '' : `, ${number(totals.excused_rows)} excused`}.`
}

function ledgerOpening(model: ReportModel, { ledger }: Figures): string {
  if (model.migrate === null || ledger === null) return noMigrateRun
  const outcome = `Migrate ended with: ${model.migrate.status}.`
  if (ledger.entries.length === 0) return `${outcome} It moved no table.`
  const open = ledger.entries.length - ledger.balanced
  return `${outcome} ${count(ledger.entries.length, 'table')}: ${number(ledger.balanced)} balanced, ${number(open)} not balanced. A table balances when read = written + quarantined + excluded.`
}

function fidelity(notes: number): string {
  if (notes === 0) return 'Migrate noted no loss and no decision on the way from one schema to the other.'
  return `${count(notes, 'loss or decision', 'losses or decisions')} on the way from one schema to the other.`
}

function quarantined(model: ReportModel): string {
  const { quarantined: rows, quarantined_total: total } = model
  if (total === 0 && rows.length === 0) return 'No row is quarantined.'
  const all = Math.max(total, rows.length)
  const listed = rows.length === all ? '' : `; ${listedOf(rows.length, all)}`
  return `${count(all, 'row')} that the target refused${listed}.`
}

/** `5 of 1,204 are listed` */
export function listedOf(listed: number, all: number): string {
  return `${number(listed)} of ${number(all)} ${listed === 1 ? 'is' : 'are'} listed`
}
