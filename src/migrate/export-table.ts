import type { Dialect } from '../engines/port/dialect.ts'
import type { Field, Relation } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import type { Table } from '../model/catalog.ts'
import { ParitygateError } from '../model/error.ts'
import type { ExportedTable } from '../model/rollback.ts'
import { decodeField, splitLines } from '../model/row-line.ts'
import type { ExportFolder } from './export-file.ts'
import type { LostRows } from './lost-rows.ts'
import { storedFields } from './stored-rows.ts'

/** A table of which rows are to be saved. */
export interface TableToExport {
  /** As the plan calls it. */
  name: string
  table: Table
  target: Session
  /** The rows that go. */
  going: Relation
  /** A sentence where all of them are to be saved. */
  lost: LostRows | string
}

/**
 * Saves the rows that would be lost, each with every column of its table; null where there are none.
 *
 * @throws {ParitygateError} rollback.export-failed; rollback.changing, where there are others than were found
 */
export async function exportTable(
  { name, table, target, going, lost }: TableToExport,
  folder: ExportFolder,
): Promise<ExportedTable | null> {
  const choice = typeof lost === 'string' ? await allOf(target, going) : someOf(lost)
  if (choice.expected === 0) return null
  const { dialect } = target
  const file = folder.file(name)
  let rows = 0
  try {
    for await (const { bytes } of target.read(going, [...choice.fields, ...storedFields(dialect, table)])) {
      for (const line of splitLines(bytes)) {
        const cells = line.toString('latin1').split('\t')
        const known = cells.splice(0, choice.fields.length)
        if (!choice.takes(known)) continue
        file.write(
          new Map(table.columns.map((column, index) => [column.name, textOf(dialect, cells[index]!)])),
        )
        rows++
      }
    }
  } finally {
    file.close()
  }
  if (!choice.isComplete(rows))
    throw new ParitygateError(
      'rollback.changing',
      'other rows were there when they were saved than had been found',
      {
        where: `table "${name}"`,
      },
    )
  const counted =
    typeof lost === 'string'
      ? { added: 0, changed: 0, whole: lost }
      : { added: lost.added, changed: rows - lost.added, whole: null }
  return { table: name, file: file.path, rows, ...counted }
}

function textOf(dialect: Dialect, cell: string): string | null {
  const text = decodeField(cell)
  return text === null ? null : dialect.storedText(Buffer.from(text, 'latin1'))
}

/** Which rows of those that are read are taken. */
interface Choice {
  /** Read before the columns of the table, for `takes` to look at. */
  fields: Field[]
  /** At least so many. */
  expected: number
  takes(known: string[]): boolean
  /** Whether all that were found are among the rows taken. */
  isComplete(rows: number): boolean
}

async function allOf(target: Session, going: Relation): Promise<Choice> {
  const expected = await target.count(going)
  return { fields: [], expected, takes: () => true, isComplete: rows => rows === expected }
}

function someOf({ fields, keys, otherwise, exact }: LostRows): Choice {
  const flagged = otherwise?.rows ?? 0
  const flag: Field[] =
    otherwise === null
      ? []
      : [
          {
            expression: `CASE WHEN ${otherwise.condition} THEN 1 ELSE 0 END`,
            type: { kind: 'integer', bits: 64 },
          },
        ]
  const missing = new Map(keys)
  let unflagged = flagged
  return {
    fields: [...fields, ...flag],
    expected: keys.size + flagged,
    takes(known) {
      const isOther = otherwise !== null && known.at(-1) === '1'
      if (isOther) unflagged--
      const key = known.slice(0, fields.length).join('\t')
      const left = missing.get(key)
      if (left === undefined || (exact && left === 0)) return isOther
      missing.set(key, left - 1)
      return true
    },
    isComplete: () => unflagged === 0 && [...missing.values()].every(left => left <= 0),
  }
}
