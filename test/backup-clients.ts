import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { inject } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openBackupTools } from '../src/engines/open.ts'
import { temporaryFolder } from './databases.ts'

/** Why no backup of the server can be made on this machine; null where it can. Stands in the titles of what is skipped. */
export const noPostgresClient: string | null = await obstacle(inject('postgresUrl'))

export const noMysqlClient: string | null = await obstacle(
  inject('mysqlUrl') ? `${inject('mysqlUrl')!.replace(/\/$/, '')}/mysql` : null,
)

async function obstacle(url: string | null): Promise<string | null> {
  if (url === null) return 'there is no server'
  try {
    await (await openBackupTools(parseConnectionUrl(url, '/'))).close()
    return null
  } catch (error) {
    return (error as Error).message
  }
}

export const withReason = (title: string, reason: string | null) =>
  reason === null ? title : `${title} (skipped: ${reason})`

/** A folder of programs: each a script of a shell, or, where it is null, the one on PATH. */
export function programs(scripts: Record<string, string | null>): string {
  const folder = join(temporaryFolder(), 'bin')
  mkdirSync(folder)
  for (const [name, script] of Object.entries(scripts)) {
    const path = join(folder, name)
    if (script === null) symlinkSync(real(name), path)
    else {
      writeFileSync(path, `#!/bin/sh\n${script}\n`)
      chmodSync(path, 0o755)
    }
  }
  return folder
}

/** Where a program is that a script is to call. */
export function real(name: string): string {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(place => existsSync(place))
  if (path === undefined) throw new Error(`there is no ${name}`)
  return path
}
