import { isSecretName, REDACTED } from '../model/redact.ts'

const SHOWN = 200
/** Enough to cut from after everything secret is out. */
const READ = 8000

/**
 * The beginning of a statement on one line, about 200 characters. One that names a password or the like shows none of its
 * literals.
 */
export function shownStatement(sql: string): string {
  const start = sql.slice(0, READ)
  const shown = (namesSecrets(start) ? withoutLiterals(start) : start).replace(/\s+/g, ' ')
  return shown.length > SHOWN || sql.length > READ ? `${shown.slice(0, SHOWN)}…` : shown
}

/** What a server says of a statement, without the literals of one that names a password or the like. */
export function shownMessage(message: string, sql: string): string {
  const start = sql.slice(0, READ)
  if (!namesSecrets(start)) return message
  const literals = [...start.matchAll(literal)].map(([text]) =>
    text.replace(/^(\$\w*\$|.)|(\$\w*\$|.)$/gs, ''),
  )
  const shown = literals
    // Shorter ones would hide more than themselves.
    .filter(text => text.length > 2)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, text) => rest.replaceAll(text, REDACTED), message)
  // MySQL repeats the statement from where it stopped understanding it, cut wherever it is too long.
  return shown.replace(/ near '.*$/s, ` near ${REDACTED}`)
}

const literal = /'(?:[^'\\]|''|\\.)*(?:'|$)|(\$\w*\$).*?(?:\1|$)/gs
/** In MySQL a literal, in the others a name. */
const doubleQuoted = /"(?:[^"\\]|""|\\.)*(?:"|$)/gs

function namesSecrets(sql: string): boolean {
  return (
    /\bIDENTIFIED\b|\bCONNECTION\b|:\/\/[^\s/'"]*:[^\s/'"]*@/i.test(sql) ||
    (sql.match(/[\w$]+/g) ?? []).some(isSecretName)
  )
}

function withoutLiterals(sql: string): string {
  const plain = sql.replace(literal, `'${REDACTED}'`)
  // Names of columns stand before the first of these.
  const values = /\b(VALUES?|SET|BY|AS|PASSWORD|OPTIONS|SELECT)\b|=/i.exec(plain)?.index ?? plain.length
  return plain.replace(doubleQuoted, (text, at: number) => (at < values ? text : `"${REDACTED}"`))
}
