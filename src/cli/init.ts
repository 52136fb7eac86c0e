import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { type Connection, parseConnectionUrl } from '../engines/connection-url.ts'
import { openReader, previewTarget } from '../engines/open.ts'
import type { Session } from '../engines/port/session.ts'
import { ParitygateError } from '../model/error.ts'
import { draftPlan } from '../plan/draft.ts'
import { output } from './output.ts'

export function initCommand(): Command {
  return new Command('init')
    .description('Drafts a plan from the two databases.')
    .requiredOption('--source <url>', 'the old database')
    .requiredOption('--target <url>', 'the new database')
    .option('--out <file>', 'where the plan is written', 'cutover.yaml')
    .option('--json', 'one JSON document on standard output')
    .option('--quiet', 'print nothing but failures')
    .addHelpText(
      'after',
      '\nExample:\n  paritygate init --source prisma/dev.db --target postgres://app:secret@db.internal/app',
    )
    .action(init)
}

async function init(options: {
  source: string
  target: string
  out: string
  json?: boolean
  quiet?: boolean
}): Promise<void> {
  const out = output(options)
  const file = resolve(options.out)
  const text = draftPlan({
    name: basename(dirname(file)),
    source: await inspect(options.source, openReader),
    target: await inspect(options.target, previewTarget),
    folder: dirname(file),
    namespace: randomUUID(),
  })
  try {
    writeFileSync(file, text, { flag: 'wx' })
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST')
      throw new ParitygateError('usage.invalid', `${file}: ${(error as Error).message}`)
    throw new ParitygateError('plan.exists', `${options.out} exists`)
  }
  const decisions = text.match(/# decide:/g)?.length ?? 0
  out.document({ plan: file, decisions })
  out.say(
    `Wrote ${options.out}. ${decisions > 0 ? `Decisions left to you: ${decisions}; look for "decide:".` : 'No decision is left open.'}`,
  )
  for (const name of ['SOURCE_DATABASE_URL', 'TARGET_DATABASE_URL']) {
    if (text.includes(`\${${name}}`))
      out.say(`Set ${name} to the connection URL: the plan does not hold its password.`)
  }
}

async function inspect(url: string, open: (connection: Connection) => Promise<Session>) {
  const connection = parseConnectionUrl(url, process.cwd())
  const session = await open(connection)
  try {
    return { url, connection, catalog: await session.introspect() }
  } finally {
    await session.close()
  }
}
