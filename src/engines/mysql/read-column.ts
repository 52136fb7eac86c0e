import type { Column } from '../../model/catalog.ts'
import type { LogicalType } from '../../model/logical-type.ts'
import { binaryCollation } from './create-table.ts'
import { unescapeText } from './quoting.ts'
import type { Server } from './server.ts'
import type { Row } from './statement.ts'
import { parseType } from './types.ts'

/** @param json whether the column is held to be JSON by a check, as MariaDB does it */
export function readColumn(row: Row, server: Server, json: boolean, enumName: () => string): Column {
  const extra = row.extra ?? ''
  const declared = row.declared!.replace(/\s*\/\*.*?\*\//gs, '')
  const isJson = json && /text$/i.test(declared)
  const type = typeOf(isJson ? 'json' : declared, server, enumName)
  const generated = /\b(VIRTUAL|STORED|PERSISTENT) GENERATED\b/i.exec(extra)?.[1]
  const automatic = /\bauto_increment\b/i.test(extra)
  return {
    name: row.name!,
    type,
    declared: isJson ? 'json' : declared,
    typeEnforced: true,
    nullable: row.nullable === 'YES',
    collation: isJson || row.collation === binaryCollation(server) ? null : row.collation!,
    default: generated || automatic ? null : readDefault(row.default ?? null, extra, type, server),
    onUpdate: /\bon update (\S+)/i.exec(extra)?.[1] ?? null,
    generated: generated === undefined ? null : /virtual/i.test(generated) ? 'virtual' : 'stored',
    automatic,
    always: false,
    sequence: automatic ? 'AUTO_INCREMENT' : null,
  }
}

function typeOf(declared: string, server: Server, enumName: () => string): LogicalType {
  const type = parseType(declared, server) ?? { kind: 'other', name: declared }
  return type.kind === 'enum' ? { ...type, name: enumName() } : type
}

/**
 * The default as SQL text. MariaDB gives just that, NULL and all
 * (https://mariadb.com/kb/en/information-schema-columns-table/); MySQL gives a literal's bare value, unless the column is
 * DEFAULT_GENERATED (https://dev.mysql.com/doc/refman/8.0/en/information-schema-columns-table.html).
 */
function readDefault(
  given: string | null,
  extra: string,
  type: LogicalType,
  { mariadb }: Server,
): string | null {
  if (given === null) return null
  if (mariadb) {
    if (/^null$/i.test(given)) return null
    return readLiteral(given) ?? given
  }
  // An expression is escaped as a whole: _utf8mb4\'it\\\'s\'.
  if (/\bDEFAULT_GENERATED\b/i.test(extra)) {
    const written = unescapedExpression(given)
    return readLiteral(written) ?? written
  }
  const bare = ['integer', 'decimal', 'float', 'bits', 'bytes'].includes(type.kind)
  const isNow = type.kind === 'timestamp' && /^CURRENT_TIMESTAMP/i.test(given)
  return bare || isNow ? given : plainLiteral(given)
}

/** An expression as it was written, of the catalog of MySQL, which escapes it as a whole. */
export function unescapedExpression(expression: string): string {
  return expression.includes("\\'") ? unescapeText(expression) : expression
}

/** Null for what is no text literal. */
function readLiteral(written: string): string | null {
  const text = /^\(?(?:_utf8mb[34])?'((?:[^'\\]|''|\\.)*)'\)?$/s.exec(written)?.[1]
  return text === undefined ? null : plainLiteral(unescapeText(text))
}

/** A literal every engine reads alike; where it has a backslash, which only some take for an escape, its bytes. */
function plainLiteral(text: string): string {
  return text.includes('\\')
    ? `_utf8mb4 x'${Buffer.from(text).toString('hex')}'`
    : `'${text.replaceAll("'", "''")}'`
}
