import { createWriteStream, rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Command, Option } from 'commander'
import { ParitygateError } from '../model/error.ts'
import type { QuarantinedRow } from '../model/ledger.ts'
import { type EvidenceOptions, evidenceCommand, withPlan } from './options.ts'

type ExportFormat = 'jsonl' | 'csv'

export function exportCommand(): Command {
  return evidenceCommand(
    'export',
    'Writes all quarantined rows, without secrets.',
    'paritygate quarantine export --format csv --out refused.csv',
  )
    .addOption(
      new Option('--format <format>', 'one JSON object or one line of CSV for each row')
        .choices(['jsonl', 'csv'])
        .default('jsonl'),
    )
    .option('--out <file>', 'where they are written; - is standard output', '-')
    .action(async (options: EvidenceOptions & { format: ExportFormat; out: string }) => {
      await withPlan(options, async ({ store, out }) => {
        const { format, out: file } = options
        const lines = Readable.from(exported(store.currentQuarantine(), format))
        if (file === '-') {
          await pipeline(lines, process.stdout, { end: false })
          return
        }
        await writeNew(file, lines)
        const rows = store.quarantinedTotal()
        out.document({ export: file, format, rows })
        out.say(`Wrote ${file}: ${rows} ${rows === 1 ? 'row' : 'rows'}, without secrets`)
      })
    })
}

/** Quarantined rows are the customer's data: only the owner may read them. */
async function writeNew(file: string, lines: Readable): Promise<void> {
  try {
    await pipeline(lines, createWriteStream(file, { flags: 'wx', mode: 0o600 }))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new ParitygateError('plan.exists', `${file} is left as it was`)
    rmSync(file, { force: true })
    throw new ParitygateError('usage.invalid', message)
  }
}

function* exported(rows: Iterable<QuarantinedRow>, format: ExportFormat): Generator<string> {
  if (format === 'csv') yield csvLine(['table', 'key', 'column', 'reason', 'row'])
  for (const one of rows) {
    const { table, key, column, reason, row } = one
    yield format === 'jsonl'
      ? `${JSON.stringify(one)}\n`
      : csvLine([table, JSON.stringify(key), column ?? '', reason, JSON.stringify(row)])
  }
}

/** A line of CSV (https://www.rfc-editor.org/rfc/rfc4180); every field stands in quotes. */
export function csvLine(fields: string[]): string {
  return `${fields.map(field => `"${inert(field).replaceAll('"', '""')}"`).join(',')}\r\n`
}

/** A field a spreadsheet would take for a formula is made text (https://owasp.org/www-community/attacks/CSV_Injection). */
function inert(field: string): string {
  return /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(field) ? `'${field}` : field
}
