import type { BothSides } from '../compare/both-sides.ts'
import { pairOf } from '../compare/mapping-pair.ts'
import { fieldsOf } from '../compare/relation-pair.ts'
import type { Field } from '../engines/port/rows.ts'
import type { Session } from '../engines/port/session.ts'
import type { LogicalType } from '../model/logical-type.ts'
import { decodeField, decodeLine, isNullField, splitLines, TAB } from '../model/row-line.ts'
import type { Mapping } from '../plan/mapping.ts'
import type { Store } from '../store/store.ts'

/** Keeps which new id each old key has got, for a table whose new ids nobody can recompute: of rows that can be paired. */
export async function discoverIds(
  { source, target }: BothSides<Session>,
  mapping: Mapping,
  store: Store,
  signal?: AbortSignal,
): Promise<void> {
  const id = mapping.columns.find(column => column.discovered)
  if (!id) return
  const pair = pairOf(mapping)
  const naturalKey = (side: 'source' | 'target') => fieldsOf(pair, side).slice(0, pair.keyFields)
  const { targetType: own } = id
  // An engine without UUIDs keeps them as bytes.
  const type: LogicalType = own.kind === 'bytes' && own.length === 16 ? { kind: 'uuid' } : own
  const newId: Field = { expression: target.dialect.quote(id.name), type, own }
  const discovery = store.discoverIds(mapping.table)
  try {
    const ofSource = [...naturalKey('source'), ...id.made.oldKeyInputs!]
    const ofTarget = [...naturalKey('target'), newId]
    await eachRow(source, mapping.sourceRelation, ofSource, pair.keyFields, signal, (natural, rest) =>
      discovery.ofSource(natural, decodeLine(rest)),
    )
    await eachRow(target, mapping.targetRelation, ofTarget, pair.keyFields, signal, (natural, rest) =>
      discovery.ofTarget(natural, decodeField(rest.toString())),
    )
    discovery.keep()
  } finally {
    discovery.end()
  }
}

/** Rows with NULL among the first fields are left out: nothing pairs them. */
async function eachRow(
  session: Session,
  relation: Mapping['sourceRelation'],
  fields: Field[],
  keyFields: number,
  signal: AbortSignal | undefined,
  take: (natural: Buffer, rest: Buffer) => void,
): Promise<void> {
  for await (const piece of session.digestLines(relation, fields, signal ? { signal } : {})) {
    for (const line of splitLines(piece)) {
      let end = -1
      let isNull = false
      for (let field = 0; field < keyFields; field++) {
        const start = end + 1
        end = line.indexOf(TAB, start)
        isNull ||= isNullField(line, start, end)
      }
      if (!isNull) take(line.subarray(0, end), line.subarray(end + 1))
    }
  }
}
