#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { ParitygateError } from '../model/error.ts'
import { backupCommand } from './backup.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { gateCommand } from './gate.ts'
import { idCommand } from './id.ts'
import { initCommand } from './init.ts'
import { migrateCommand } from './migrate.ts'
import { printFailure } from './output.ts'
import { pilotCommand } from './pilot.ts'
import { quarantineCommand } from './quarantine.ts'
import { reportCommand } from './report.ts'
import { rollbackCommand } from './rollback.ts'
import { verifyCommand } from './verify.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

const program = new Command('paritygate')
  .description(
    "Moves a live application's data to a new database, proves that both sides agree, and decides.",
  )
  .version(version)
  .showSuggestionAfterError()
  // `pilot status --json`: the option is the last command's.
  .enablePositionalOptions()
  .exitOverride()
  .addHelpText(
    'after',
    `
Exit codes: 0 done, or GO; 1 differences, or NO-GO; 2 usage or configuration; 3 INCONCLUSIVE;
4 a database is unreachable; 130 interrupted.

Example:
  paritygate init --source old.db --target postgres://localhost/new
  paritygate migrate --create-schema && paritygate verify && paritygate gate
  paritygate report --format html --out report.html`,
  )

for (const command of [
  initCommand,
  doctorCommand,
  backupCommand,
  migrateCommand,
  quarantineCommand,
  verifyCommand,
  pilotCommand,
  idCommand,
  gateCommand,
  reportCommand,
  rollbackCommand,
  demoCommand,
]) {
  program.addCommand(command().exitOverride())
}

// `paritygate verify | head`: whoever reads has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const json = process.argv.includes('--json')
try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its own message, and help is no failure.
    process.exitCode = error.exitCode === 0 ? 0 : 2
    if (json && error.exitCode !== 0) printFailure(new ParitygateError('usage.invalid', error.message), json)
  } else {
    process.exitCode = printFailure(error, json)
  }
}
