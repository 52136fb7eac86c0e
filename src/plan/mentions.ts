/** Whether SQL names a column; texts and comments in it, and names of functions and types, are no columns. */
export function mentions(sql: string, column: string): boolean {
  const names = sql
    .replace(/'(?:[^']|'')*'/g, ' ')
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replace(/(?:::|\bas\b)\s*\w+/gi, ' ')
    .replace(/\b\w+\s*\(/g, '(')
  const name = column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[^A-Za-z0-9_])${name}($|[^A-Za-z0-9_])`, 'i').test(names)
}
