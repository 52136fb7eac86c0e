import type { Preview, PreviewedTable } from '../migrate/dry-run.ts'
import { columns } from './output.ts'

/** What migrate would do, for people. */
export function previewText({ problems, tables, work }: Preview): string {
  const overview = columns(
    ['table', 'phase', 'about rows', 'target', 'status'],
    tables.map(one => [
      one.table,
      String(one.phase),
      one.rows === null ? '?' : String(one.rows),
      targetText(one),
      one.status,
    ]),
  )
  return [
    ...tables.map(tableText),
    ...work.map(({ phase, subject, status }) => `phase ${phase} ${subject}: ${status}\n`),
    overview,
    '',
    ...problems.map(({ where, message }) => `${where}: ${message}`),
    problems.length > 0
      ? 'Nothing was written, and nothing could be: mend what is named first.'
      : 'Nothing was written.',
  ].join('\n')
}

function targetText({ target: { exists, rows } }: PreviewedTable): string {
  if (!exists) return 'to be created'
  return rows === 0 ? 'empty' : `holds ${rows} rows`
}

function tableText({ phase, table, reads, columns: made, samples }: PreviewedTable): string {
  const head = ['column', 'type', 'made of']
  const widths = [0, 1].map(index =>
    Math.max(head[index]!.length, ...made.map(({ name, type }) => [name, type][index]!.length)),
  )
  const lines = made.map(
    ({ name, type, made: of }) => `  ${name.padEnd(widths[0]!)}  ${type.padEnd(widths[1]!)}  ${oneLine(of)}`,
  )
  const rows = samples.flatMap(({ before, after }) => [
    `  before ${JSON.stringify(before)}`,
    `  after  ${after === null ? 'no row' : JSON.stringify(after)}`,
  ])
  return [`phase ${phase}: ${table}, from ${oneLine(reads)}`, ...lines, ...rows, ''].join('\n')
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
