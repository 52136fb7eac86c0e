/** What is neither name nor keyword, and names that could look like one. */
const hidden = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'/g

/** SQL as SQLite keeps it, without comments, and with `x` in place of quoted names and texts. */
function plain(sql: string): string {
  return sql.replace(hidden, part => (/^(--|\/\*)/.test(part) ? ' ' : 'x '))
}

/** Whether a constraint of a table takes other rows away or changes the row, so that one fits, or leaves it out without a word. */
export function hidesConflicts(createTable: string): boolean {
  return /\bon\s+conflict\s+(replace|ignore)\b/i.test(plain(createTable))
}

/**
 * `insert`, `update`, `delete` or `instead` (https://www.sqlite.org/lang_createtrigger.html).
 *
 * @param sql as SQLite keeps it, which leaves IF NOT EXISTS and the schema out
 */
export function eventOf(sql: string): string {
  const words = plain(sql).trim().split(/\s+/).slice(3, 6)
  return words.map(word => word.toLowerCase()).find(word => !['before', 'after'].includes(word)) ?? ''
}
