import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ParitygateError } from '../model/error.ts'

export type Connection =
  | { engine: 'sqlite'; path: string; schema: null }
  | { engine: 'postgres'; url: string; schema: string | null }
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
    if (url === null || url.hash !== '' || url.pathname.includes('@')) {
      throw fail(
        'the URL cannot be read; special characters in a password are written percent-encoded (/ as %2F, # as %23, @ as %40)',
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

/** `file:./a.db`, `sqlite:a.db`, `sqlite://a.db`, `sqlite:///abs/a.db` and `file:///abs/a.db`, parameters dropped. */
function sqlitePath(rest: string): string {
  const path = rest.replace(/\?.*$/s, '')
  if (path.startsWith('///')) return fileURLToPath(`file:${path}`)
  return decodeURIComponent(path.replace(/^\/\//, ''))
}
