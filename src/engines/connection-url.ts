import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ParitygateError } from '../model/error.ts'
import { redactUrl } from '../model/redact.ts'

export type Connection =
  | { engine: 'sqlite'; path: string; schema: null }
  /** `snapshot`: what a session that is still open has exported; readers see the database as that one does. */
  | { engine: 'postgres'; url: string; schema: string | null; snapshot?: string }
  | { engine: 'mysql'; url: string; schema: null }

/**
 * Reads a connection URL: `sqlite:PATH`, `file:PATH` or a plain path; `postgres://` or `postgresql://`; `mysql://` or
 * `mariadb://`.
 *
 * @param written the URL as the plan says it
 * @param folder relative paths count from here
 * @param where the place in the plan, for messages
 */
export function parseConnectionUrl(written: string, folder: string, where?: string): Connection {
  const fail = (detail: string) => new ParitygateError('plan.url', detail, where ? { where } : {})
  const text = written.trim()
  if (text === '') throw fail('the URL is empty')
  const server = /^(?:(postgres(?:ql)?)|mysql|mariadb):\/\//i.exec(text)
  if (server) {
    const url = URL.canParse(text) ? new URL(text) : null
    // Where a password has been taken for something else it must not be repeated, not even in part.
    if (url === null || url.hash !== '' || url.pathname.includes('@') || !isDecodable(url)) {
      throw fail(
        'the URL cannot be read; special characters in a password are written percent-encoded (/ as %2F, # as %23, @ as %40, % as %25)',
      )
    }
    if (server[1] === undefined) {
      if (!/^\/[^/]+$/.test(url.pathname))
        throw fail('the URL names no database: mysql://user@host:3306/database')
      return { engine: 'mysql', url: url.href, schema: null }
    }
    const schema = url.searchParams.get('schema')
    url.searchParams.delete('schema')
    return { engine: 'postgres', url: url.href, schema }
  }
  if (/:\/\/.*@|password\s*=/is.test(text))
    throw fail('it looks like a connection to a server, and names no scheme Paritygate speaks')
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'sqlite' && scheme !== 'file') {
    throw fail(`the scheme "${scheme}" is not one Paritygate speaks`)
  }
  const path = scheme === undefined ? text : sqlitePath(text.slice(scheme.length + 1))
  if (path === '' || path === ':memory:') throw fail(`"${text}" names no database file`)
  return { engine: 'sqlite', path: isAbsolute(path) ? path : resolve(folder, path), schema: null }
}

/** A percent sign that begins no code, as in a password that was not encoded. */
function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    return decodeURIComponent(username + password + pathname) !== null
  } catch {
    return false
  }
}

/** `file:./a.db`, `sqlite:a.db`, `sqlite://a.db`, `sqlite:///abs/a.db` and `file:///abs/a.db`, parameters dropped. */
function sqlitePath(rest: string): string {
  const path = rest.replace(/\?.*$/s, '')
  if (path.startsWith('///')) return fileURLToPath(`file:${path}`)
  return decodeURIComponent(path.replace(/^\/\//, ''))
}

/** Which database a connection leads to, without its secrets. Fingerprints are made of it. */
export function place(connection: Connection, schema: string | undefined): string {
  if (connection.engine === 'sqlite') return `sqlite:${connection.path}`
  const url = new URL(connection.url)
  url.password = ''
  // Host, port, options and the like can stand there too, and lead elsewhere.
  for (const name of [...url.searchParams.keys()]) if (harmless.has(name)) url.searchParams.delete(name)
  url.searchParams.sort()
  const inSchema = schema ?? connection.schema
  if (inSchema !== null) url.searchParams.set('schema', inSchema)
  return redactUrl(url.href)
}

/** Parameters of a URL that do not change which database it leads to. */
const harmless = new Set([
  'application_name',
  'connect_timeout',
  'connection_limit',
  'password',
  'pgbouncer',
  'pool_timeout',
  'ssl-ca',
  'ssl-mode',
  'sslmode',
  'sslpassword',
])
