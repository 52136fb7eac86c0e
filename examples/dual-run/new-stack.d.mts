/** The new stack on 127.0.0.1; port 0, the default, is any free one. */
export function startNewStack(options: {
  /** PostgreSQL, with the tables of schema.target.sql. */
  databaseUrl: string
  /** What session cookies are signed with: the old stack's. */
  secret: string
  port?: number
}): Promise<{ url: string; close(): Promise<void> }>
