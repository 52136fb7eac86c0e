import { writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { ParitygateError } from '../model/error.ts'
import { buildReport, type ReportFormat, renderings } from '../report/report.ts'
import { type EvidenceOptions, evidenceCommand, withPlan } from './options.ts'

export function reportCommand(): Command {
  return evidenceCommand(
    'report',
    'Renders the latest decision and its evidence.',
    'paritygate report --format html --out report.html',
  )
    .addOption(
      new Option('--format <format>', 'the rendering').choices(Object.keys(renderings)).default('html'),
    )
    .option('--out <file>', 'where it is written (default: standard output)')
    .action(async (options: EvidenceOptions & { format: ReportFormat; out?: string }) => {
      await withPlan(options, ({ plan, store, out }) => {
        const model = buildReport(plan, store)
        const text = renderings[options.format](model)
        if (options.out === undefined) {
          process.stdout.write(options.json ? renderings.json(model) : text)
          return
        }
        writeReport(options.out, text)
        out.document({ report: options.out, format: options.format, verdict: model.gate.verdict })
        out.say(`Wrote ${options.out}: ${model.gate.verdict}`)
      })
    })
}

function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new ParitygateError('usage.invalid', (error as Error).message)
  }
}
