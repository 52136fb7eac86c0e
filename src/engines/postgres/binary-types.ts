import type pg from 'pg'

/** One end of a binary copy, and the columns it gives or takes as the server describes them. */
interface End {
  client: pg.Client
  fields: Pick<pg.FieldDef, 'dataTypeID' | 'dataTypeModifier'>[]
}

/** Types of an extension or a user have numbers from here on, and those differ from database to database. */
const FIRST_OWN_TYPE = 10_000

/**
 * Whether the binary form of every column means the same to both servers. An enum travels as its label; arrays and
 * composites of types that are not built in carry the numbers of those types, which mean others elsewhere.
 */
export async function hasSameBinaryTypes(source: End, target: End): Promise<boolean> {
  const [given, taken] = [await portableTypes(source), await portableTypes(target)]
  // An older server may take what it does not know for something else.
  if (given.version > taken.version) return false
  return source.fields.every((field, index) => {
    const other = target.fields[index]!
    const [form, wanted] = [given.forms.get(field.dataTypeID), taken.forms.get(other.dataTypeID)]
    if (form === undefined || form !== wanted) return false
    // A narrower column would round what it is given, where a load refuses it.
    return field.dataTypeModifier === other.dataTypeModifier || other.dataTypeModifier === -1
  })
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
