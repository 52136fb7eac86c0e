/** What is neither name nor keyword, and names that could look like one. */
const hidden = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'/g

/**
 * `insert`, `update`, `delete` or `instead` (https://www.sqlite.org/lang_createtrigger.html).
 *
 * @param sql as SQLite keeps it, which leaves IF NOT EXISTS and the schema out
 */
export function eventOf(sql: string): string {
  const plain = sql.replace(hidden, part => (/^(--|\/\*)/.test(part) ? ' ' : 'x '))
  const words = plain.trim().split(/\s+/).slice(3, 6)
  return words.map(word => word.toLowerCase()).find(word => !['before', 'after'].includes(word)) ?? ''
}
