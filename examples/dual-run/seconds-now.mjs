/** Python's time.time(): seconds since 1970, to the microsecond. */
export function secondsNow() {
  return Math.round((performance.timeOrigin + performance.now()) * 1000) / 1_000_000
}
