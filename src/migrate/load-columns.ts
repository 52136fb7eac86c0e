import type { Field, LoadColumn } from '../engines/port/rows.ts'
import type { LogicalType } from '../model/logical-type.ts'
import type { MappedColumn, Mapping } from '../plan/mapping.ts'

/** The columns that are loaded, as the source is asked for them. */
export function loadFields(mapping: Mapping): Field[] {
  return mapping.columns
    .filter(column => column.loaded)
    .map(column => ({
      expression: column.expression,
      own: column.ownType,
      type: typeInLine(column),
      native: column.native,
      rounded: column.rounded,
      ...(column.made.derived ? { derived: column.made.derived } : {}),
    }))
}

/** The columns that are loaded, as the target takes them. */
export function loadColumns(mapping: Mapping): LoadColumn[] {
  return mapping.columns
    .filter(column => column.loaded)
    .map(column => ({
      name: column.name,
      type: typeInLine(column),
      native: column.native,
      ...(column.made.screened === undefined ? {} : { screened: column.made.screened }),
    }))
}

/** Where the target declares no type, the reading side knows better what its column means. */
function typeInLine({ targetType, type }: MappedColumn): LogicalType {
  return targetType.kind === 'any' ? type : targetType
}
