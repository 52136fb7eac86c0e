import type { EngineName } from './catalog.ts'
import type { NotCovered } from './finding.ts'

/** One backup of one side, as it was when it was made. */
export interface BackupRecord {
  id: number
  side: 'source' | 'target'
  /** Absolute path. */
  file: string
  engine: EngineName
  bytes: number
  /** Of the file, in hexadecimal digits. */
  sha256: string
  /** Name and version of what wrote it. */
  tool: string
  server: string
  /** ISO 8601, UTC: when it was begun, and so no later than what it holds. */
  at: string
  ms: number
  /** Tables of the database, all of which the file was found to hold. */
  tables: number
  /** Null where it was not restored anywhere. */
  restored: RestoreCheck | null
  /** Made of what a restore was about to replace: never chosen but by name. */
  replaced?: boolean
  /** What is in no backup of this kind, or was not looked at. */
  not_covered: NotCovered[]
}

/** What came of restoring a backup into another database and comparing that with the original. */
export interface RestoreCheck {
  /** `inconclusive`: nothing differs, and some table could not be compared, or there was none. `failed`: it was refused. */
  result: 'verified' | 'differs' | 'inconclusive' | 'failed'
  /** Why it failed. */
  reason?: string
  /** Where it was restored, without secrets. */
  scratch: string
  /** Tables and rows that were compared and agree. */
  tables: number
  rows: number
  /** Rows that differ by table; tables are named with their schema where there are several. */
  differing: { table: string; missing: number; extra: number; changed: number }[]
  /** Lines of the definitions that only one of the two has: `- ` the original, `+ ` the restored. */
  definitions: string[]
  /** Whether both are of one moment; where not, what was written meanwhile differs too. */
  one_moment: boolean
  ms: number
}
