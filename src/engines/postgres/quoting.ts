/** PostgreSQL cuts longer names, in bytes, which can make two of them the same. */
export const LONGEST_NAME = 63

export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

/** `E''` where needed, so that a backslash means itself whatever standard_conforming_strings says. */
export function literal(text: string): string {
  const quoted = text.replaceAll("'", "''")
  return quoted.includes('\\') ? ` E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`
}

export function qualified(schema: string | null, name: string): string {
  return schema === null ? quote(name) : `${quote(schema)}.${quote(name)}`
}

/** Quoted names, separated by commas. */
export function list(names: string[]): string {
  return names.map(quote).join(', ')
}
