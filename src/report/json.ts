import type { ReportModel } from './model.ts'

/** The model as one indented JSON document with sorted keys: equal models give equal bytes. */
export function renderJson(model: ReportModel): string {
  return `${JSON.stringify(model, sorted, 2)}\n`
}

function sorted(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
