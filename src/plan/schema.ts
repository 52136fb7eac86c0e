import { type Static, Type } from '@sinclair/typebox'
import { Pilot } from './schema-pilot.ts'
import { TableMapping } from './schema-tables.ts'
import { closed, Name, Reason } from './schema-words.ts'

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

const Phase = Type.Object(
  {
    name: Type.Optional(Name),
    stage: Type.Optional(
      Type.Object(
        {
          schema: Name,
          tables: Type.Optional(
            Type.Array(Name, { minItems: 1, description: 'Default: every source table.' }),
          ),
        },
        {
          ...closed,
          description: "Source tables put into a schema of the target, before the phase's tables.",
        },
      ),
    ),
    script: Type.Optional(
      Type.Object(
        {
          sql: Type.String({ minLength: 1, description: 'A file.' }),
          on: Type.Optional(Type.Literal('target')),
        },
        { ...closed, description: "An SQL script, run in one transaction after the phase's tables." },
      ),
    ),
    command: Type.Optional(
      Type.Array(Name, {
        minItems: 1,
        description: "A program and its arguments, run after the phase's tables.",
      }),
    ),
    time_limit: Type.Optional(
      Type.String({ pattern: '^\\d+[smh]$', description: 'How long the command may take; default 1h.' }),
    ),
  },
  closed,
)

/** The plan file: validation, types, and the JSON Schema editors complete it from all come from here. */
export const PlanSchema = Type.Object(
  {
    name: Name,
    source: Connection,
    target: Connection,
    namespace: Type.Optional(
      Type.String({
        pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$',
        description: 'A UUID of your own: every `id` is made in it.',
      }),
    ),
    phases: Type.Optional(
      Type.Record(Type.String({ pattern: '^\\d+$' }), Phase, {
        description: 'By number: names for reports, and work that is no table of the plan.',
      }),
    ),
    tables: Type.Record(Name, TableMapping, { description: 'By target table.' }),
    archive: Type.Optional(Type.Array(Name, { description: 'Source tables kept for reference only.' })),
    ignore: Type.Optional(
      Type.Record(Name, Reason, {
        description: 'Source tables, or table.column, left behind on purpose, and why.',
      }),
    ),
    checks: Type.Optional(Type.Array(Check)),
    pilot: Type.Optional(Pilot),
    gate: Type.Optional(Gate),
  },
  { ...closed, title: 'Paritygate cutover plan' },
)

export type PlanDocument = Static<typeof PlanSchema>
export type CheckDocument = Static<typeof Check>
export type GateDocument = Static<typeof Gate>
