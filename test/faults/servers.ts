/** A server of the suite's own, which may be ill-treated. */
export interface FaultServer {
  /** As an administrator, without a database of the suite. */
  url: string
  /**
   * Starts it again where it does not run.
   *
   * @param limits what it may write: `fileBytes` to one file (PostgreSQL), `totalBytes` of all tables (MariaDB and MySQL)
   */
  start(limits?: { fileBytes?: number; totalBytes?: number }): Promise<void>
  /** Ends it at once, as a power cut would. */
  crash(): Promise<void>
  /** Ends it for good, with its data. */
  stop(): Promise<void>
}

/** Has something done when the process ends, until the function that is returned is called. */
export function withExit(action: () => void): () => void {
  process.once('exit', action)
  return () => void process.off('exit', action)
}
