import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openStore } from '../src/index.ts'
import type { Step } from '../src/model/steps.ts'
import { temporaryFolder } from './databases.ts'
import { type AccidentName, accidents, runRound } from './faults/accidents.ts'
import { type Arena, openArena } from './faults/arena.ts'
import { type Dump, dumpDifferences } from './faults/dump.ts'
import type { Moment } from './faults/moment.ts'
import { noMysql } from './no-mysql.ts'

/** The same moments each time; `npm run test:faults` looks for others. */
const SEED = '1'

let arena: Arena | undefined

beforeAll(async () => {
  arena = await openArena({
    postgresUrl: inject('postgresUrl'),
    mysqlUrl: inject('mysqlUrl'),
    rows: 3000,
    chunkRows: 1500,
  })
}, 60_000)

afterAll(() => arena?.close())

/**
 * Rounds of one accident to one pair of engines; with what goes wrong comes the story of the round.
 *
 * @param from the first turn, by which rounds begin at different steps
 */
async function problemsOf(
  accident: AccidentName,
  pair: string,
  { rounds = 1, from = 0, at }: { rounds?: number; from?: number; at?: Moment[] } = {},
): Promise<string[]> {
  const subjects = accidents[accident].subjects(arena!)
  const index = subjects.findIndex(({ name }) => name === pair)
  const problems: string[] = []
  for (let turn = from; turn < from + rounds; turn++) {
    const {
      name,
      log,
      problems: found,
    } = await runRound(arena!, accident, turn * subjects.length + index, SEED, at)
    const all = [...found.rows, ...found.rest]
    if (all.length > 0) problems.push(`${name}: ${log.join('; ')}`, ...all)
  }
  return problems
}

test('the judge tells lost, doubled and strange rows, and what is left behind, from each other', () => {
  const dump = (rows: string[], more: Partial<Dump> = {}): Dump => {
    return { tables: new Map([['journal', rows]]), schema: ['index a'], sequences: ['s 7'], ...more }
  }
  const wanted = dump(['a', 'b', 'b', 'c'])
  expect(dumpDifferences(wanted, dump(['a', 'b', 'b', 'c']))).toEqual({ rows: [], rest: [] })
  expect(dumpDifferences(wanted, dump(['a', 'b', 'b', 'b', 'd'])).rows).toEqual([
    'journal: 1 rows lost: c',
    'journal: 1 rows doubled: b',
    'journal: 1 rows of no source: d',
  ])
  expect(dumpDifferences(wanted, dump(['a', 'b', 'c'])).rows).toEqual(['journal: 1 rows lost: b'])
  const left = { schema: ['index a', 'table x'], sequences: ['s 9'] }
  expect(dumpDifferences(wanted, dump(['a', 'b', 'b', 'c'], left)).rest).toEqual([
    'schema: left behind: table x',
    'sequences: missing: s 7',
    'sequences: left behind: s 9',
  ])
})

const pairs = ['sqlite → postgres', 'sqlite → mysql', 'sqlite → sqlite', 'postgres → postgres']
const lacksServer = (pair: string) => noMysql && pair.includes('mysql')

describe.each(pairs)('%s', pair => {
  test.skipIf(lacksServer(pair))(
    'a migrate that is killed, and given again, leaves what an undisturbed one leaves',
    async () => {
      expect(await problemsOf('kill', pair, { from: 2 + 3 * pairs.indexOf(pair) })).toEqual([])
    },
  )
})

describe.each(pairs.slice(0, 2))('%s', pair => {
  test.skipIf(lacksServer(pair))('so does one whose sessions the server ends', async () => {
    expect(await problemsOf('sessions', pair)).toEqual([])
  })
})

test('so does one whose connections are reset', async () => {
  expect(await problemsOf('sockets', 'sqlite → postgres')).toEqual([])
})

test('a file that may not grow is said clearly, and the same command goes on when it may', async () => {
  expect(await problemsOf('disk', 'sqlite → sqlite')).toEqual([])
})

const atStep = (step: Step, about: string): Moment[] => [{ step: { step, about }, nth: 1, afterMs: 0 }]

test('a table that was committed, but not recorded, is there for those that refer to it', async () => {
  const at = atStep('table-committed', 'customers')
  expect(await problemsOf('kill', 'sqlite → postgres', { at })).toEqual([])
})

test('a run that was killed when its last table was recorded leaves evidence for the gate', async () => {
  const at = atStep('recorded', 'teams')
  expect(await problemsOf('kill', 'sqlite → postgres', { at })).toEqual([])
})

test('a state of which no more than the header was written is begun again', () => {
  const file = join(temporaryFolder(), 'state.db')
  const begun = new Database(file)
  begun.pragma('journal_mode = WAL')
  begun.close()
  openStore(file, 'pair').close()
})

test('a second one is refused by SQLite, too, where the first is in the midst of a transaction', async () => {
  expect(await problemsOf('two', 'sqlite → sqlite', { from: 1, rounds: 2 })).toEqual([])
})

test('two that start in the same moment do not both make the state', async () => {
  expect(await problemsOf('two', 'sqlite → postgres')).toEqual([])
})

test('two that are started on one plan: one works, and the other is told who does', async () => {
  expect(await problemsOf('two', 'sqlite → postgres', { from: 1, rounds: 2 })).toEqual([])
})

test('a rollback that is killed, and given again, leaves what an undisturbed one leaves', async () => {
  expect(await problemsOf('rollback', 'sqlite → postgres', { from: 1, rounds: 2 })).toEqual([])
})
