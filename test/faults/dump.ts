/** All that a database holds, read naively: every row as text, and every word of the schema. */
export interface Dump {
  /** By table; rows are sorted, because no engine promises an order. */
  tables: Map<string, string[]>
  /** Tables, columns, keys, indexes, triggers: one line each, sorted. */
  schema: string[]
  /** What the automatic columns give next: one line each, sorted. */
  sequences: string[]
}

/** Tables the product keeps for itself: when and how often they were written is not the data's business. */
export function isBookkeeping(table: string): boolean {
  return /(^|\.)_paritygate/.test(table)
}

/** The states of a table in which a run is not done with it (`src/migrate/copy-record.ts`). */
const UNFINISHED = /"(creating|loading|removing)"/

/** How two dumps differ, for people: in their rows, and in all else; nothing where they are equal. */
export function dumpDifferences(wanted: Dump, found: Dump): { rows: string[]; rest: string[] } {
  const rows: string[] = []
  const rest: string[] = []
  for (const table of new Set([...wanted.tables.keys(), ...found.tables.keys()])) {
    const before = wanted.tables.get(table)
    const after = found.tables.get(table)
    if (before === undefined || after === undefined)
      rest.push(`table ${table} is ${after === undefined ? 'not there' : 'left behind'}`)
    else if (!isBookkeeping(table)) rows.push(...rowDifferences(table, before, after))
    else {
      if (before.length !== after.length)
        rest.push(`${table} holds ${after.length} rows instead of ${before.length}: ${sample(after)}`)
      const unfinished = after.filter(row => UNFINISHED.test(row))
      if (unfinished.length > 0) rest.push(`${table} speaks of unfinished work: ${sample(unfinished)}`)
    }
  }
  for (const part of ['schema', 'sequences'] as const) {
    rest.push(...without(wanted[part], found[part]).map(line => `${part}: missing: ${line}`))
    rest.push(...without(found[part], wanted[part]).map(line => `${part}: left behind: ${line}`))
  }
  return { rows, rest }
}

function rowDifferences(table: string, before: string[], after: string[]): string[] {
  const missing = without(before, after)
  const extra = without(after, before)
  const problems: string[] = []
  if (missing.length > 0) problems.push(`${table}: ${missing.length} rows lost: ${sample(missing)}`)
  const known = new Set(before)
  const doubled = extra.filter(row => known.has(row))
  const strange = extra.filter(row => !known.has(row))
  if (doubled.length > 0) problems.push(`${table}: ${doubled.length} rows doubled: ${sample(doubled)}`)
  if (strange.length > 0) problems.push(`${table}: ${strange.length} rows of no source: ${sample(strange)}`)
  return problems
}

/** What one list has more of than the other, both sorted and with repetitions. */
function without(more: string[], less: string[]): string[] {
  const left: string[] = []
  let index = 0
  for (const line of more) {
    while (index < less.length && less[index]! < line) index++
    if (less[index] === line) index++
    else left.push(line)
  }
  return left
}

function sample(rows: string[]): string {
  return rows.slice(0, 3).join(' ') + (rows.length > 3 ? ' …' : '')
}
