// npm run test:faults -- [options]; what it does stands in CONTRIBUTING.md.
import { parseArgs } from 'node:util'
import { installedMysqld } from '../own-mysql.ts'
import { type AccidentName, accidents, runRound } from './accidents.ts'
import { type Arena, openArena } from './arena.ts'
import { startMysql } from './mysql-server.ts'
import { postgresPrograms, startPostgres } from './postgres-server.ts'
import type { RoundResult } from './round.ts'
import { Tally } from './tally.ts'

const names = Object.keys(accidents) as AccidentName[]

const usage = `Usage: npm run test:faults -- [options]

  --seed TEXT        what the rounds are drawn from (default: a new one each time, which is said)
  --kills N          kills of migrate, over all targets (default 200)
  --rounds N         rounds of each other accident (default 12)
  --rows N           rows of the largest table (default 60000)
  --accident NAME    these accidents alone; can be said again: ${names.join(', ')}
  --only NAME        this round alone, for example kill:17, of the same --seed and --rows; can be said again
  --help             this text
`

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    kills: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '12' },
    rows: { type: 'string', default: '60000' },
    accident: { type: 'string', multiple: true, default: names },
    only: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
})
// The servers go with the process: on `exit`, which no signal brings about by itself.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130))
if (values.help) process.stdout.write(usage)
else process.exitCode = await main()

async function main(): Promise<number> {
  const asked = values.only.map(name => name.split(':')[0]!)
  for (const name of [...values.accident, ...asked])
    if (!Object.hasOwn(accidents, name))
      throw new Error(`there is no accident "${name}"; valid: ${names.join(', ')}`)
  const programs = postgresPrograms()
  if (programs === null) throw new Error('there is no PostgreSQL to start')
  const mysqld = installedMysqld()
  if (mysqld === null) console.log('NOT TESTED: MySQL and MariaDB, of which no server is installed')
  console.log(`seed ${values.seed}`)
  const postgres = await startPostgres(programs)
  const mysql = mysqld === null ? undefined : await startMysql(mysqld)
  const rows = Number(values.rows)
  const tally = new Tally()
  const arena = await openArena({
    postgresUrl: postgres.url,
    mysqlUrl: mysql?.url ?? null,
    servers: { postgres, ...(mysql ? { mysql } : {}) },
    rows,
    chunkRows: Math.ceil(rows / 12),
  })
  try {
    await runAll(arena, tally)
  } finally {
    await arena.close()
    await postgres.stop()
    await mysql?.stop()
  }
  console.log(tally.text())
  return tally.failed ? 1 : 0
}

async function runAll(arena: Arena, tally: Tally): Promise<void> {
  const round = async (name: AccidentName, number: number) =>
    note(tally, await runRound(arena, name, number, values.seed))
  for (const name of values.only) {
    const [accident, number] = name.split(':')
    await round(accident as AccidentName, Number(number))
  }
  if (values.only.length > 0) return
  for (const name of names.filter(one => values.accident.includes(one))) {
    if (accidents[name].subjects(arena).length === 0) {
      console.log(`NOT TESTED: ${name}: it can happen to none of the pairs there are here`)
      continue
    }
    const more = (number: number) =>
      name === 'kill' ? tally.count('kill') < Number(values.kills) : number < Number(values.rounds)
    for (let number = 0; more(number); number++) await round(name, number)
  }
}

function note(tally: Tally, result: RoundResult): void {
  tally.add(result)
  const problems = [...result.problems.rows, ...result.problems.rest]
  console.log(
    `${result.name} ${result.subject.name}: ${problems.length > 0 ? 'FAILED' : 'ok'}; ${result.log.join('; ')}`,
  )
  for (const problem of problems) console.log(`    ${problem}`)
}
