import { randomUUID } from 'node:crypto'
import { hostname, userInfo } from 'node:os'

/** Who is at work on a plan. */
export interface Holder {
  /** Of this process alone. */
  token: string
  command: string
  user: string
  host: string
  pid: number
  /** What the target's server knows it by: `process 4711`. */
  session: string
  /** ISO 8601, UTC. */
  since: string
}

export function thisHolder(command: string, session: string): Holder {
  return {
    token: randomUUID(),
    command,
    user: userName(),
    host: hostname(),
    pid: process.pid,
    session,
    since: new Date().toISOString(),
  }
}

/** A process may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

/** `ann@db1 (pid 4711) holds it since 2026-11-21T02:03:04.000Z: migrate, process 99 of the server` */
export function holderText({ user, host, pid, since, command, session }: Holder): string {
  return `${user}@${host} (pid ${pid}) holds it since ${since}: ${command}, ${session} of the target`
}

/** False for a process of this machine that has ended. */
export function mayBeAtWork({ host, pid }: Holder): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code !== 'ESRCH'
  }
}
