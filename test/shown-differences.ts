import type { VerifyResult } from '../src/index.ts'

/** `changed users id=1 name`: kind, table, key and columns, sorted. */
export function shownDifferences({ differences }: VerifyResult): string[] {
  return differences
    .map(({ kind, table, key, columns }) => {
      const keys = Object.entries(key).map(([name, value]) => `${name}=${value}`)
      return `${kind} ${table} ${keys.join(',')} ${Object.keys(columns).join(',')}`
    })
    .sort()
}
