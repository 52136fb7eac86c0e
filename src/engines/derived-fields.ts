import { countLines, type Lines } from '../model/row-line.ts'
import { DerivedLines, inputFields } from './derived-lines.ts'
import { addColon, addPart } from './key-name.ts'
import type { Field, LoadColumn, LoadOptions } from './port/rows.ts'
import type { TargetSession } from './port/target-session.ts'
import { refusedLine } from './refused-line.ts'
import { screenedRows } from './screened-rows.ts'
import { NamedMessage, writeUuid } from './values/uuid5.ts'

/**
 * Lets a session read fields that are made here of others, and load rows of which some could not be made. It stays the same
 * object: an engine knows its sessions again by it. `hashing` and `transfer` are the engine's own: it makes such fields itself,
 * or gives null.
 */
export function withDerivedFields(session: TargetSession): TargetSession {
  const { read, digestLines, load } = session
  session.read = (relation, fields, signal) =>
    isDerived(fields)
      ? rowsOf(read(relation, inputFields(fields), signal), new DerivedLines(fields, 'load'))
      : read(relation, fields, signal)
  session.digestLines = (relation, fields, options) =>
    isDerived(fields)
      ? linesOf(digestLines(relation, inputFields(fields), options), new DerivedLines(fields, 'compare'))
      : digestLines(relation, fields, options)
  session.load = (table, columns, lines, options) =>
    load(table, columns, withoutRefused(session, lines, columns, options), options)
  return session
}

function isDerived(fields: Field[]): boolean {
  return fields.some(({ derived }) => derived !== undefined)
}

async function* rowsOf(pieces: AsyncIterable<Lines>, derived: DerivedLines): AsyncGenerator<Lines> {
  for await (const { bytes } of pieces) yield derived.rewrite(bytes)
}

async function* linesOf(pieces: AsyncIterable<Buffer>, derived: DerivedLines): AsyncGenerator<Buffer> {
  for await (const bytes of pieces) yield derived.rewrite(bytes).bytes
}

async function* withoutRefused(
  target: TargetSession,
  pieces: AsyncIterable<Lines>,
  columns: LoadColumn[],
  { reject }: LoadOptions,
): AsyncGenerator<Lines> {
  const screen = screenedRows(target, columns, reject)
  for await (const piece of pieces) {
    for (const { line, field, reason } of piece.refused ?? [])
      reject({ row: refusedLine(target, columns, line), column: columns[field]!.name, reason })
    const bytes = screen ? screen(piece.bytes) : piece.bytes
    const rows = bytes === piece.bytes ? piece.rows : countLines(bytes)
    if (bytes.length > 0) yield { bytes, rows }
  }
}

/** The UUID that a derived field of `table` has for this key, given as canonical text. */
export function uuidOfKey(
  { namespace, table }: { namespace: string; table: string },
  parts: string[],
): string {
  const message = new NamedMessage(namespace)
  for (const [index, part] of [table, ...parts].entries()) {
    const bytes = Buffer.from(part)
    if (index > 0) addColon(message)
    addPart(message, bytes, 0, bytes.length, false)
  }
  const words = new Int32Array(5)
  message.uuid(words)
  const text = Buffer.alloc(36)
  writeUuid(words, new DataView(text.buffer, text.byteOffset, text.length), 0, true)
  return text.toString('latin1')
}
