import { type Index, isOverWholeColumns, type Table } from '../../model/catalog.ts'
import { type FittedColumn, type Note, shares } from './fit-columns.ts'
import { quote } from './quoting.ts'
import { KEY_BYTES } from './sizes.ts'

const MOST_PARTS = 16
const LONGEST_NAME = 64

export interface Keys {
  clauses: string[]
  /** Columns that come first in a key. */
  first: Set<string>
}

/** The table's keys and indexes, and one for each foreign key that has none, with names that are free within the table. */
export function keyClauses(
  table: Table,
  columns: FittedColumn[],
  server: { mariadb: boolean },
  note: Note,
): Keys {
  const clauses: string[] = []
  const covered: string[][] = []
  const nameFor = freeNames()
  const partsOf = (names: string[]) => names.map(name => columns.find(({ column }) => column.name === name)!)
  const add = (words: string, names: string[], { unique = false, hashed = false } = {}) => {
    const what = words.split(' `')[0]!.toLowerCase()
    const parts = partsOf(names)
    const refused = whyNoKey(parts)
    if (refused !== null)
      return note(names.join(', '), `${what} (${names.join(', ')}) not carried over: ${refused}`)
    const written = hashed ? names.map(quote) : keyParts(parts)
    const whole = written.every((part, index) => part === quote(names[index]!))
    if (unique && !whole)
      note(names.join(', '), `${what} holds for the beginning of values only: (${written.join(', ')})`)
    clauses.push(`${words} (${written.join(', ')})`)
    if (whole) covered.push(names)
  }
  if (table.primaryKey.length > 0) add('PRIMARY KEY', table.primaryKey, { unique: true })
  const uniques = table.uniques.map(names => ({ names, index: table.indexes.find(isConstraint(names)) }))
  const plain = table.indexes.filter(isOverWholeColumns).filter(index => !index.constraint)
  for (const { names, index } of [...uniques, ...plain.map(one => ({ names: one.columns, index: one }))]) {
    const unique = index?.unique ?? true
    const name = quote(nameFor(index ? ownName(index) : names.join('_')))
    // MariaDB keeps a hash of a unique value that is too long for a key.
    const hashed = unique && server.mariadb && partsOf(names).some(({ size }) => size.key === null)
    add(`${unique ? 'UNIQUE ' : ''}KEY ${name}`, names, { unique, hashed })
  }
  for (const { columns: names } of table.foreignKeys) {
    if (!isIndexable(partsOf(names)) || covered.some(key => names.every((name, at) => key[at] === name)))
      continue
    add(`KEY ${quote(nameFor(names.join('_')))}`, names)
  }
  return { clauses, first: new Set(covered.map(names => names[0]!)) }
}

/** Whether whole values of all columns together fit into a key. */
export function isIndexable(parts: FittedColumn[]): boolean {
  return parts.reduce((sum, { size }) => sum + (size.key ?? KEY_BYTES + 1), 0) <= KEY_BYTES
}

function whyNoKey(parts: FittedColumn[]): string | null {
  if (parts.length > MOST_PARTS) return `a key has at most ${MOST_PARTS} columns`
  const unfit = parts.find(
    ({ size, type }) => size.key === null && type?.kind !== 'text' && type?.kind !== 'bytes',
  )
  return unfit ? `${unfit.declared} cannot be part of a key` : null
}

/** Columns that are too long take part with their beginning. */
function keyParts(parts: FittedColumn[]): string[] {
  const given = shares(parts.map(({ size, charset }) => size.key ?? 255 * charset))
  return parts.map(({ column, type, size, charset }, index) => {
    const name = quote(column.name)
    if (size.key !== null && given[index]! >= size.key) return name
    return `${name}(${Math.floor(given[index]! / (type?.kind === 'text' ? charset : 1))})`
  })
}

function isConstraint(names: string[]): (index: Index) => boolean {
  return ({ constraint, unique, definition, columns }) =>
    constraint && unique && definition !== '' && columns.join('\t') === names.join('\t')
}

/** A name of this engine is free within its table only; the catalog's is free in the whole schema. */
function ownName({ name, definition }: Index): string {
  return /^(?:UNIQUE )?KEY `((?:[^`]|``)+)`/.exec(definition)?.[1]?.replaceAll('``', '`') ?? name
}

function freeNames(): (wanted: string) => string {
  const taken = new Set(['primary'])
  return wanted => {
    for (let number = 1; ; number++) {
      const end = number === 1 ? '' : `_${number}`
      const name = [...wanted].slice(0, LONGEST_NAME - end.length).join('') + end
      if (taken.has(name.toLowerCase())) continue
      taken.add(name.toLowerCase())
      return name
    }
  }
}
