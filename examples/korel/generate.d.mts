export interface PlantedDefect {
  table: string
  /** The row's primary key. */
  id: string
  column: string
  value: string
}

export interface Generated {
  /** Rows by table. */
  counts: Record<string, number>
  planted: {
    /** Rows that refer to a row that is nowhere. */
    orphans: PlantedDefect[]
    /** Sound rows that refer to a row the target refuses. */
    stranded: PlantedDefect[]
    unknownEnumValues: PlantedDefect[]
    brokenJson: PlantedDefect[]
    wrongTypes: PlantedDefect[]
  }
}

/** Writes the database, the same rows every time. A file that is already there is replaced. */
export function generate(file: string): Generated
