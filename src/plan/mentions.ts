import type { EngineName } from '../model/catalog.ts'

/** Whether SQL of an engine names a column; texts and comments in it, and names of functions and types, are no columns. */
export function mentions(sql: string, column: string, engine: EngineName): boolean {
  const names = codeOf(sql, engine)
    .replace(/(?:::|\bas\b)\s*\w+/gi, ' ')
    .replace(/\b\w+\s*\(/g, '(')
  const name = column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[^A-Za-z0-9_])${name}($|[^A-Za-z0-9_])`, 'i').test(names)
}

/** Without texts and comments. */
function codeOf(sql: string, engine: EngineName): string {
  // What is in double quotes is a text there, and a backslash takes the quote after it along.
  if (engine === 'mysql')
    return sql.replace(/'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*"|(?:--\s|#)[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
  return sql.replace(/'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
}
