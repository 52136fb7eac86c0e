/** One statement of an SQL script. */
export interface Statement {
  /** As it stands in the script, without the comments before it and what ends it. */
  sql: string
  /** Of its first character, both from 1; a column is one UTF-16 code unit. */
  line: number
  column: number
  /** The lines that follow COPY … FROM stdin. */
  data?: string
  /** What it does with transactions: begins one, commits one, or ends one in another way. */
  control?: 'begin' | 'commit' | 'end'
  /** Sets something for what follows, and may stand before a transaction begins. */
  setting?: boolean
  /** Why it cannot be run. */
  refused?: string
  /** Why it is left out. */
  skipped?: string
  /** What is to be said where it is run. */
  notice?: string
}

export interface StatementOutcome {
  /** The transaction was committed by the statement, before it and, where it ran, after it; a new one has begun. */
  committed: boolean
  /** Null where the statement ran. */
  failure: StatementFailure | null
}

export interface StatementFailure {
  error: unknown
  /** Where the server says it happened: `COPY users, line 3, column month`. */
  context?: string
  hint?: string
  /** What no rollback takes back. */
  lasting?: string
}
