/** Tables the plan names, and what else it puts into the target: kept for reference, to be found by a script, lists of merged rows. */
export type TableKind = 'mapped' | 'archived' | 'staged' | 'list'
