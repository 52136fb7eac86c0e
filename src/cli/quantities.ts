import { InvalidArgumentError } from 'commander'

const multiples = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }
const LEAST_RATE = 1024

/** Bytes per second, as `500k` or `1.5M` says them. What is less than 1k is more likely a unit left out. */
export function byteRate(text: string): number {
  const found = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(text)
  const rate = found ? Number(found[1]) * multiples[found[2]!.toLowerCase() as keyof typeof multiples] : 0
  if (rate >= LEAST_RATE && Number.isFinite(rate)) return rate
  throw new InvalidArgumentError('It must be bytes per second, 1k or more: 500k, 20M, 1.5G.')
}

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
/** What PostgreSQL takes at most. */
const LONGEST_MS = 2 ** 31 - 1

/** Milliseconds, as `500ms`, `5s`, `10m` or `1h` says them. */
export function timeLimit(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text)
  const ms = found ? Math.round(Number(found[1]) * units[found[2] as keyof typeof units]) : 0
  if (ms >= 1 && ms <= LONGEST_MS) return ms
  throw new InvalidArgumentError('It must be a time from 1ms to 596h, with its unit: 500ms, 5s, 10m, 1h.')
}

/** Seconds, more than 0. */
export function seconds(text: string): number {
  const found = /^(\d+(?:\.\d+)?)s?$/.exec(text)
  const value = found ? Number(found[1]) : 0
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('It must be a number of seconds, more than 0.')
}
