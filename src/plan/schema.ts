import { type Static, Type } from '@sinclair/typebox'

const Name = Type.String({ minLength: 1 })
const Reason = Type.String({ minLength: 3, description: 'Why, in words a reviewer can judge.' })
const closed = { additionalProperties: false }

const Connection = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      description:
        'sqlite:PATH, file:PATH, a plain path, or postgres://, mysql:// or mariadb:// user:password@host:port/database',
    }),
    schema: Type.Optional(
      Type.String({
        minLength: 1,
        description: "PostgreSQL schema; default: the URL's, then the connection's current one.",
      }),
    ),
  },
  closed,
)

const flag = (description: string) => Type.Optional(Type.Literal(true, { description }))

const Rule = Type.Object(
  {
    trim: flag('Spaces at either end do not count.'),
    ignore_case: flag('Upper and lower case are the same.'),
    null_as_empty: flag('NULL and an empty text are the same.'),
    unordered: flag('Items of a JSON array, or of a list separated by commas, may stand in any order.'),
    round: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 30,
        description: 'Numbers are the same when rounded to so many digits.',
      }),
    ),
    precision: Type.Optional(
      Type.Unsafe<'s' | 'ms' | 'us'>({
        enum: ['s', 'ms', 'us'],
        description: 'Times are the same when cut to seconds, milliseconds or microseconds.',
      }),
    ),
    reason: Reason,
  },
  { ...closed, minProperties: 2, maxProperties: 2 },
)

const ColumnMapping = Type.Union([
  Type.String({ minLength: 1, description: 'The source column of another name.' }),
  Type.Object(
    {
      from: Type.Optional(Type.String({ minLength: 1, description: 'The source column of another name.' })),
      sql: Type.Optional(Type.String({ minLength: 1, description: 'An SQL expression on the source.' })),
      type: Type.Optional(
        Type.String({
          minLength: 1,
          description: "The column's type where the table is created, as the target spells it.",
        }),
      ),
      accept_loss: Type.Optional(
        Type.String({
          minLength: 3,
          description:
            'Values the target has no room for are rounded instead of refused, and why that may be.',
        }),
      ),
      rules: Type.Optional(
        Type.Array(Rule, {
          description: 'What counts as equal when compared, beyond the same value; each with a reason.',
        }),
      ),
    },
    closed,
  ),
])

const TableMapping = Type.Object(
  {
    from: Type.Optional(Type.String({ minLength: 1, description: 'The source table, if its name differs.' })),
    where: Type.Optional(
      Type.String({ minLength: 1, description: 'SQL condition on the source; other rows are excluded.' }),
    ),
    key: Type.Optional(
      Type.Array(Name, {
        minItems: 1,
        description:
          'Target columns that identify a row; default: the primary key, or a unique key without NULLs.',
      }),
    ),
    columns: Type.Optional(
      Type.Record(Name, ColumnMapping, { description: 'By target column; columns not named map by name.' }),
    ),
    redact: Type.Optional(Type.Array(Name, { description: 'Target columns whose values are never shown.' })),
  },
  closed,
)

const columnCheck = { table: Name, columns: Type.Array(Name, { minItems: 1 }) }

const Check = Type.Object(
  {
    orphans: Type.Optional(
      Type.Object(
        {
          table: Name,
          column: Name,
          references: Type.String({ pattern: '^.+\\..+$', description: 'table.column' }),
        },
        closed,
      ),
    ),
    unique: Type.Optional(Type.Object(columnCheck, closed)),
    not_null: Type.Optional(Type.Object(columnCheck, closed)),
    json: Type.Optional(Type.Object(columnCheck, closed)),
    accepted_values: Type.Optional(
      Type.Object({ table: Name, column: Name, values: Type.Array(Type.String()) }, closed),
    ),
    distribution: Type.Optional(Type.Object({ table: Name, by: Name }, closed)),
    query: Type.Optional(
      Type.Object(
        {
          name: Name,
          source: Type.Optional(Name),
          target: Type.Optional(Name),
          expect: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
        },
        {
          ...closed,
          description: 'One value from each query; both must agree, and be `expect` where that is said.',
        },
      ),
    ),
  },
  { ...closed, minProperties: 1, maxProperties: 1 },
)

const Gate = Type.Object(
  {
    differences: Type.Optional(Type.Object({ at_most: Type.Integer({ minimum: 0 }) }, closed)),
    quarantined: Type.Optional(Type.Object({ at_most: Type.Integer({ minimum: 0 }) }, closed)),
    evidence: Type.Optional(
      Type.Object(
        {
          max_age: Type.String({
            pattern: '^\\d+[mhd]$',
            description: 'How old a verify may be: 30m, 24h, 7d.',
          }),
        },
        closed,
      ),
    ),
    accept: Type.Optional(
      Type.Record(Name, Reason, {
        description: 'Subjects without evidence that are taken as they are, and why.',
      }),
    ),
    approvals: Type.Optional(Type.Array(Name, { description: 'Who signs the report.' })),
  },
  closed,
)

/** The plan file: validation, types, and the JSON Schema editors complete it from all come from here. */
export const PlanSchema = Type.Object(
  {
    name: Name,
    source: Connection,
    target: Connection,
    tables: Type.Record(Name, TableMapping, { description: 'By target table.' }),
    archive: Type.Optional(Type.Array(Name, { description: 'Source tables kept for reference only.' })),
    ignore: Type.Optional(
      Type.Record(Name, Reason, {
        description: 'Source tables, or table.column, left behind on purpose, and why.',
      }),
    ),
    checks: Type.Optional(Type.Array(Check)),
    gate: Type.Optional(Gate),
  },
  { ...closed, title: 'Paritygate cutover plan' },
)

export type PlanDocument = Static<typeof PlanSchema>
export type TableMappingDocument = Static<typeof TableMapping>
export type CheckDocument = Static<typeof Check>
export type RuleDocument = Static<typeof Rule>
export type GateDocument = Static<typeof Gate>
