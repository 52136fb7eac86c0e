/** How many rows each table has. */
export const sizes: Record<'person' | 'course' | 'enrollment' | 'invoice' | 'invoice_line', number>

/** Writes the old stack's SQLite database, the same rows every time. A file that is already there is replaced. */
export function generate(file: string): { counts: typeof sizes }
