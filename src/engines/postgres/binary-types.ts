import type pg from 'pg'

/** One end of a binary copy, and the columns it gives or takes as the server describes them. */
export interface End {
  client: pg.Client
  fields: Pick<pg.FieldDef, 'dataTypeID' | 'dataTypeModifier'>[]
}

/** Types of an extension or a user have numbers from here on, and those differ from database to database. */
const FIRST_OWN_TYPE = 10_000

const [INT8, INT2, INT4, NUMERIC, UUID] = [20, 21, 23, 1700, 2950]

/** How a server describes a column of UUIDs. */
export const uuidColumn: End['fields'][number] = { dataTypeID: UUID, dataTypeModifier: -1 }

export function isInteger({ dataTypeID }: End['fields'][number]): boolean {
  return [INT2, INT4, INT8].includes(dataTypeID)
}

/** For the form of an integer type, the forms of types that hold every value of it, each with the name to cast to. */
const WIDER: Record<string, Record<string, string>> = {
  [INT2]: { [INT4]: 'int4', [INT8]: 'int8', [NUMERIC]: 'numeric' },
  [INT4]: { [INT8]: 'int8', [NUMERIC]: 'numeric' },
  [INT8]: { [NUMERIC]: 'numeric' },
}

/**
 * What each column of the source has to be cast to, '' for nothing, so that its binary form means the same to both servers;
 * null where a column has nothing of the kind. An enum travels as its label; arrays and composites of types that are not built in carry the numbers
 * of those types, which mean others elsewhere.
 */
export async function binaryCasts(source: End, target: End): Promise<string[] | null> {
  const [given, taken] = [await portableTypes(source), await portableTypes(target)]
  // An older server may take what it does not know for something else.
  if (given.version > taken.version) return null
  const casts = source.fields.map((field, index) => {
    const other = target.fields[index]!
    const [form, wanted] = [given.forms.get(field.dataTypeID), taken.forms.get(other.dataTypeID)]
    if (form === undefined || wanted === undefined) return undefined
    // A narrower column would round what it is given, where a load refuses it.
    if (form === wanted)
      return field.dataTypeModifier === other.dataTypeModifier || other.dataTypeModifier === -1
        ? ''
        : undefined
    return roundsIntegers(other) ? undefined : WIDER[form]?.[wanted]
  })
  return casts.every(cast => cast !== undefined) ? casts : null
}

/**
 * A numeric of a negative scale; the scale is the lower eleven bits of the modifier, signed
 * (https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/numeric.c, make_numeric_typmod).
 */
function roundsIntegers({ dataTypeModifier }: End['fields'][number]): boolean {
  return dataTypeModifier !== -1 && ((dataTypeModifier - 4) & 0x400) !== 0
}

/** By type, what its binary form is; types without one that means the same everywhere are left out. */
async function portableTypes({
  client,
  fields,
}: End): Promise<{ version: number; forms: Map<number, string> }> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version, t.oid,
       CASE WHEN t.typtype = 'e' THEN 'label' WHEN t.typname IN ('text', 'varchar') THEN 'text' ELSE t.oid::text END AS form
     FROM unnest($1::oid[]) AS used(oid) LEFT JOIN pg_type t ON t.oid = used.oid
       AND (t.typtype = 'e' OR t.oid < ${FIRST_OWN_TYPE} AND t.typtype IN ('b', 'r', 'm') AND t.typsend <> 0
         -- Numbers of catalog entries, and money, whose unit is a setting of the database.
         AND t.typname !~ '^_?(reg|money|aclitem|pg_)')`,
    [[...new Set(fields.map(({ dataTypeID }) => dataTypeID))]],
  )
  const known = rows.filter(({ oid }) => oid !== null)
  return {
    version: Number(rows[0]?.version),
    forms: new Map(known.map(({ oid, form }) => [Number(oid), form!])),
  }
}
