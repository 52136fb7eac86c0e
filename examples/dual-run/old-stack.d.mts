/** The old stack on 127.0.0.1; port 0, the default, is any free one. */
export function startOldStack(options: {
  /** The SQLite database. */
  file: string
  /** What session cookies are signed with. */
  secret: string
  port?: number
}): Promise<{ url: string; close(): Promise<void> }>
