import type { ColumnPair } from './columns.ts'
import type { Form } from './form.ts'
import type { Kind } from './kinds.ts'
import { isNative, landing, withoutNoise } from './landing.ts'
import { mutate } from './mutate.ts'

/** One value in a row of its own, so that what is found about the row is found about the value. */
export interface Cell {
  id: number
  column: string
  pair: ColumnPair
  /** As the source holds it. */
  value: string | null
  /** As the target is to hold it; undefined where it cannot, and must refuse it. */
  arrives: string | null | undefined
  /** The target takes it and keeps another value, so that verify must report it. */
  altered?: boolean
  /** What is made of it; undefined where nothing is. */
  mutated?: string | null
  /** The same value, as the target's SQL writes it in another way. */
  spelling?: string
}

/** Cells of one column: every value, and some of those that arrive once more in each other spelling. */
export function cellsOf(
  pair: ColumnPair,
  column: string,
  firstId: number,
  mostRefused = Number.POSITIVE_INFINITY,
): Cell[] {
  const { source, target, values } = pair
  const land = landing(source, target)!
  const arriving = (value: string | null) => {
    if (value === null || isNative(source, target)) return value
    const converted = land.convert(value)
    return converted !== null && target.holds(converted, land.kind) ? converted : undefined
  }
  const neighbours = values
    .map(arriving)
    .filter((value): value is string => typeof value === 'string' && !target.alters?.(value))
  const cells: Cell[] = []
  const add = (cell: Omit<Cell, 'id' | 'column' | 'pair'>) =>
    cells.push({ id: firstId + cells.length, column, pair, ...cell })
  const how = {
    kind: land.kind,
    target,
    compared: comparedBy(pair, land.kind),
    digits: wordOf(pair).digits ?? source.digits ?? 6,
    neighbours,
  }
  const refused = values.filter(value => arriving(value) === undefined)
  const every = Math.max(1, Math.ceil(refused.length / mostRefused))
  for (const [index, value] of values.entries()) {
    const arrives = arriving(value)
    if (arrives === undefined) {
      // Other values from one pair of columns to the next.
      if ((refused.indexOf(value) + firstId) % every === 0) add({ value, arrives })
    } else if (arrives !== null && target.alters?.(arrives)) add({ value, arrives, altered: true })
    // Where no value arrives, NULL can become nothing else.
    else if (value === null && neighbours.length === 0) add({ value, arrives })
    else add({ value, arrives, mutated: mutate(arrives, index + firstId, how) })
  }
  if (meansItsValue(pair)) {
    for (const [value, arrives] of values.map(one => [one, arriving(one)] as const).slice(0, 40)) {
      if (value === null || arrives === null || arrives === undefined || target.alters?.(arrives)) continue
      for (const spelling of target.spellings?.(arrives, land.kind) ?? []) add({ value, arrives, spelling })
    }
  }
  return cells
}

/** Whether both sides are read as the kind, and not as text. */
function meansItsValue(pair: ColumnPair): boolean {
  return landing(pair.source, pair.target)!.kind === wordOf(pair).kind
}

/** The side whose type counts: where the target is SQLite, the other's; else the target's. */
function wordOf({ source, target }: ColumnPair): Form {
  return target.engine === 'sqlite' && source.engine !== 'sqlite' ? source : target
}

/** What of a value in the target is compared. */
function comparedBy(pair: ColumnPair, kind: Kind): (value: string) => string {
  const { padded, scale } = wordOf(pair)
  if (kind === 'text' && padded) return value => value.replace(/ +$/, '')
  const real = pair.target.engine === 'sqlite' && pair.target.kind !== 'text'
  return kind === 'decimal' && real && scale !== undefined
    ? value => withoutNoise(value, scale)
    : value => value
}

export function literalIn(form: Form, value: string | null, kind: Kind): string {
  return value === null ? 'NULL' : form.literal(value, kind)
}
