import { cutName } from '../cut-name.ts'

/** The longest name PostgreSQL keeps whole, in bytes. */
const LONGEST = 63

/**
 * Names for what has none of its own in other engines, or one that is free within its table only: an enum, and an index.
 * None is the name of a table, or of another of them, in whatever case.
 */
export function portableNames(
  tables: string[],
  indexes: { table: string; name: string }[],
): { index(table: string, name: string): string; enum(table: string, column: string): string } {
  const taken = new Set(tables.map(folded))
  const free = (wanted: string): string => {
    for (let number = 1; ; number++) {
      const end = number === 1 ? '' : `_${number}`
      const name = cutName(wanted, LONGEST - end.length) + end
      if (taken.has(folded(name))) continue
      taken.add(folded(name))
      return name
    }
  }
  const counts = new Map<string, number>()
  for (const { name } of indexes) counts.set(folded(name), (counts.get(folded(name)) ?? 0) + 1)
  const own = ({ name }: { name: string }) => counts.get(folded(name)) === 1 && !taken.has(folded(name))
  const kept = indexes.filter(own)
  for (const { name } of kept) taken.add(folded(name))
  const found = new Map(kept.map(({ table, name }) => [`${table}\t${name}`, name]))
  return {
    index(table, name) {
      const key = `${table}\t${name}`
      const given = found.get(key) ?? free(`${table}_${name}`)
      found.set(key, given)
      return given
    },
    enum: (table, column) => free(`${table}_${column}`),
  }
}

function folded(name: string): string {
  return cutName(name, LONGEST).toLowerCase()
}
