/**
 * JSON with its keys in order, no space between, and numbers in plain digits. Of equal keys all are kept. The text itself, where
 * it is no JSON.
 */
export function sortedJson(text: string): string {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/gs) ?? []
  let at = 0
  const value = (): string => {
    const token = tokens[at++]!
    if (token === '[') {
      const items: string[] = []
      while (tokens[at] !== ']') {
        items.push(value())
        if (tokens[at] === ',') at++
      }
      at++
      return `[${items.join(',')}]`
    }
    if (token === '{') {
      const members: [string, string][] = []
      while (tokens[at] !== '}') {
        const key = JSON.stringify(JSON.parse(tokens[at]!))
        at += 2
        members.push([key, value()])
        if (tokens[at] === ',') at++
      }
      at++
      members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      return `{${members.map(member => member.join(':')).join(',')}}`
    }
    if (token.startsWith('"')) return JSON.stringify(JSON.parse(token))
    return /^(true|false|null)$/.test(token) ? token : numberText(token)
  }
  try {
    const result = value()
    return at === tokens.length ? result : text
  } catch {
    return text
  }
}

function numberText(token: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token)
  if (!parts) throw new SyntaxError(token)
  const [, sign, whole, fraction = '', exponent = '0'] = parts
  const digits = `${whole}${fraction}`.replace(/^0+/, '').replace(/0+$/, '')
  if (digits === '') return '0'
  // As a whole number and a power of ten: the same for every way to write it.
  const trailing = `${whole}${fraction}`.length - `${whole}${fraction}`.replace(/0+$/, '').length
  return `${sign}${digits}e${Number(exponent) - fraction.length + trailing}`
}
