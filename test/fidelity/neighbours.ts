import type { EngineName } from '../../src/model/catalog.ts'
import { cutover } from '../cutover.ts'
import { strings } from './corpus/strings.ts'
import { createDatabase } from './database.ts'
import type { Form } from './form.ts'
import { mysqlForm } from './forms-mysql.ts'
import { postgresForm } from './forms-postgres.ts'
import { sqliteForm } from './forms-sqlite.ts'

const texts: Record<EngineName, Form> = {
  sqlite: sqliteForm('TEXT'),
  postgres: postgresForm('text'),
  mysql: mysqlForm('longtext'),
}

type Values = [string, string]

/** What two texts of one row become when something moves from the one to the other, or they change places. */
const moves: ((values: Values) => Values)[] = [
  ([a, b]) => [b, a],
  ([a, b]) => [[...a].slice(0, -1).join(''), ([...a].at(-1) ?? '') + b],
  ([a, b]) => [`${a}\t${b}`, ''],
  ([a, b]) => ['', `${a}\\t${b}`],
]

/**
 * Copies rows of two texts, and moves text between the two columns of each.
 *
 * @returns rows that verify did not find, or found though nothing had changed
 */
export async function movedText(from: EngineName, to: EngineName): Promise<string[]> {
  const [own, others] = [texts[from], texts[to]]
  const usable = strings.filter(text => own.holds(text, 'text') && others.holds(text, 'text'))
  const rows = usable.map((text, index): Values => [text, usable[(index * 7 + 3) % usable.length]!])
  const [source, target] = [await createDatabase(from), await createDatabase(to)]
  const sql = (form: Form, all: Values[]) =>
    all
      .map((values, id) => `(${id}, ${values.map(text => form.literal(text, 'text')).join(', ')})`)
      .join(', ')
  const columns = (form: Form) => `id bigint PRIMARY KEY, a ${form.declared}, b ${form.declared}`
  await source.execute(`CREATE TABLE n (${columns(own)}); INSERT INTO n VALUES ${sql(own, rows)}`)
  await target.execute(`CREATE TABLE n (${columns(others)})`)
  const run = cutover(source.url, target.url, { tables: { n: {} } })
  const found = async () => {
    const { differences } = await run.verify({ limitDiffs: 1_000_000 })
    return new Map(differences.map(one => [Number(one.key.id), Object.keys(one.columns).join(' ')]))
  }
  await run.migrate()
  const failures = [...(await found()).keys()].map(
    id => `differs as it was copied: ${JSON.stringify(rows[id])}`,
  )
  const moved = rows.map((values, id) => moves[id % moves.length]!(values))
  await target.execute(`DELETE FROM n; INSERT INTO n VALUES ${sql(others, moved)}`)
  const after = await found()
  for (const [id, [a, b]] of rows.entries()) {
    const changed = [a !== moved[id]![0] && 'a', b !== moved[id]![1] && 'b'].filter(Boolean).join(' ')
    if ((after.get(id) ?? '') === changed) continue
    failures.push(
      `${JSON.stringify(rows[id])} became ${JSON.stringify(moved[id])}: ${after.get(id) ?? 'not reported'}`,
    )
  }
  return failures
}
