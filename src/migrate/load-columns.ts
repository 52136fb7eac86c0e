import type { Field, LoadColumn } from '../engines/port.ts'
import type { Mapping } from '../plan/mapping.ts'

/** The columns that are loaded, as the source is asked for them. */
export function loadFields(mapping: Mapping): Field[] {
  return mapping.columns
    .filter(column => column.loaded)
    .map(({ expression, ownType, targetType, type, native, rounded }) => ({
      expression,
      own: ownType,
      // The reading side may know better what its own column means.
      type: targetType.kind === 'any' ? type : targetType,
      native,
      rounded,
    }))
}

/** The columns that are loaded, as the target takes them. */
export function loadColumns(mapping: Mapping): LoadColumn[] {
  return mapping.columns
    .filter(column => column.loaded)
    .map(({ name, targetType, native }) => ({ name, type: targetType, native }))
}
