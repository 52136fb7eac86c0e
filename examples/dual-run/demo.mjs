// The whole dual run: npm run demo:pilot [-- --quiet]
import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../dist/demo/embedded-postgres.js'
import { freePort } from '../../dist/demo/free-port.js'
import { heldAgainst } from './expected.mjs'
import { generate } from './generate.mjs'
import { addressOf, listening, processes } from './processes.mjs'
import { drive } from './traffic.mjs'

const here = name => fileURLToPath(new URL(name, import.meta.url))
const cli = here('../../dist/cli/main.js')
const { quiet } = parseArgs({ options: { quiet: { type: 'boolean', default: false } } }).values
const say = text => quiet || process.stdout.write(`${text}\n`)

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort())

/** What has to be undone, last first. */
const undo = []
try {
  const failed = await dualRun()
  if (failed.length > 0 && quiet) process.stderr.write(`${failed.map(({ text }) => text).join('\n')}\n`)
  process.exitCode = interrupted.signal.aborted ? 130 : Math.min(failed.length, 1)
} catch (error) {
  process.stderr.write(`${interrupted.signal.aborted ? 'interrupted' : error.stack}\n`)
  process.exitCode = interrupted.signal.aborted ? 130 : 1
} finally {
  for (const step of undo.reverse()) {
    try {
      await step()
    } catch (error) {
      process.stderr.write(`${error.message}\n`)
      process.exitCode = 1
    }
  }
}

/** @returns what did not come out as it should have */
async function dualRun() {
  const folder = mkdtempSync(join(tmpdir(), 'paritygate-dual-run-'))
  // Also where embedded-postgres, which hears of Ctrl-C first, ends the process by itself.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  cpSync(here('cutover.yaml'), join(folder, 'cutover.yaml'))
  const oldFile = join(folder, 'old.db')
  const { counts: rows } = generate(oldFile)
  cpSync(oldFile, join(folder, 'control.db'))
  say(`The old database: ${Object.values(rows).reduce((sum, count) => sum + count)} rows, in SQLite`)
  const databaseUrl = await newDatabase()
  const children = processes()
  undo.push(children.endAll)
  interrupted.signal.addEventListener('abort', children.endAll)

  const env = { ...process.env, OLD_DATABASE: oldFile, NEW_DATABASE_URL: databaseUrl }
  for (const verb of ['migrate', 'verify']) {
    const { output } = await children.run(cli, [verb], { cwd: folder, env })
    say(`\n— paritygate ${verb} —\n${output.trimEnd()}`)
  }

  const secret = randomBytes(16).toString('hex')
  const stack = (file, settings) =>
    children.start(here(file), [], { env: { ...env, SECRET_KEY: secret, PORT: '0', ...settings } })
  const [oldStack, newStack, control] = await Promise.all(
    [
      stack('old-stack.mjs', { DATABASE: oldFile }),
      stack('new-stack.mjs', {}),
      stack('old-stack.mjs', { DATABASE: join(folder, 'control.db') }),
    ].map(addressOf),
  )
  const port = await freePort()
  Object.assign(env, {
    PILOT_PORT: String(port),
    OLD_STACK_URL: oldStack,
    NEW_STACK_URL: newStack,
    CONTROL_URL: control,
  })
  const pilot = children.start(cli, ['pilot', '--config', 'cutover.yaml'], { cwd: folder, env })
  await listening(pilot, port)
  say(`\n— paritygate pilot, on port ${port} —`)
  const counts = await drive({ url: `http://127.0.0.1:${port}`, signal: interrupted.signal })
  const code = await children.end(pilot)
  say(pilot.output.trimEnd())
  if (code !== 0) throw new Error(`the pilot ended with ${code}\n${pilot.errors}`)

  // Its exit code is what the scoreboard says, and this one is over the budget.
  const status = async words => {
    const options = { cwd: folder, env, codes: [0, 1, 3] }
    const { output, errors } = await children.run(cli, ['pilot', 'status', ...words], options)
    if (output === '') throw new Error(errors)
    return output
  }
  say(`\n— paritygate pilot status —\n${(await status([])).trimEnd()}`)
  const scoreboard = JSON.parse(await status(['--json']))
  const results = heldAgainst(scoreboard, counts)
  say('\n— What is in the code, and whether it was found —')
  for (const { ok, text } of results) say(`  ${ok ? '✓' : '✗'} ${text}`)
  return results.filter(({ ok }) => !ok)
}

/** A database of its own, on the server of DEMO_TARGET_URL or else on one that lives as long as this process. */
async function newDatabase() {
  const given = process.env.DEMO_TARGET_URL
  const server = given ? null : await startEmbeddedPostgres()
  if (server) undo.push(() => server.stop())
  const admin = new pg.Client({ connectionString: given ?? server.url })
  // The server may be the first to go.
  admin.on('error', () => {})
  await admin.connect()
  undo.push(() => admin.end())
  const name = `dual_run_${randomBytes(6).toString('hex')}`
  await admin.query(`CREATE DATABASE ${name}`)
  if (given) undo.push(() => admin.query(`DROP DATABASE ${name} WITH (FORCE)`))
  const url = new URL(given ?? server.url)
  url.pathname = `/${name}`
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query(readFileSync(here('schema.target.sql'), 'utf8'))
  await client.end()
  say(
    `The new database: PostgreSQL, ${server ? "the demo's own server" : 'on the server of DEMO_TARGET_URL'}`,
  )
  return url.href
}
