/**
 * When the write-ahead log was how long, by the clock of this process, which no other has to agree with. The server's own times
 * are those of commits, and a table that is copied commits once.
 */
export class WalTimes {
  readonly #now: () => number
  #seen: { length: number; at: number }[] = []

  /** @param now in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** @param length of the log as it is now, in bytes since the beginning of the server */
  note(length: number): void {
    const last = this.#seen.at(-1)
    if (last?.length === length) last.at = this.#now()
    else this.#seen.push({ length, at: this.#now() })
  }

  /** How many seconds ago, at most, the log was no longer than this; null where it was before anybody looked. */
  secondsSince(length: number): number | null {
    const seen = this.#seen.findLast(one => one.length <= length)
    return seen ? (this.#now() - seen.at) / 1000 : null
  }

  /** What is before this is asked for no more. */
  forget(length: number): void {
    const from = this.#seen.findLastIndex(one => one.length <= length)
    if (from > 0) this.#seen.splice(0, from)
  }
}
