const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const BYTES = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

/** Milliseconds, as the schema lets `500ms`, `5s`, `10m` or `1h` say them. */
export function durationOf(text: string): number {
  const [, number, unit] = /^(\d+)(ms|s|m|h)$/.exec(text)!
  return Number(number) * MS[unit as keyof typeof MS]
}

/** Bytes, as it lets `64k`, `1m` or `1g` say them. */
export function sizeOf(text: string): number {
  const [, number, unit] = /^(\d+)([kmg])$/.exec(text)!
  return Number(number) * BYTES[unit as keyof typeof BYTES]
}

/** From 0 to 1, as it lets `0.1%` say them. */
export function shareOf(text: string): number {
  return Number(text.slice(0, -1)) / 100
}
