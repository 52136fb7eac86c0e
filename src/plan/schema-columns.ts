import { type Static, Type } from '@sinclair/typebox'
import { closed, Name, Reason } from './schema-words.ts'

const flag = (description: string) => Type.Optional(Type.Literal(true, { description }))

export const Rule = Type.Object(
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

const Scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])

/** A source column by name, or an expression. */
export const SourceValue = Type.Union([
  Type.String({ minLength: 1, description: 'A source column.' }),
  Type.Object({ sql: Name }, { ...closed, description: 'An SQL expression on the source.' }),
])

const Otherwise = Type.Object(
  {
    to: Type.Optional(Type.String({ description: 'What any other value becomes.' })),
    quarantine: flag('Rows with any other value go into quarantine.'),
    reason: Reason,
  },
  { ...closed, minProperties: 2, maxProperties: 2 },
)

export const ColumnEntry = Type.Object(
  {
    from: Type.Optional(Type.String({ minLength: 1, description: 'The source column of another name.' })),
    sql: Type.Optional(Type.String({ minLength: 1, description: 'An SQL expression on the source.' })),
    constant: Type.Optional(Scalar),
    id: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'A UUID made of the old key: of the table itself, or of another table of the plan the column refers to.',
      }),
    ),
    references: Type.Optional(
      Type.String({ minLength: 1, description: 'A table of the plan whose ids are kept, and referred to.' }),
    ),
    of: Type.Optional(
      Type.Union([Name, Type.Array(Name, { minItems: 1 })], {
        description: 'The source columns `id`, `references`, `values` or `compute` take.',
      }),
    ),
    values: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'Every value of the source column, and what it becomes.',
      }),
    ),
    otherwise: Type.Optional(Otherwise),
    json: Type.Optional(
      Type.Record(Name, SourceValue, { description: 'One JSON object of several source columns.' }),
    ),
    lookup: Type.Optional(
      Type.String({ minLength: 1, description: 'A table of the plan whose key is looked up.' }),
    ),
    by: Type.Optional(
      Type.Record(Name, SourceValue, {
        description: "For `lookup`: the other table's columns, and what they have to be equal to.",
      }),
    ),
    split: Type.Optional(Type.String({ minLength: 1, description: 'A text that is a list.' })),
    at: Type.Optional(Type.String({ minLength: 1, description: 'What separates the items of `split`.' })),
    join: Type.Optional(Type.String({ minLength: 1, description: 'An array that becomes a text.' })),
    with: Type.Optional(Type.String({ description: 'What stands between the items of `join`.' })),
    type: Type.Optional(
      Type.String({
        minLength: 1,
        description: "The column's type where the table is created, as the target spells it.",
      }),
    ),
    accept_loss: Type.Optional(
      Type.String({
        minLength: 3,
        description: 'Values the target has no room for are rounded instead of refused, and why that may be.',
      }),
    ),
    rules: Type.Optional(
      Type.Array(Rule, {
        description: 'What counts as equal when compared, beyond the same value; each with a reason.',
      }),
    ),
  },
  closed,
)

export const ColumnMapping = Type.Union([
  Type.String({ minLength: 1, description: 'The source column of another name.' }),
  ColumnEntry,
])

export type RuleDocument = Static<typeof Rule>
export type SourceValueDocument = Static<typeof SourceValue>
/** What only a plan in TypeScript can say. */
export type ColumnDocument = Static<typeof ColumnEntry> & {
  compute?: ComputeColumn
  /** Set where the plan is read: SHA-256 of the files the function may depend on. */
  code?: string
}
/**
 * Makes a value of source columns, which come as canonical text, null for NULL. Undefined is NULL; dates, lists and objects
 * become what stands for them in JSON. A row for which it throws is refused, with the error's message.
 */
export type ComputeColumn = (
  row: Record<string, string | null>,
) => string | number | bigint | boolean | Date | object | null | undefined
