import { createHash } from 'node:crypto'

// All that is random about the rows: it depends on nothing but a word and a number, so adding rows never changes others.

const opening = Date.UTC(2023, 0, 9, 8)
const day = 86_400_000

function digest(of, n) {
  return createHash('sha256').update(`${of}:${n}`).digest()
}

/** A whole number, at least 0 and below the limit. */
export function below(limit, of, n) {
  return digest(of, n).readUInt32BE() % limit
}

/** Shaped like the cuid that Prisma gives a row. */
export function id(table, n) {
  return `c${BigInt(`0x${digest(table, n).toString('hex')}`)
    .toString(36)
    .slice(0, 24)}`
}

export function hex(of, n, length) {
  return digest(of, n).toString('hex').slice(0, length)
}

/** Within the app's three years, to the millisecond, or some days later. */
export function moment(of, n, daysLater = 0) {
  const time = opening + (digest(of, n).readUInt32BE() % 1000) * day + (digest(of, n).readUInt32LE() % day)
  return new Date(time + daysLater * day).toISOString().replace('Z', '')
}

export function at(values, n) {
  return values[n % values.length]
}

export function rows(count, row) {
  return Array.from({ length: count }, (_, index) => row(index + 1))
}
