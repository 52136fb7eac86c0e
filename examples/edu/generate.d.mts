export interface Generated {
  /** Rows by table, of those the migration is about. */
  counts: Record<string, number>
}

/**
 * Creates the tables of the old database and fills them: the same bytes for the same scale on every machine.
 *
 * @param url a PostgreSQL database; one that has such tables already is left as it is, with an error
 * @param options.scale 1 for the runbook's own counts; not below 0.005, where no group would have enough students
 */
export function generate(url: string, options?: { scale?: number }): Promise<Generated>
