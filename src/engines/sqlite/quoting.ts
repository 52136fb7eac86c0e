export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Quoted names, separated by commas. */
export function list(names: string[]): string {
  return names.map(quote).join(', ')
}
