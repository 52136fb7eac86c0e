import type { Cutover } from '../cutover.ts'
import { type Cell, literalIn } from './cells.ts'
import type { ColumnPair } from './columns.ts'
import type { TestDatabase } from './database.ts'
import type { Form } from './form.ts'
import { canonical, type Kind } from './kinds.ts'
import { landing } from './landing.ts'
import { nameOf, rewrite, shown, stored, type TestTable } from './tables.ts'

/** Tables that have been migrated. */
export interface Migrated {
  run: Cutover
  source: TestDatabase
  target: TestDatabase
  tables: TestTable[]
}

export interface Figures {
  columns: number
  values: number
  refused: number
  falseDifferences: number
  mutations: number
  killed: number
  spellings: number
}

export interface Judged {
  figures: Figures
  /** Each with its pair of columns, its value, and how that stands on both sides. */
  failures: string[]
  /** The rows that differ in the end, as verify should name them. */
  expected: Map<string, string>
  /** Columns that were compared by themselves as well, by hashes the databases make. */
  hashed?: number
}

/** What became of every value, and what verify says of it before and after each is changed. */
export async function judge(migrated: Migrated): Promise<Judged> {
  const figures: Figures = {
    columns: 0,
    values: 0,
    refused: 0,
    falseDifferences: 0,
    mutations: 0,
    killed: 0,
    spellings: 0,
  }
  const judged: Judged = { figures, failures: [], expected: new Map() }
  const lost = await judgeArrival(migrated, judged)
  await judgeEquals(migrated, judged, lost)
  await judgeMutations(migrated, judged, lost)
  return judged
}

/**
 * Holds what the drivers read on both sides against what should be there.
 *
 * @returns the cells that did not arrive as they should, of which nothing more can be asked
 */
async function judgeArrival({ run, source, target, tables }: Migrated, { figures, failures }: Judged) {
  const quarantine = new Map(
    [...run.store.currentQuarantine()].map(row => [rowOf(row.table, row.key.id!), row]),
  )
  const lost = new Set<Cell>()
  for (const table of tables) {
    figures.columns += table.columns.size
    const before = await stored(source, table, 'source')
    const after = await stored(target, table, 'target')
    for (const cell of table.cells) {
      const { id, column, pair, value, arrives } = cell
      const say = (what: string) => {
        const subject = `${nameOf(pair.source)} → ${nameOf(pair.target)}: ${shown(value)}`
        failures.push(`${subject}, stored as ${shown(before.get(id))}: ${what}`)
        lost.add(cell)
      }
      const refused = quarantine.get(rowOf(table.name, id))
      quarantine.delete(rowOf(table.name, id))
      if (!isSame(pair.source, pair.source.kind, value, before.get(id)))
        say('the source itself does not hold it')
      else if (arrives === undefined) {
        figures.refused++
        if (!refused) say(`is to be refused, and is there as ${shown(after.get(id))}`)
        else if (refused.column !== column) say(`refused for column ${refused.column}: ${refused.reason}`)
      } else {
        figures.values++
        if (refused) say(`refused: ${refused.reason}`)
        else if (!after.has(id)) say('is not there')
        else if (!cell.altered && !isSame(pair.target, kindOf(pair), arrives, after.get(id)))
          say(`is there as ${shown(after.get(id))}, not ${shown(arrives)}`)
      }
    }
  }
  for (const row of quarantine.keys()) failures.push(`quarantined, and made by nobody: ${row}`)
  return lost
}

/** Nothing differs but what was refused or altered, other spellings of the same value included. */
async function judgeEquals(
  { run, target, tables }: Migrated,
  { figures, failures }: Judged,
  lost: Set<Cell>,
) {
  for (const { name, cells } of tables) {
    const spelled = cells.filter(cell => cell.spelling !== undefined && !lost.has(cell))
    figures.spellings += spelled.length
    await rewrite(target, name, spelled, cell => cell.spelling!)
  }
  const found = await differences(run, failures)
  for (const { name, cells } of tables) {
    for (const cell of cells) {
      const row = rowOf(name, cell.id)
      const told = found.get(row)
      found.delete(row)
      const wanted = unmutated(cell)
      if (lost.has(cell) && told === undefined)
        failures.push(`survivor: ${about(cell)}: it did not arrive so, and that is not reported`)
      if (lost.has(cell) || told?.what === wanted) continue
      if (wanted === undefined) figures.falseDifferences++
      const what = wanted === undefined ? 'false difference' : 'survivor'
      failures.push(`${what}: ${about(cell)}: ${wording(told)}`)
      lost.add(cell)
    }
  }
  for (const [row, told] of found) failures.push(`differs, and made by nobody: ${row}: ${wording(told)}`)
}

async function judgeMutations({ run, target, tables }: Migrated, judged: Judged, lost: Set<Cell>) {
  const { figures, failures, expected } = judged
  for (const { name, cells } of tables) {
    const mutated = cells.filter(cell => cell.mutated !== undefined && !lost.has(cell))
    await rewrite(target, name, mutated, ({ pair, mutated }) =>
      literalIn(pair.target, mutated!, kindOf(pair)),
    )
  }
  const found = await differences(run, failures)
  for (const { name, cells } of tables) {
    for (const cell of cells) {
      if (lost.has(cell)) continue
      const told = found.get(rowOf(name, cell.id))
      const wanted = cell.mutated === undefined ? unmutated(cell) : `changed ${cell.column}`
      if (wanted !== undefined) expected.set(rowOf(name, cell.id), wanted)
      if (cell.mutated !== undefined) figures.mutations++
      if (told?.what === wanted) figures.killed += cell.mutated === undefined ? 0 : 1
      else failures.push(`survivor: ${about(cell)} became ${shown(cell.mutated)}: ${wording(told)}`)
    }
  }
}

/** What verify is to say of a row nothing was done to. */
function unmutated({ arrives, altered, column }: Cell): string | undefined {
  return arrives === undefined ? 'missing' : altered ? `changed ${column}` : undefined
}

interface Found {
  /** `missing`, or `changed` and the columns. */
  what: string
  values: string
}

async function differences(run: Cutover, failures: string[]): Promise<Map<string, Found>> {
  const result = await run.verify({ limitDiffs: 1_000_000 })
  for (const { subject, reason } of result.not_covered) failures.push(`not covered: ${subject}: ${reason}`)
  return new Map(
    result.differences.map(({ table, key, kind, columns }) => {
      const differing = Object.entries(columns).filter(([, { source, target }]) => source !== target)
      return [
        rowOf(table, key.id!),
        {
          what: kind === 'changed' ? `changed ${Object.keys(columns).join(' ')}` : kind,
          values: differing
            .map(([, both]) => `${shown(both.source)} against ${shown(both.target)}`)
            .join(', '),
        },
      ]
    }),
  )
}

export function rowOf(table: string, id: string | number): string {
  return `${table} ${id}`
}

function kindOf({ source, target }: ColumnPair): Kind {
  return landing(source, target)!.kind
}

function isSame(form: Form, kind: Kind, value: string | null, found: string | null | undefined): boolean {
  if (value === null || found === null || found === undefined) return value === found
  const trimmed = (text: string) => (form.padded && kind === 'text' ? text.replace(/ +$/, '') : text)
  return canonical(kind, trimmed(value)) === canonical(kind, trimmed(found))
}

function about({ pair, value, arrives }: Cell): string {
  return `${nameOf(pair.source)} → ${nameOf(pair.target)}: ${shown(value)}, there ${shown(arrives)}`
}

function wording(found: Found | undefined): string {
  return found ? `${found.what}: ${found.values}` : 'not reported'
}
