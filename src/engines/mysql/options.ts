import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'mysql2'
import { ParitygateError } from '../../model/error.ts'

const modes = ['DISABLED', 'PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY']

/**
 * How mysql2 connects to the server a URL names. `ssl-mode`, `ssl-ca` and `socket` mean what they mean to the mysql
 * client (https://dev.mysql.com/doc/refman/8.4/en/connection-options.html); other parameters are for other programs.
 *
 * @throws {ParitygateError} plan.url
 */
export function connectionOptions(url: string): ConnectionOptions & { requireTls: boolean } {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '') || '127.0.0.1'
  const given = (searchParams.get('ssl-mode') ?? searchParams.get('sslmode') ?? '').toUpperCase()
  const mode = given === '' ? (isLoopback(host) ? 'DISABLED' : 'PREFERRED') : given
  if (!modes.includes(mode))
    throw new ParitygateError('plan.url', `ssl-mode "${given}" is none of ${modes.join(', ')}`)
  const ca = searchParams.get('ssl-ca')
  const verified = mode.startsWith('VERIFY')
  const socket = searchParams.get('socket')
  return {
    ...(socket === null ? { host, port: Number(port || 3306) } : { socketPath: socket }),
    user: decodeURIComponent(username) || 'root',
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    connectTimeout: 15_000,
    ...(mode === 'DISABLED' || socket !== null
      ? {}
      : {
          ssl: {
            rejectUnauthorized: verified,
            verifyIdentity: mode === 'VERIFY_IDENTITY',
            ...(ca === null ? {} : { ca: readCertificate(ca) }),
          },
        }),
    requireTls: mode !== 'DISABLED' && mode !== 'PREFERRED',
  }
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ParitygateError('plan.url', `ssl-ca: ${(error as Error).message}`)
  }
}

/** Traffic that does not leave the machine is not encrypted unless asked for: it would halve the speed. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
