import type { Coverage } from '../model/coverage.ts'
import type { NotCovered } from '../model/finding.ts'
import type { ResolvedPlan } from './mapping.ts'

export interface CoverageLedger extends Coverage {
  /** Source tables and columns the plan says nothing about, and what it cannot vouch for. */
  notCovered: NotCovered[]
}

/** What becomes of every table and column of the source. */
export function coverageOf({ plan, sourceCatalog, mappings }: ResolvedPlan): CoverageLedger {
  const ignored = plan.ignore ?? {}
  const archived = plan.archive ?? []
  const notCovered: NotCovered[] = []
  const miss = (subject: string, reason: string) =>
    notCovered.push(accepting(plan.gate?.accept, { subject, reason }))
  for (const table of sourceCatalog.tables) {
    if (Object.hasOwn(ignored, table.name) || table.kind === 'view') continue
    if (archived.includes(table.name)) {
      miss(table.name, 'archived: this version records the wish and does not copy it yet')
      continue
    }
    const mapped = mappings.filter(mapping => mapping.source.name === table.name)
    if (mapped.length === 0) {
      miss(table.name, 'the plan does not mention this table: map it, archive it, or ignore it with a reason')
      continue
    }
    const taken = new Set(mapped.flatMap(mapping => mapping.columns.map(column => column.source)))
    const expressions = mapped.flatMap(mapping =>
      mapping.columns.filter(column => column.source === null).map(column => column.expression),
    )
    for (const column of table.columns) {
      const subject = `${table.name}.${column.name}`
      if (
        taken.has(column.name) ||
        Object.hasOwn(ignored, subject) ||
        expressions.some(sql => mentions(sql, column.name))
      )
        continue
      miss(subject, 'no target column takes this column: map it, or ignore it with a reason')
    }
  }
  return {
    mapped: mappings.map(mapping => ({
      source: mapping.source.name,
      target: mapping.table,
      columns: mapping.columns.length,
    })),
    archived,
    ignored: Object.entries(ignored).map(([subject, reason]) => ({ subject, reason })),
    notCovered,
  }
}

/** Adds the reason under which the plan takes a subject as it is. */
export function accepting(accept: Record<string, string> | undefined, missed: NotCovered): NotCovered {
  if (!accept || !Object.hasOwn(accept, missed.subject)) return missed
  return { ...missed, accepted: accept[missed.subject]! }
}

/** An expression that names a column uses it; texts and comments in it, and names of functions and types, are no columns. */
function mentions(sql: string, column: string): boolean {
  const names = sql
    .replace(/'(?:[^']|'')*'/g, ' ')
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replace(/(?:::|\bas\b)\s*\w+/gi, ' ')
    .replace(/\b\w+\s*\(/g, '(')
  const name = column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[^A-Za-z0-9_])${name}($|[^A-Za-z0-9_])`, 'i').test(names)
}
