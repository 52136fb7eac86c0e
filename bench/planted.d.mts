export type Engine = 'sqlite' | 'postgres' | 'mysql'

/** The column quarantine names, and the reason. */
export type Expected = [column: string | null, reason: RegExp]

export interface Kind extends Partial<Record<Engine, Expected>> {
  kind: string
  column: string
}

export const targetTables: Record<Engine, string>
export function kindsOf(engine: Engine): Kind[]
export function planted(rows: number, bad: number, engine: Engine): { line: number; kind: Kind }[]
export function ordersFiles(
  rows: number,
  bad: number,
  engine: Engine,
  options?: { fresh?: boolean; say?: (text: string) => void; folder?: string },
): { clean: string; bad: string }
