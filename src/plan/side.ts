import type { Session } from '../engines/port/session.ts'
import type { Catalog } from '../model/catalog.ts'
import type { PlanPath } from './parse.ts'

/** Takes a problem of one table; the path begins at its entry in the plan. */
export type Report = (path: PlanPath, message: string) => void

export interface Side {
  session: Session
  catalog: Catalog
}
