import { type Static, Type } from '@sinclair/typebox'
import { ColumnMapping, SourceValue } from './schema-columns.ts'
import { closed, Name } from './schema-words.ts'

const Reference = Type.Object(
  { references: Name, of: Type.Optional(Name) },
  { ...closed, description: 'An id of a table of the plan whose merged rows are followed.' },
)

const Branch = Type.Object(
  {
    name: Type.Optional(
      Type.String({ minLength: 1, description: 'What `union_source` says; default: the table.' }),
    ),
    from: Type.Optional(Type.String({ minLength: 1, description: 'A source table.' })),
    sql: Type.Optional(Type.String({ minLength: 1, description: 'A SELECT on the source.' })),
    where: Type.Optional(Type.String({ minLength: 1 })),
    columns: Type.Optional(
      Type.Record(Name, Type.Union([SourceValue, Reference]), { description: "The union's columns." }),
    ),
  },
  closed,
)

const MergeDuplicates = Type.Object(
  {
    by: Type.String({
      minLength: 1,
      description: 'SQL on the source: rows that give the same value are one. NULL is never the same.',
    }),
    survivor: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'SQL order terms: the first row stays. The key breaks ties.',
      }),
    ),
    list: Type.Optional(
      Type.String({ minLength: 1, description: 'The target table that lists the rows that do not stay.' }),
    ),
  },
  closed,
)

export const TableMapping = Type.Object(
  {
    from: Type.Optional(Type.String({ minLength: 1, description: 'The source table, if its name differs.' })),
    sql: Type.Optional(
      Type.String({ minLength: 1, description: 'A SELECT on the source, instead of a table.' }),
    ),
    union: Type.Optional(
      Type.Array(Branch, { minItems: 1, description: 'Several sources, the one that counts most first.' }),
    ),
    distinct_on: Type.Optional(
      Type.Array(Name, { minItems: 1, description: 'Columns of the union of which one row is kept.' }),
    ),
    prefer: Type.Optional(
      Type.String({ minLength: 1, description: 'SQL order terms: which row of one source is kept.' }),
    ),
    rows: Type.Optional(
      Type.Array(Type.Record(Name, Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])), {
        minItems: 1,
        description: 'Rows that no source has.',
      }),
    ),
    where: Type.Optional(
      Type.String({ minLength: 1, description: 'SQL condition on the source; other rows are excluded.' }),
    ),
    merge_duplicates: Type.Optional(MergeDuplicates),
    phase: Type.Optional(Type.Integer({ minimum: 0, description: 'When it is copied; default 1.' })),
    copy: Type.Optional(
      Type.Literal(false, { description: 'Somebody else copies it: it is compared, and not written.' }),
    ),
    match_on: Type.Optional(
      Type.Array(Name, {
        minItems: 1,
        description: 'Target columns that pair rows whose new ids nobody can recompute; implies copy: false.',
      }),
    ),
    key: Type.Optional(
      Type.Array(Name, {
        minItems: 1,
        description:
          'Target columns that identify a row; default: the primary key, or a unique key without NULLs.',
      }),
    ),
    disable_triggers: Type.Optional(
      Type.Union([Type.Literal(true), Type.Array(Name, { minItems: 1 })], {
        description: 'Triggers of the target table that are off while it is loaded: all, or these.',
      }),
    ),
    columns: Type.Optional(
      Type.Record(Name, ColumnMapping, { description: 'By target column; columns not named map by name.' }),
    ),
    redact: Type.Optional(Type.Array(Name, { description: 'Target columns whose values are never shown.' })),
  },
  closed,
)

export type BranchDocument = Static<typeof Branch>
export type TableMappingDocument = Static<typeof TableMapping>
