import type pg from 'pg'
import type { BucketHash, Field, HashBuckets, HashSum, Relation, RowHashing } from '../port.ts'
import { selectedFrom } from '../selected-from.ts'
import { type Projection, projectionOf, SEED, type ServerType } from './projection.ts'
import { single } from './read.ts'

type Rows = Record<string, string | null>[]

/** Fields mixed one into the other before they are mixed into the row: the server's stack limits how deep SQL can be. */
const DEEPEST = 50

/** The planner expects every row to be a group of its own, and would sort them all, or group them by one process. */
const GROUPING = 'SET LOCAL enable_sort = off; SET LOCAL parallel_tuple_cost = 0'
const AS_BEFORE = 'RESET enable_sort; RESET parallel_tuple_cost'

/** The hashing of one session, which asks once what functions its server has. */
export function hashingOf(
  client: pg.Client,
): (relation: Relation, fields: Field[]) => Promise<RowHashing | null> {
  let asked: Promise<string | null> | null = null
  return async (relation, fields) => {
    asked ??= hashFunctions(client)
    const functions = await asked
    if (functions === null) return null
    const projections: Projection[] = []
    for (const [index, type] of (await typesOf(client, relation, fields)).entries()) {
      const projection = projectionOf(fields[index]!, type)
      if (projection === null) return null
      projections.push(projection)
    }
    return rowHashing(client, relation, fields, projections, functions)
  }
}

function rowHashing(
  client: pg.Client,
  relation: Relation,
  fields: Field[],
  projections: Projection[],
  functions: string,
): RowHashing {
  const from = selectedFrom(relation)
  const sums = `count(*) AS rows, sum(${mixed(projections.map(({ mix }) => mix))})`
  const bytes = projections.map(one => `coalesce(${one.bytes}, 2)`).join(' + ')
  const rows = async (sql: string) => (await client.query(single(sql))).rows as Rows
  const bucketOf = (buckets: HashBuckets) => {
    if (buckets.kind === 'range')
      return `coalesce(((${fields[0]!.expression})::bigint - (${buckets.least})) / ${buckets.width}, 0)`
    const key = projections.slice(0, buckets.keyFields).map(({ mix }) => mix)
    return `(${mixed(key)} & 9223372036854775807) % ${buckets.count}`
  }
  return {
    name: `${functions}: ${projections.map(({ name }) => name).join(', ')}`,
    exact: projections.every(({ exact }) => exact),
    bucketOf,
    async whole() {
      const [row] = await rows(`SELECT ${sums} FROM ${from}`)
      return hashSum(row!)
    },
    async inBuckets(buckets): Promise<BucketHash[]> {
      await client.query(GROUPING)
      const found = await rows(
        `SELECT ${bucketOf(buckets)} AS bucket, ${sums}, sum(${bytes}) AS bytes FROM ${from} GROUP BY 1`,
      )
      await client.query(AS_BEFORE)
      return found.map(row => ({ ...hashSum(row), bucket: Number(row.bucket), bytes: Number(row.bytes) }))
    },
  }
}

function hashSum(row: Rows[number]): HashSum {
  return { rows: Number(row.rows), sum: BigInt(row.sum ?? 0) }
}

/** SQL of a bigint that all of these have been mixed into, in their order. */
function mixed(mixes: Projection['mix'][]): string {
  if (mixes.length <= DEEPEST) return mixes.reduce((state, mix) => mix(state), SEED)
  const groups: Projection['mix'][] = []
  for (let start = 0; start < mixes.length; start += DEEPEST) {
    const group = mixed(mixes.slice(start, start + DEEPEST))
    groups.push(state => `hashint8extended(0, ${state} # ${group})`)
  }
  return mixed(groups)
}

/** The types the server finds for the fields' expressions. */
async function typesOf(client: pg.Client, relation: Relation, fields: Field[]): Promise<ServerType[]> {
  const columns = fields.map(({ expression }) => expression).join(', ')
  const probe = await client.query(
    single(`SELECT * FROM (SELECT ${columns} FROM ${selectedFrom(relation)}) AS probe LIMIT 0`),
  )
  const { rows } = await client.query<Record<string, string>>(
    'SELECT oid, typname AS name, typcategory AS category FROM pg_type WHERE oid = ANY ($1)',
    [[...new Set(probe.fields.map(({ dataTypeID }) => dataTypeID))]],
  )
  return probe.fields.map(({ dataTypeID, dataTypeModifier }) => {
    const { name, category } = rows.find(({ oid }) => Number(oid) === dataTypeID)!
    return { name: name!, category: category!, modifier: dataTypeModifier }
  })
}

/**
 * What the server's hash functions make of fixed values, and the encoding in which it hashes text; null where it lacks
 * one. Nothing promises that they stay the same from one version to the next.
 */
async function hashFunctions(client: pg.Client): Promise<string | null> {
  const { rows: servers } = await client.query<Record<string, string>>(
    `SELECT current_setting('server_version_num')::int >= 140000 AS fit, current_setting('server_encoding') AS encoding`,
  )
  // date_bin came with 14.
  if (servers[0]!.fit !== 't') return null
  const { rows: found } = await client.query<Record<string, string>>(
    `SELECT concat_ws(' ', hashint4extended(1, 2), hashint8extended(-3, 4), hash_numeric_extended(12345.678, 5),
       hashfloat4extended(1.5::real, 6), hashfloat8extended(-2.5, 7), hashtextextended('a longer text than a few words' COLLATE "C", 8),
       uuid_hash_extended('6a2f41a3-c54c-fce8-32d2-0324e1c32e22', 9), timestamp_hash_extended(date_bin('1 hour', timestamp '2001-02-03 04:05:06', '2000-01-01'), 10),
       hash_array_extended(ARRAY[date '2001-02-03'], 11), hash_array_extended(ARRAY[decode('0b0c', 'hex')], 12)) AS hashes`,
  )
  return `postgres ${servers[0]!.encoding} ${found[0]!.hashes}`
}
