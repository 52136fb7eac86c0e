import type { Connection } from 'mysql2'
import { countLines, type LinePlace, NEWLINE, withoutLines } from '../../model/row-line.ts'
import type { TargetTable } from './load-columns.ts'
import type { Fault } from './screen.ts'
import { isKeptOutByOthers, type NamedLine, type Refused, type Sender } from './send.ts'
import { run } from './statement.ts'

/** A line that stays out, and why. */
interface RefusedLine {
  place: LinePlace
  fault: Fault
}

/** As often are rows that a warning names taken out and the others sent again. */
const ATTEMPTS = 3
/** What the server says of a value whatever other rows there are: NULL, out of range, truncated, no value, a broken check. */
const ofValues = new Set([1048, 1264, 1265, 1292, 1366, 1406, 4025, 4078])
const DUPLICATE = 1062

/**
 * Loads a chunk by LOAD DATA, without the lines it is told to doubt and those the server's warnings name. Each of these is
 * tried alone afterwards, and has to be refused: for a value, or for the very reason the warning gave, by a row that is
 * another. So none is out that would have been loaded in its turn, and the others are there as they came.
 *
 * @returns what was refused, in the order of the lines; with nothing left behind, `good` where a line that was doubted is no
 * bad one, and null where all of that cannot be said
 */
export async function loadAroundNamed(
  connection: Connection,
  table: TargetTable,
  sender: Sender,
  bytes: Buffer,
  doubtful: LinePlace[],
): Promise<RefusedLine[] | 'good' | null> {
  await run(connection, 'SAVEPOINT around')
  const refused =
    (await attempt(connection, table, sender, bytes, doubtful).catch(async (error: unknown) => {
      await run(connection, 'ROLLBACK TO SAVEPOINT around').catch(() => {})
      throw error
    })) ?? null
  if (refused === null || refused === 'good') await run(connection, 'ROLLBACK TO SAVEPOINT around')
  return refused
}

async function attempt(
  connection: Connection,
  table: TargetTable,
  sender: Sender,
  bytes: Buffer,
  doubtful: LinePlace[],
): Promise<RefusedLine[] | 'good' | null> {
  let alone = doubtful
  for (let left = ATTEMPTS; left > 0; left--) {
    const rest = withoutLines(bytes, alone)
    const sent = await sender.fileSkipping(rest, countLines(rest))
    if (sent === null) return null
    const { skipped, changed } = sent
    const places = placesOf(bytes, alone, [...skipped, ...changed])
    if (changed.length > 0) {
      alone = inOrder([...alone, ...changed.map(({ line }) => places.get(line)!)])
      continue
    }
    const refused: RefusedLine[] = []
    for (const warning of skipped) {
      const place = places.get(warning.line)!
      const fault = await refusalOf(sender, bytes, place)
      // What a function of a check has to say of the row alone follows.
      const same = fault?.reason === warning.reason || fault?.reason.startsWith(`${warning.reason}; `)
      if (fault?.code !== warning.code || !same) return null
      const line = bytes.subarray(place.start, place.end)
      if (fault.code === DUPLICATE && !(await isKeptOutByOthers(connection, table, line, fault))) return null
      refused.push({ place, fault })
    }
    for (const place of alone) {
      const fault = await refusalOf(sender, bytes, place)
      if (fault === null) return 'good'
      if (!ofValues.has(fault.code)) return null
      refused.push({ place, fault })
    }
    return refused.sort((one, other) => one.place.start - other.place.start)
  }
  return null
}

async function refusalOf(sender: Sender, bytes: Buffer, { start, end }: LinePlace): Promise<Refused | null> {
  return (await sender.insert(bytes.subarray(start, end + 1), 1)).refusal?.reason ?? null
}

function inOrder(places: LinePlace[]): LinePlace[] {
  const each = new Map(places.map(place => [place.start, place]))
  return [...each.values()].sort((one, other) => one.start - other.start)
}

/** Where lines of a chunk stand that are counted without some of its lines. */
function placesOf(bytes: Buffer, without: LinePlace[], named: NamedLine[]): Map<number, LinePlace> {
  const places = new Map<number, LinePlace>()
  if (named.length === 0) return places
  const wanted = new Set(named.map(({ line }) => line))
  let left = 0
  let line = 0
  for (let start = 0, end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    if (without[left]?.start === start) left++
    else if (wanted.has(line++)) places.set(line - 1, { start, end })
    start = end + 1
  }
  return places
}
