import { readdirSync, readFileSync } from 'node:fs'

/** Sends a signal to a process and everything it has started that has not left its group. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // Nothing of it is left.
  }
}

/** Whether a process of the group still runs. */
export function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0)
  } catch {
    return false
  }
  return process.platform !== 'linux' || hasLiving(group)
}

/** A signal also reaches zombies, which stay for good where the first process of a container collects none. */
function hasLiving(group: number): boolean {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .some(name => {
      try {
        // `pid (name) state ppid pgrp …`; the name may hold anything.
        const [state, , own] = readFileSync(`/proc/${name}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ')
        return Number(own) === group && state !== 'Z' && state !== 'X'
      } catch {
        return false
      }
    })
}
