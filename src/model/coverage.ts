/** What becomes of the tables and columns of the source, apart from those nothing is said about. */
export interface Coverage {
  mapped: { source: string; target: string; columns: number }[]
  archived: string[]
  ignored: { subject: string; reason: string }[]
}
