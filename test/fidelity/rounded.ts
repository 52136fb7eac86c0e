import type { EngineName } from '../../src/model/catalog.ts'
import { type Cutover, cutover } from '../cutover.ts'
import { type ColumnPair, columnPairs } from './columns.ts'
import { createDatabase, type TestDatabase } from './database.ts'
import type { Form } from './form.ts'
import { canonical, type Kind, plainDecimal } from './kinds.ts'
import { landing } from './landing.ts'
import { nameOf, type Side, shown } from './tables.ts'

/** Kinds of column that take a value of the same kind only after it is rounded. */
const roundable: Kind[] = ['decimal', 'timestamp', 'time', 'float32']

interface Row {
  column: string
  pair: ColumnPair
  value: string
}

/**
 * Copies values the target has no room for with the plan's `accept_loss`. What PostgreSQL and MySQL make of a value by
 * themselves, where it is written into the column by hand, is what should be there.
 *
 * @returns how many values were rounded, and each that was not as it should be
 */
export async function roundedValues(from: EngineName, to: EngineName) {
  const pairs = columnPairs(from, to).filter(isLossy)
  const columns = new Map(pairs.map((pair, index) => [`c${index}`, pair]))
  const rows = [...columns].flatMap(([column, pair]) =>
    lossyValues(pair).map(value => ({ column, pair, value })),
  )
  const source = await createTable(from, columns, 'source')
  const target = await createTable(to, columns, 'target')
  const byHand = await createTable(to, columns, 'target')
  if (to === 'mysql') await byHand.rows("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')")
  for (const [column, pair] of columns) {
    const own = [...rows.entries()].filter(([, row]) => row.column === column)
    const insert = (side: Side, all: typeof own) => {
      const values = all.map(([id, { value }]) => `(${id}, ${written(pair[side], side, value)})`)
      return `INSERT INTO r (id, "${column}") VALUES ${values.join(', ')}`
    }
    await source.execute(insert('source', own))
    // What the engine does not take by hand the product must not write either.
    await byHand.rows(insert('target', own)).catch(async () => {
      for (const one of own) await byHand.rows(insert('target', [one])).catch(() => {})
    })
  }
  const accepted = [...columns.keys()].map(column => [
    column,
    { from: column, accept_loss: 'rounded on purpose' },
  ])
  const run = cutover(source.url, target.url, { tables: { r: { columns: Object.fromEntries(accepted) } } })
  await run.migrate()
  const arrived = await read(target, columns)
  const failures = await judgeRounded(run, rows, arrived, await read(byHand, columns))
  return { rounded: arrived.size, failures }
}

async function createTable(
  engine: EngineName,
  columns: Map<string, ColumnPair>,
  side: Side,
): Promise<TestDatabase> {
  const database = await createDatabase(engine)
  const list = [...columns].map(([column, pair]) => `"${column}" ${pair[side].declared} NULL`)
  const key = engine === 'sqlite' ? 'INTEGER' : 'bigint'
  await database.execute(`CREATE TABLE r (id ${key} PRIMARY KEY, ${list.join(', ')})`)
  return database
}

async function judgeRounded(
  run: Cutover,
  rows: Row[],
  arrived: Map<number, string>,
  wanted: Map<number, string>,
): Promise<string[]> {
  const { differences } = await run.verify({ limitDiffs: 1_000_000 })
  const differing = new Map(differences.map(one => [Number(one.key.id), one.kind]))
  const failures: string[] = []
  for (const [id, { pair, value }] of rows.entries()) {
    const { kind } = landing(pair.source, pair.target)!
    const [is, should] = [arrived.get(id), wanted.get(id)].map(text => text && canonical(kind, text))
    const what = `${nameOf(pair.source)} → ${nameOf(pair.target)}: ${shown(value)}`
    if (is !== should) failures.push(`${what} is there as ${shown(is)}, and by hand as ${shown(should)}`)
    const expected = is === undefined ? 'missing' : undefined
    if (differing.get(id) !== expected)
      failures.push(`${what}, there as ${shown(is)}, is ${differing.get(id)}`)
  }
  return failures
}

function isLossy(pair: ColumnPair): boolean {
  const { source, target } = pair
  return (
    target.engine !== 'sqlite' &&
    roundable.includes(target.kind) &&
    landing(source, target)!.kind === target.kind &&
    lossyValues(pair).length > 0
  )
}

/** What has too many digits, and fits without them. */
function lossyValues({ source, target, values }: ColumnPair): string[] {
  const { kind, convert } = landing(source, target)!
  return values.filter((value): value is string => {
    if (value === null || !/\d/.test(value) || excluded.test(value)) return false
    const converted = convert(value)
    if (converted !== null && target.holds(converted, kind)) return false
    return kind === 'float32' || target.holds(cut(value, target.digits ?? target.scale ?? 0), kind)
  })
}

/**
 * What is no point in time everywhere, the last microsecond PostgreSQL knows, which it rounds to a year it does not take,
 * the number half-way beyond the greatest float, and what becomes zero in one, which PostgreSQL refuses.
 */
const excluded = /BC|^\d{4}-00|^\d{4}-\d\d-00|^294276|^3\.40282356779|e-[5-9]\d|e-\d{3}/

function cut(value: string, digits: number): string {
  const [whole, fraction = ''] = /^[\d.e+-]+$/.test(value) ? plainDecimal(value).split('.') : value.split('.')
  return `${whole}${digits > 0 ? `.${fraction.slice(0, digits)}` : ''}`.replace(/\.$/, '')
}

/** MySQL takes a decimal as it is only where it has no exponent. */
function written(form: Form, side: Side, value: string): string {
  const plain = side === 'target' && form.kind === 'decimal' ? plainDecimal(value) : value
  return form.literal(plain, form.kind)
}

async function read(database: TestDatabase, columns: Map<string, ColumnPair>): Promise<Map<number, string>> {
  const list = [...columns].map(([column, { target }]) => `${target.show(`"${column}"`)} AS "${column}"`)
  const values = new Map<number, string>()
  for (const row of await database.rows(`SELECT id, ${list.join(', ')} FROM r`)) {
    const column = [...columns.keys()].find(name => row[name] !== null)!
    values.set(Number(row.id), columns.get(column)!.target.read(row[column]!))
  }
  return values
}
