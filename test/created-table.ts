import type { Session } from '../src/engines/port/session.ts'
import type { TargetSession } from '../src/engines/port/target-session.ts'
import { type Column, findTable, type Table } from '../src/model/catalog.ts'

/** A column to be created, of a type the target has. */
export function column(name: string, target: Session, declared: string, more: Partial<Column> = {}): Column {
  return {
    name,
    type: target.dialect.parseType(declared) ?? { kind: 'text' },
    declared,
    typeEnforced: true,
    nullable: true,
    collation: null,
    default: null,
    onUpdate: null,
    generated: null,
    automatic: false,
    always: false,
    sequence: null,
    ...more,
  }
}

export function table(name: string, columns: Column[], more: Partial<Table> = {}): Table {
  const none = { primaryKey: [], uniques: [], foreignKeys: [], indexes: [], checks: [] }
  return { name, kind: 'table', columns, ...none, rowid: null, ...more }
}

/** Creates the table as migrate does, and returns it as the server has it, with the notes. */
export async function created(target: TargetSession, wanted: Table) {
  for (const { type } of wanted.columns) {
    const statement = type.kind === 'enum' ? target.dialect.createEnum(type) : null
    if (statement !== null) await target.execute(statement)
  }
  const { sql, notes } = target.dialect.createTable(wanted)
  await target.execute(sql)
  for (const sql of target.dialect.createIndexes(wanted)) await target.execute(sql)
  await target.begin()
  for (const key of wanted.foreignKeys) await target.addForeignKey({ table: wanted.name, key })
  await target.commit()
  const found = findTable(await target.introspect(), wanted.name)!
  return { found, notes: notes.map(note => `${note.column ?? ''}: ${note.note}`) }
}
