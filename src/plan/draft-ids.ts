import { stringify } from 'yaml'
import { type Column, findColumn, type Table } from '../model/catalog.ts'
import { similar } from './similar.ts'

/** A source table, and the target table that is to hold its rows. */
export interface TablePair {
  source: Table
  target: Table
}

/** A target column that is a new id, or refers to one. */
export interface DraftedId {
  column: string
  /** The source columns it is made of. */
  of: string[]
  /** As the plan says it. */
  entry: string
}

/** Whole numbers that become UUIDs: in the key of the table, and in what refers to such a key. */
export function draftIds(pair: TablePair, pairs: TablePair[], comments: string[]): DraftedId[] {
  const found: DraftedId[] = []
  if (makesIds(pair, pairs)) {
    const [column] = pair.target.primaryKey
    const of = pair.source.primaryKey
    found.push({ column: column!, of, entry: flow({ id: pair.target.name }) })
    comments.push(
      `decide: "${column}" becomes a UUID made of ${of.join(', ')}; where somebody else's migration gives the new ids, say match_on instead.`,
    )
  }
  for (const column of pair.target.columns.filter(one => holdsUuids(one) && one.name !== found[0]?.column)) {
    const old = similar(column.name, pair.source.columns)
    if (!old || !isNumber(old)) continue
    const parent = parentOf(pair, column.name, old.name, pairs)
    if (parent) {
      const entry = flow({ id: parent.target.name, of: old.name })
      found.push({ column: column.name, of: [old.name], entry })
    } else {
      comments.push(
        `decide: "${column.name}" is a UUID, and "${old.name}" a number: say to which table it refers:`,
        `  columns: { ${flow(column.name)}: ${flow({ id: '…', of: old.name })} }`,
      )
    }
  }
  return found
}

/** Values of the one cannot become values of the other. */
export function isNumberForUuid(old: Column, column: Column): boolean {
  return isNumber(old) && holdsUuids(column)
}

/** A key that is somebody else's is no new one. */
function makesIds(pair: TablePair, pairs: TablePair[]): boolean {
  return hasNewKey(pair) && !sharedKey(pair, pairs)
}

function hasNewKey({ source, target }: TablePair): boolean {
  const [key, ...more] = target.primaryKey.map(name => findColumn(target, name)!)
  const old = source.primaryKey.map(name => findColumn(source, name)!)
  return key !== undefined && more.length === 0 && holdsUuids(key) && old.length > 0 && old.every(isNumber)
}

/** The table whose key is the key of this one, too. */
function sharedKey(pair: TablePair, pairs: TablePair[]): TablePair | undefined {
  const [old, ...more] = pair.source.primaryKey
  if (old === undefined || more.length > 0) return undefined
  const named = namedParents(pair, pair.target.primaryKey[0]!, old, pairs)
  return named.find(one => one !== pair && hasNewKey(one))
}

/** The table whose new ids a column refers to. */
function parentOf(pair: TablePair, column: string, old: string, pairs: TablePair[]): TablePair | undefined {
  const seen = new Set<TablePair>()
  let parent = namedParents(pair, column, old, pairs).find(hasNewKey)
  while (parent && !seen.has(parent)) {
    const shared = sharedKey(parent, pairs)
    if (!shared) return parent
    seen.add(parent)
    parent = shared
  }
  return undefined
}

/** Those a foreign key of the target or of the source names. */
function namedParents({ source, target }: TablePair, column: string, old: string, pairs: TablePair[]) {
  const named = (table: Table, name: string) =>
    table.foreignKeys
      .filter(({ columns }) => columns.length === 1 && columns[0] === name)
      .map(({ referencedTable }) => referencedTable)
  const targets = named(target, column)
  const sources = named(source, old)
  return pairs.filter(one => targets.includes(one.target.name) || sources.includes(one.source.name))
}

function isNumber({ type }: Column): boolean {
  return type.kind === 'integer'
}

/** Engines without UUIDs hold them as text of 36 characters or as 16 bytes. */
function holdsUuids({ type }: Column): boolean {
  if (type.kind === 'uuid') return true
  return (type.kind === 'text' && type.length === 36) || (type.kind === 'bytes' && type.length === 16)
}

/** In one line of YAML. */
export function flow(value: unknown): string {
  return stringify(value, { lineWidth: 0, collectionStyle: 'flow' }).trimEnd()
}
