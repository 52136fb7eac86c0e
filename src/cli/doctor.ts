import type { Command } from 'commander'
import { doctor } from '../plan/doctor.ts'
import { type PlanOptions, planCommand, planOf } from './options.ts'
import { output } from './output.ts'

const marks = { error: '✗', warning: '!', note: '·' }

export function doctorCommand(): Command {
  return planCommand(
    'doctor',
    'Says everything that stands in the way of the plan; writes nothing.',
    'paritygate doctor --config cutover.yaml',
  ).action(async (options: PlanOptions) => {
    const out = output(options)
    const diagnosis = await doctor(await planOf(options))
    out.document(diagnosis)
    out.say(`source  ${diagnosis.source}\ntarget  ${diagnosis.target}`)
    for (const { level, subject, message } of diagnosis.findings)
      out.say(`${marks[level]} ${level}: ${subject}: ${message}`)
    out.say(diagnosis.ready ? 'Ready to migrate and verify.' : 'Not ready: mend the errors above.')
    process.exitCode = diagnosis.ready ? 0 : 2
  })
}
