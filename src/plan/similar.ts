/** The same name, or the only one that is the same but for case, underscores and a plural s. */
export function similar<T extends { name: string }>(wanted: string, among: T[]): T | null {
  const plain = (name: string) =>
    name
      .replace(/[^\p{L}\p{N}]/gu, '')
      .toLowerCase()
      .replace(/ies$/, 'y')
      .replace(/s$/, '')
  const candidates = among.filter(one => plain(one.name) === plain(wanted))
  return among.find(one => one.name === wanted) ?? (candidates.length === 1 ? candidates[0]! : null)
}
