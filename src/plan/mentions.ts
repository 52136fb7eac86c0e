import type { EngineName } from '../model/catalog.ts'

/** Whether SQL of an engine may mean something of this name; texts and comments in it name nothing. */
export function mentions(sql: string, name: string, engine: EngineName): boolean {
  return hasName(codeOf(sql, engine), name)
}

/** Whether an expression may name the column; names of functions, and of types in a cast, are no columns. */
export function mentionsColumn(sql: string, column: string, engine: EngineName): boolean {
  const code = codeOf(sql, engine)
    .replace(/(?:::|\bas\b)\s*\w+/gi, ' ')
    .replace(/\b\w+\s*\(/g, '(')
  return hasName(code, column)
}

function hasName(code: string, name: string): boolean {
  // Most SQL does not, and an expression with classes of letters takes long to make.
  if (!folded(code).includes(folded(name))) return false
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[^\\p{L}\\p{N}_$])${escaped}($|[^\\p{L}\\p{N}_$])`, 'iu').test(code)
}

/** Letters that are one in some case are one: `ſ` is an s, and the sign of Kelvin a k. */
function folded(text: string): string {
  return text.toLowerCase().toUpperCase()
}

/** Without texts and comments. */
function codeOf(sql: string, engine: EngineName): string {
  // What is in double quotes is a text there, and a backslash takes the quote after it along.
  if (engine === 'mysql')
    return sql.replace(/'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*"|(?:--\s|#)[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
  return sql.replace(/'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
}
