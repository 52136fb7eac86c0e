import { constants, setPriority } from 'node:os'

const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority

/**
 * Lets the data path go first where there is not CPU enough for all threads; the judge lets everybody go first. Linux counts
 * niceness by thread (sched(7)); elsewhere it is the whole process's, and is left alone.
 */
export function stepBack(thread: 'beside' | 'judge'): void {
  if (process.platform === 'linux') setPriority(0, thread === 'beside' ? PRIORITY_BELOW_NORMAL : PRIORITY_LOW)
}
