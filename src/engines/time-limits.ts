/** How long a session may take, in milliseconds; what is not said is the engine's own. */
export interface TimeLimits {
  /** To wait for a lock that others hold. */
  lockMs?: number | undefined
  /** For one statement. */
  statementMs?: number | undefined
}
