import type { MappedColumn } from './mapping.ts'
import type { Side } from './side.ts'

/**
 * The columns with the types the source's engine finds for their expressions, where it knows any: values of a known type
 * need no second look. An expression it refuses is found and named elsewhere.
 */
export async function withResultTypes(
  columns: MappedColumn[],
  from: string,
  { session }: Side,
): Promise<MappedColumn[]> {
  const untyped = columns.filter(({ ownType, made }) => ownType === undefined && !made.derived)
  if (untyped.length === 0) return columns
  const listed = untyped.map(({ expression }, index) => `${expression} AS paritygate_${index}`)
  try {
    const found = await session.columnsOf(`SELECT ${listed.join(', ')} FROM ${from}`)
    return columns.map(column => {
      const type = found[untyped.indexOf(column)]?.type
      return type === undefined || type.kind === 'any' ? column : { ...column, ownType: type }
    })
  } catch (error) {
    const failure = session.failure(error, 'the plan')
    if (failure.code === 'connection.lost') throw failure
    return columns
  }
}
