/** A boolean in one of PostgreSQL's spellings (https://www.postgresql.org/docs/current/datatype-boolean.html). */
export function canonicalBoolean(text: string): 't' | 'f' | null {
  const word = text.trim().toLowerCase()
  if (/^(1|t|tr|tru|true|y|ye|yes|on)$/.test(word)) return 't'
  return /^(0|f|fa|fal|fals|false|n|no|of|off)$/.test(word) ? 'f' : null
}
