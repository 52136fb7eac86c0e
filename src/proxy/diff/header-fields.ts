/** Header lines by lower-case name, values of one name in their order. */
export type HeaderFields = ReadonlyMap<string, string[]>

export function headerFields(headers: readonly string[]): HeaderFields {
  const fields = new Map<string, string[]>()
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index]!.toLowerCase()
    const known = fields.get(name)
    if (known === undefined) fields.set(name, [headers[index + 1]!])
    else known.push(headers[index + 1]!)
  }
  return fields
}

/** One value: lines of one name are one list (RFC 9110 §5.3); null where there is none. */
export function fieldValue(fields: HeaderFields, name: string): string | null {
  const values = fields.get(name)
  if (values === undefined) return null
  return values.length === 1 ? values[0]! : values.join(', ')
}

/** The parts of a list, not cut inside quotes or angle brackets. */
export function listOf(value: string, separator: ',' | ';'): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  let bracketed = false
  for (let at = 0; at < value.length; at++) {
    const char = value[at]
    if (quoted) {
      if (char === '\\') at++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '<') bracketed = true
    else if (char === '>') bracketed = false
    else if (char === separator && !bracketed) {
      parts.push(value.slice(start, at))
      start = at + 1
    }
  }
  parts.push(value.slice(start))
  return parts.map(part => part.trim().replace(/\s+/g, ' ')).filter(part => part !== '')
}
