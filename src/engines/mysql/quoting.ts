export function quote(identifier: string): string {
  return `\`${identifier.replaceAll('`', '``')}\``
}

export function qualified(schema: string | null, name: string): string {
  return schema === null ? quote(name) : `${quote(schema)}.${quote(name)}`
}

/** Quoted names, separated by commas. */
export function list(names: string[]): string {
  return names.map(quote).join(', ')
}

/** A text literal in a session without NO_BACKSLASH_ESCAPES. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0')}'`
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', 0: '\0', Z: '\x1a' }

/** What stands between the quotes of a text literal (https://dev.mysql.com/doc/refman/8.0/en/string-literals.html). */
export function unescapeText(text: string): string {
  return text.replace(/''|\\(.)/gs, (_, escaped?: string) =>
    escaped === undefined ? "'" : (escapes[escaped] ?? escaped),
  )
}
