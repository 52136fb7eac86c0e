import { resolve } from 'node:path'
import { Command } from 'commander'
import { demo } from '../demo/demo.ts'
import { printGate } from './gate.ts'
import { printLedger } from './migrate.ts'
import { interruptSignal } from './options.ts'
import { output } from './output.ts'
import { printVerify } from './verify.ts'

export function demoCommand(): Command {
  return new Command('demo')
    .description('Moves a made-up database, verifies and judges it; then damages it and judges again.')
    .option('--dir <folder>', 'where the demo leaves its files; emptied first', '.paritygate/demo')
    .option('--json', 'one JSON document on standard output, everything else on standard error')
    .option('--quiet', 'print nothing but failures')
    .addHelpText(
      'after',
      '\nTARGET_URL names an empty PostgreSQL database to use instead of a server of the demo.\n\nExample:\n  paritygate demo',
    )
    .action(async (options: { dir: string; json?: boolean; quiet?: boolean }) => {
      const out = output(options)
      const targetUrl = process.env.TARGET_URL
      const result = await demo({
        folder: resolve(options.dir),
        ...(targetUrl ? { targetUrl } : {}),
        say: out.say,
        signal: interruptSignal(),
      })
      out.document(result)
      const { healthy, damaged } = result
      out.say('\n— Moved —')
      printLedger(healthy.migrate!, out)
      out.say('\n— Verified —')
      printVerify(healthy.verify, out)
      printGate(healthy.gate, out)
      out.say('\n— Verified again, after the accidents —')
      printVerify(damaged.verify, out)
      printGate(damaged.gate, out)
      out.say(
        `\nBefore: ${healthy.gate.verdict}, ${healthy.report}\nAfter:  ${damaged.gate.verdict}, ${damaged.report}`,
      )
    })
}
