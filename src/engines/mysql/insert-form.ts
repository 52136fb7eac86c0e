import { decodeField, splitLines } from '../../model/row-line.ts'
import { geometryOf, type TargetColumn, type TargetTable } from './load-columns.ts'
import { list } from './quoting.ts'
import { vectorBytes } from './vector.ts'

/** An INSERT of row lines. Their escapes are those of a text literal, but for `\v`, `\f` and the quote. */
export function insertForm(lines: Buffer, { qualified, columns, mariadb }: TargetTable): string {
  const insert = `INSERT INTO ${qualified} (${list(columns.map(({ name }) => name))}) VALUES `
  if (columns.every(({ form }) => form === 'text')) {
    const rows = textLiteral(lines.toString('utf8', 0, lines.length - 1))
      .replaceAll('\t', "','")
      .replaceAll('\n', "'),('")
    // `\N` stands nowhere but for NULL: a backslash of a text has been doubled.
    return `${insert}('${rows}')`.replaceAll("'\\N'", 'NULL')
  }
  const rows = splitLines(lines).map(line => {
    const fields = line.toString('latin1').split('\t')
    return `(${fields.map((field, index) => literalOf(field, columns[index]!, mariadb)).join(',')})`
  })
  return insert + rows.join(',')
}

/** @param field one character a byte */
export function literalOf(field: string, { form }: TargetColumn, mariadb: boolean): string {
  if (field === '\\N') return 'NULL'
  switch (form) {
    case 'boolean':
      return field === 't' ? '1' : '0'
    case 'bits':
      return `b'${field.replace('t', '1').replace('f', '0')}'`
    case 'bytes':
      return `x'${field.slice(3)}'`
    case 'raw':
      return `x'${Buffer.from(decodeField(field)!, 'latin1').toString('hex')}'`
    case 'vector':
      return `x'${vectorBytes(decodeField(field)!)!.toString('hex')}'`
    case 'geometry':
      return geometryOf(`'${textOf(field)}'`, { mariadb })
    case 'year':
      return `'${field.padStart(4, '0')}'`
    case 'float':
      // Read as a double, the shortest text of the greatest float lies beyond it.
      return `'${field.replace('3.4028235e+38', '3.4028234663852886e+38')}'`
    default:
      return `'${textOf(field)}'`
  }
}

function textOf(field: string): string {
  return textLiteral(Buffer.from(field, 'latin1').toString())
}

function textLiteral(text: string): string {
  const quoted = text.replaceAll("'", "\\'")
  if (!quoted.includes('\\v') && !quoted.includes('\\f')) return quoted
  return quoted.replace(/\\(.)/gs, (whole, letter: string) =>
    letter === 'v' ? '\v' : letter === 'f' ? '\f' : whole,
  )
}
