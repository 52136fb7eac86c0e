import { digestRows } from '../compare/digest-rows.ts'
import type { Checksum } from '../compare/relation-pair.ts'
import type { Dialect } from '../engines/port/dialect.ts'
import type { Field, Relation } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import type { Table } from '../model/catalog.ts'

/** Every column of a table, as it is stored. */
export function storedFields(dialect: Dialect, { columns }: Table): Field[] {
  return columns.map(({ name, type }) => ({ expression: dialect.quote(name), type, own: type, native: true }))
}

/** What the rows are at a moment: where any of them is changed, or comes or goes, it is another. */
export async function stateOf(session: Session, relation: Relation, table: Table): Promise<Checksum> {
  const fields = storedFields(session.dialect, table)
  const hashing = await session.hashing?.(relation, fields)
  if (hashing?.parts) return hashing.whole()
  const { rows, sum } = await digestRows(bytesOf(session, relation, fields), 1, { kind: 'hash', count: 1 })
  return { rows, sum }
}

async function* bytesOf(session: Session, relation: Relation, fields: Field[]): AsyncGenerator<Buffer> {
  for await (const { bytes } of session.read(relation, fields)) yield bytes
}
