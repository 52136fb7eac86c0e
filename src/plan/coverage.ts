import type { EngineName, Table } from '../model/catalog.ts'
import type { Coverage } from '../model/coverage.ts'
import type { NotCovered } from '../model/finding.ts'
import type { Mapping, ResolvedPlan } from './mapping.ts'
import { mentionsColumn } from './mentions.ts'
import { UNION_SOURCE } from './union.ts'

export interface CoverageLedger extends Coverage {
  /** Source tables and columns the plan says nothing about, and what it cannot vouch for. */
  notCovered: NotCovered[]
}

/** What becomes of every table and column of the source. */
export function coverageOf({ plan, sourceCatalog, mappings }: ResolvedPlan): CoverageLedger {
  const ignored = plan.ignore ?? {}
  const { engine } = sourceCatalog
  const notCovered: NotCovered[] = []
  const miss = (subject: string, reason: string) =>
    notCovered.push(accepting(plan.gate?.accept, { subject, reason }))
  // What a script is to find has not arrived by that.
  const counted = mappings.filter(({ kind }) => kind !== 'staged' && kind !== 'list')
  for (const table of sourceCatalog.tables) {
    if (Object.hasOwn(ignored, table.name) || table.kind === 'view') continue
    const takers = counted.filter(mapping => takes(mapping, table))
    if (takers.length === 0) {
      miss(table.name, 'the plan does not mention this table: map it, archive it, or ignore it with a reason')
      continue
    }
    for (const { name } of table.columns) {
      const subject = `${table.name}.${name}`
      if (
        Object.hasOwn(ignored, subject) ||
        takers.some(mapping => takesColumn(mapping, table, name, engine))
      )
        continue
      miss(subject, 'no target column takes this column: map it, or ignore it with a reason')
    }
  }
  for (const { table, source, select, columns, document, kind } of counted) {
    if (select === null || kind !== 'mapped') continue
    const taken = new Set(columns.flatMap(({ made }) => made.inputs))
    for (const { name } of source.columns) {
      if (name === UNION_SOURCE || taken.has(name)) continue
      if (columns.some(column => sqlSaid(column, document).some(sql => mentionsColumn(sql, name, engine))))
        continue
      miss(`${table}: ${name}`, 'the query gives this column, and no target column takes it')
    }
  }
  return {
    mapped: counted.map(mapping => ({
      source: mapping.source.name,
      target: mapping.table,
      columns: mapping.columns.length,
    })),
    archived: plan.archive ?? [],
    ignored: Object.entries(ignored).map(([subject, reason]) => ({ subject, reason })),
    notCovered,
  }
}

/** A query's tables are those it reads. */
function takes({ source, reads }: Mapping, table: Table): boolean {
  return source === table || reads.some(use => use.table === table.name)
}

function takesColumn(
  { source, reads, columns, document }: Mapping,
  table: Table,
  name: string,
  engine: EngineName,
): boolean {
  const use = reads.find(one => one.table === table.name)
  if (use) return use.columns.includes(name)
  if (source !== table) return false
  // What only chooses the row that stays arrives nowhere; a list keeps what the rows share.
  const { by, list } = document.merge_duplicates ?? {}
  const said = by !== undefined && list !== undefined ? [by] : []
  const expressions = columns.flatMap(column => sqlSaid(column, document))
  return (
    columns.some(({ made }) => made.inputs.includes(name)) ||
    [...said, ...expressions].some(sql => mentionsColumn(sql, name, engine))
  )
}

/** What the plan itself says in SQL: in SQL made of it stand names that are no columns of the source. */
function sqlSaid({ name }: Mapping['columns'][number], { columns }: Mapping['document']): string[] {
  const entry = columns?.[name]
  if (typeof entry !== 'object') return []
  const parts = [...Object.values(entry.json ?? {}), ...Object.values(entry.by ?? {})]
  const inParts = parts.flatMap(part => (typeof part === 'object' ? [part.sql] : []))
  return entry.sql === undefined ? inParts : [entry.sql, ...inParts]
}

/** Adds the reason under which the plan takes a subject as it is. */
export function accepting(accept: Record<string, string> | undefined, missed: NotCovered): NotCovered {
  if (!accept || !Object.hasOwn(accept, missed.subject)) return missed
  return { ...missed, accepted: accept[missed.subject]! }
}
