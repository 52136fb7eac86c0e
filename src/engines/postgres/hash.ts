import type pg from 'pg'
import { byField, inputFields } from '../derived-lines.ts'
import type { Field, Relation } from '../port/rows.ts'
import type { BucketHash, HashBuckets, HashSum, RowHashing } from '../port/session.ts'
import { selectedFrom } from '../selected-from.ts'
import { haveBinaryKeys } from './binary-keys.ts'
import { mixedInProcess, sumWithUuids } from './made-hashes.ts'
import {
  integers,
  type Projection,
  projectionOf,
  SEED_SQL,
  type ServerType,
  uuidProjection,
} from './projection.ts'
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
  let asked: Promise<HashFunctions | null> | null = null
  return async (relation, fields) => {
    asked ??= hashFunctions(client)
    const functions = await asked
    if (functions === null) return null
    if (!haveBinaryKeys(fields)) return null
    const given = byField(fields, await typesOf(client, relation, inputFields(fields)))
    const projections: Projection[] = []
    for (const [index, field] of fields.entries()) {
      const types = given[index]!
      const projection = field.derived ? madeProjection(types, functions) : projectionOf(field, types[0]!)
      if (projection === null) return null
      projections.push(projection)
    }
    const hashing = fields.some(({ derived }) => derived) ? madeHashing : storedHashing
    return hashing(client, relation, fields, projections, functions.name)
  }
}

/** Of a UUID that is made here, whose SQL nothing uses; null where the server might hash it in another way. */
function madeProjection(inputs: ServerType[], { reproduced }: HashFunctions): Projection | null {
  return reproduced && inputs.every(({ name }) => integers.includes(name)) ? uuidProjection('NULL') : null
}

/** Of fields that are all stored: the server needs to send no row. */
function storedHashing(
  client: pg.Client,
  relation: Relation,
  fields: Field[],
  projections: Projection[],
  functions: string,
): RowHashing {
  const from = selectedFrom(relation)
  const sums = `count(*) AS rows, sum(${mixed(inOrder(projections))})`
  const bytes = projections.map(one => `coalesce(${one.bytes}, 2)`).join(' + ')
  const rows = async (sql: string) => (await client.query(single(sql))).rows as Rows
  const bucketOf = (buckets: HashBuckets) => {
    if (buckets.kind === 'range')
      return `coalesce(((${fields[0]!.expression})::bigint - (${buckets.least})) / ${buckets.width}, 0)`
    const key = projections.slice(0, buckets.keyFields)
    return `(${mixed(key)} & 9223372036854775807) % ${buckets.count}`
  }
  return {
    name: nameOf(functions, projections),
    exact: projections.every(({ exact }) => exact),
    async whole() {
      const [row] = await rows(`SELECT ${sums} FROM ${from}`)
      return hashSum(row!)
    },
    parts: {
      bucketOf,
      async inBuckets(buckets): Promise<BucketHash[]> {
        await client.query(GROUPING)
        const found = await rows(
          `SELECT ${bucketOf(buckets)} AS bucket, ${sums}, sum(${bytes}) AS bytes FROM ${from} GROUP BY 1`,
        )
        await client.query(AS_BEFORE)
        return found.map(row => ({ ...hashSum(row), bucket: Number(row.bucket), bytes: Number(row.bytes) }))
      },
    },
  }
}

/** Of fields of which some are UUIDs made here: all UUIDs are mixed in here, and the server sends them or their keys. */
function madeHashing(
  client: pg.Client,
  relation: Relation,
  fields: Field[],
  projections: Projection[],
  functions: string,
): RowHashing | null {
  // More are mixed in groups, which are not known here.
  if (fields.length > DEEPEST) return null
  const uuids = fields.filter((_, index) => projections[index]!.isUuid)
  const state = mixed(projections.filter(({ isUuid }) => !isUuid))
  return {
    name: nameOf(functions, projections),
    exact: projections.every(({ exact }) => exact),
    whole: options => sumWithUuids(client, state, uuids, selectedFrom(relation), options),
    parts: null,
  }
}

function nameOf(functions: string, projections: Projection[]): string {
  return `${functions}: ${projections.map(({ name }) => name).join(', ')}`
}

/** UUIDs are mixed in last, because some are made outside the server. */
function inOrder(projections: Projection[]): Projection[] {
  return [...projections.filter(({ isUuid }) => !isUuid), ...projections.filter(({ isUuid }) => isUuid)]
}

function hashSum(row: Rows[number]): HashSum {
  return { rows: Number(row.rows), sum: BigInt(row.sum ?? 0) }
}

/** SQL of a bigint that all of these have been mixed into, in their order. */
function mixed(projections: Pick<Projection, 'mix'>[]): string {
  if (projections.length <= DEEPEST) return projections.reduce((state, { mix }) => mix(state), SEED_SQL)
  const groups: Pick<Projection, 'mix'>[] = []
  for (let start = 0; start < projections.length; start += DEEPEST) {
    const group = mixed(projections.slice(start, start + DEEPEST))
    groups.push({ mix: state => `hashint8extended(0, ${state} # ${group})` })
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

interface HashFunctions {
  /**
   * What they make of fixed values, and the encoding in which text is hashed. Nothing promises that they stay the same
   * from one version to the next.
   */
  name: string
  /** Whether `ServerHash` gives for a UUID what this server gives. */
  reproduced: boolean
}

const PROBE = '6a2f41a3-c54c-fce8-32d2-0324e1c32e22'

/** Null where the server lacks one. */
async function hashFunctions(client: pg.Client): Promise<HashFunctions | null> {
  const { rows: servers } = await client.query<Record<string, string>>(
    `SELECT current_setting('server_version_num')::int >= 140000 AS fit, current_setting('server_encoding') AS encoding`,
  )
  // date_bin came with 14.
  if (servers[0]!.fit !== 't') return null
  const { rows: found } = await client.query<Record<string, string>>(
    `SELECT concat_ws(' ', hashint4extended(1, 2), hashint8extended(-3, 4), hash_numeric_extended(12345.678, 5),
       hashfloat4extended(1.5::real, 6), hashfloat8extended(-2.5, 7), hashtextextended('a longer text than a few words' COLLATE "C", 8),
       uuid_hash_extended('${PROBE}', 9), timestamp_hash_extended(date_bin('1 hour', timestamp '2001-02-03 04:05:06', '2000-01-01'), 10),
       hash_array_extended(ARRAY[date '2001-02-03'], 11), hash_array_extended(ARRAY[decode('0b0c', 'hex')], 12)) AS hashes,
       ${uuidProjection(`uuid '${PROBE}'`).mix(SEED_SQL)} AS mixed`,
  )
  const { hashes, mixed } = found[0]!
  return {
    name: `postgres ${servers[0]!.encoding} ${hashes}`,
    reproduced: BigInt(mixed!) === mixedInProcess(PROBE),
  }
}
