// Loaded before a measured program by `node --import`: leaves its peak resident memory, in bytes, in the file that
// BENCH_PEAK_FILE names.
import { readFileSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) process.on('exit', () => writeFileSync(process.env.BENCH_PEAK_FILE, String(peakBytes())))

/**
 * Linux carries `ru_maxrss`, which `resourceUsage` gives, over from the process that started this one; `VmHWM` starts
 * anew with each program.
 */
function peakBytes() {
  if (process.platform === 'linux') {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (kilobytes !== undefined) return Number(kilobytes) * 1024
  }
  return process.resourceUsage().maxRSS * 1024
}
