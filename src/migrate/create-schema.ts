import type { TargetSession } from '../engines/port/target-session.ts'
import { isOverWholeColumns } from '../model/catalog.ts'
import type { FidelityNote } from '../model/ledger.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { KnownObjects } from './copy-context.ts'
import type { Made } from './journal.ts'

/**
 * Creates tables and the enum types they need. Which of their keys and indexes are created with them is the engine's: none
 * where all can come once the rows are there, which costs less; else those that must, or all of them.
 *
 * @param known what is there besides tables; what is made is added
 * @param made is told of what is made besides tables, in the same transaction
 * @param created is told of each table that is there now
 */
export async function createTables(
  target: TargetSession,
  mappings: Mapping[],
  known: KnownObjects,
  made: (made: Made) => Promise<void>,
  created: (mapping: Mapping) => void,
): Promise<FidelityNote[]> {
  const notes: FidelityNote[] = []
  for (const mapping of mappings) {
    if (mapping.schema !== null) await createSchema(target, mapping.schema, made)
    const table = target.dialect.createTable(mapping.target)
    for (const { type } of mapping.target.columns) {
      if (type.kind !== 'enum' || known.enums.has(type.name)) continue
      const statement = target.dialect.createEnum(type)
      if (statement === null) continue
      await target.execute(statement)
      known.enums.add(type.name)
      const name = target.dialect.table(known.schema, type.name)
      await made({ what: `type ${name}`, undo: `DROP TYPE IF EXISTS ${name}` })
    }
    for (const key of mapping.source.foreignKeys) {
      const columns = key.columns.map(
        name => mapping.columns.find(column => column.made.carries === name)?.name,
      )
      const kept = mapping.target.foreignKeys.some(one => one.columns.join('\t') === columns.join('\t'))
      const note = `foreign key to "${key.referencedTable}" not carried over: the plan does not map what it joins`
      if (!kept) notes.push({ table: mapping.table, column: key.columns.join(', '), note })
    }
    await target.execute(table.sql)
    created(mapping)
    notes.push(...table.notes, ...lossNotes(mapping))
    for (const index of mapping.target.indexes) {
      if (index.constraint || isOverWholeColumns(index)) continue
      const kind = index.partial ? 'partial index' : 'index over an expression'
      notes.push({
        table: mapping.table,
        column: null,
        note: `${kind} not carried over: ${index.definition}`,
      })
    }
  }
  return notes
}

async function createSchema(
  target: TargetSession,
  name: string,
  made: (made: Made) => Promise<void>,
): Promise<void> {
  const { dialect } = target
  const statement = dialect.createSchema(name)
  if (statement === null) return
  const isThere = `SELECT 1 AS one FROM information_schema.schemata WHERE schema_name = ${dialect.literal(name)}`
  if ((await target.query(isThere)).length > 0) return
  await target.execute(statement)
  await made({ what: `schema ${dialect.quote(name)}`, undo: `DROP SCHEMA IF EXISTS ${dialect.quote(name)}` })
}

/** What values can lose in columns made for them. */
function lossNotes({ table, fidelity, columns }: Mapping): FidelityNote[] {
  return fidelity.map(({ column, kind, note }) => {
    const rounded = columns.find(({ name }) => name === column)?.rounded ?? false
    const meanings = {
      form: note,
      refusal: `cannot hold ${note}: such rows go into quarantine`,
      rounding: rounded
        ? `rounds ${note}, as the plan accepts`
        : `cannot hold ${note}: rows whose value would change go into quarantine`,
    }
    return { table, column, note: meanings[kind] }
  })
}

/** Adds keys, indexes and foreign keys, as far as they are not there yet, to tables that now hold their rows. */
export async function finishCreatedTables(
  target: TargetSession,
  mappings: Mapping[],
): Promise<FidelityNote[]> {
  const notes: FidelityNote[] = []
  for (const mapping of mappings) {
    for (const sql of target.dialect.createIndexes(mapping.target)) await target.execute(sql)
  }
  for (const mapping of mappings) {
    for (const key of mapping.target.foreignKeys) {
      if (await target.addForeignKey({ table: mapping.target.name, key })) continue
      // Rows that are orphans in the source already are kept, and found by verify; new ones are refused from here.
      const column = key.columns.join(', ')
      const note = `foreign key to "${key.referencedTable}" holds for later rows only (NOT VALID): the source has orphans, and they were copied`
      notes.push({ table: mapping.table, column, note })
    }
  }
  return notes
}
