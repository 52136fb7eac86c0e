import type { Mapping } from '../plan/mapping.ts'
import type { Check } from './check.ts'

/** Sequences that would hand out a key the table already has. */
export function checkSequences(mapping: Mapping): Check[] {
  return mapping.target.columns
    .filter(column => column.sequence !== null)
    .map(({ name }) => ({
      check: 'sequence',
      table: mapping.table,
      column: name,
      async run({ target }) {
        const sql = target.dialect.sequencePositions(mapping.target)!
        const row = (await target.query(sql)).find(one => one.column === name)!
        const { next, highest } = row
        const behind = highest !== null && BigInt(highest!) >= BigInt(next!)
        const detail = `the next value is ${next}, the highest in the table ${highest ?? 'none'}`
        return { status: behind ? 'fail' : 'pass', found: behind ? 1 : 0, detail, sql: `${sql};` }
      },
    }))
}
