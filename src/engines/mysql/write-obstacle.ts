import type { Connection } from 'mysql2'
import { targetFailure } from './failure.ts'
import { qualified, quote } from './quoting.ts'
import { select } from './statement.ts'

/** Why this session cannot write into these tables, or create others; null where it can. */
export async function writeObstacle(
  connection: Connection,
  { schema }: { schema: string },
  tables: string[],
  create: boolean,
): Promise<string | null> {
  const [server] = await select(connection, 'SELECT @@read_only AS closed, @@innodb_read_only AS frozen')
  // Some users may write all the same, and on a replica they would write beside what it replicates.
  if (isSet(server!.closed)) return 'the server is set to read-only (read_only): is it a replica?'
  if (isSet(server!.frozen)) return 'the server is set to read-only (innodb_read_only)'
  const engines = await select(
    connection,
    "SELECT ENGINE AS name FROM information_schema.ENGINES WHERE SAVEPOINTS = 'YES'",
  )
  for (const table of tables) {
    const denied = await denial(connection, `INSERT INTO ${qualified(schema, table)} () VALUES ()`)
    if (denied) return denied
    const [found] = await select(
      connection,
      'SELECT ENGINE AS engine FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
      [schema, table],
    )
    const engine = found?.engine
    if (engine && !engines.some(({ name }) => name === engine))
      return `"${table}" is stored by ${engine}, which cannot take rows back: ALTER TABLE ${quote(table)} ENGINE=InnoDB`
  }
  return create
    ? denial(connection, `CREATE TABLE ${qualified(schema, 'paritygate_attempt')} (id INT)`)
    : null
}

/** What keeps this user from a statement: it is prepared, which asks for the privileges, and never run. */
function denial(connection: Connection, sql: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    connection.prepare(sql, (error, statement) => {
      if (error === null) {
        statement.close()
        return resolve(null)
      }
      const { code } = targetFailure(error, '')
      if (code === 'connection.lost') return reject(error)
      // Any other failure comes after the privileges have been looked at.
      resolve(code === 'target.read-only' ? error.message : null)
    })
  })
}

/** A setting is printed as a number or as a word. */
function isSet(value: string | null | undefined): boolean {
  return /^(1|on)$/i.test(value ?? '')
}
