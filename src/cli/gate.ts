import type { Command } from 'commander'
import { gate } from '../gate/gate.ts'
import type { GateResult } from '../model/verdict.ts'
import { type EvidenceOptions, evidenceCommand, withPlan } from './options.ts'
import type { Output } from './output.ts'

export function gateCommand(): Command {
  return evidenceCommand(
    'gate',
    'Decides GO, NO-GO or INCONCLUSIVE on the latest evidence.',
    'paritygate gate && ./switch-traffic.sh',
  ).action(async (options: EvidenceOptions) => {
    await withPlan(options, ({ plan, store, out }) => {
      const result = gate(plan, store)
      out.document(result)
      printGate(result, out)
      process.exitCode = { GO: 0, 'NO-GO': 1, INCONCLUSIVE: 3 }[result.verdict]
    })
  })
}

export function printGate(result: GateResult, out: Output): void {
  const marks = { met: '✓', 'not met': '✗', 'no evidence': '?' }
  for (const { criterion, status, reason } of result.criteria)
    out.say(`${marks[status]} ${criterion}: ${status}: ${reason}`)
  if (result.approvals_required.length > 0)
    out.say(`To be signed by: ${result.approvals_required.join(', ')}`)
  out.say(`Verdict: ${result.verdict}`)
}
