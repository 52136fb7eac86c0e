/** Lines for people, about what happens to the pilot itself. */
export interface Log {
  info(line: string): void
  warn(line: string): void
}
