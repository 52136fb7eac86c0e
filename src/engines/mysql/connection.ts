import mysql, { type Connection, type ConnectionOptions } from 'mysql2'
import { connectionOptions } from './options.ts'

/**
 * Connects to the server a URL names, encrypted as it asks.
 *
 * @throws {ParitygateError} plan.url; else the error of mysql2
 */
export async function connect(url: string): Promise<Connection> {
  const { requireTls, ...options } = connectionOptions(url)
  const attempt = (given: ConnectionOptions) =>
    new Promise<Connection>((resolve, reject) => {
      const connection = mysql.createConnection(given)
      connection.on('error', () => {})
      connection.connect(error => (error ? reject(error) : resolve(connection)))
    })
  try {
    return await attempt(options)
  } catch (error) {
    if (requireTls || (error as { code?: string }).code !== 'HANDSHAKE_NO_SSL_SUPPORT') throw error
    const { ssl: _, ...plain } = options
    return attempt(plain)
  }
}
