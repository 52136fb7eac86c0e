import type pg from 'pg'
import { throwIfAborted } from '../../model/error.ts'
import { inputFields } from '../derived-lines.ts'
import type { Field } from '../port/rows.ts'
import type { HashSum, WholeOptions } from '../port/session.ts'
import { UUID_BYTES } from '../values/uuid5.ts'
import { binaryPieces } from './binary-copy.ts'
import { BinaryKeys, hasBinaryKey } from './binary-keys.ts'
import { SEED } from './projection.ts'
import { copyOut } from './read.ts'
import { ServerHash } from './server-hash.ts'

/** So many words of 32 bits add up to less than 2^53, which a double holds exactly. */
const EXACT_ROWS = 2 ** 20
const WORD = 2n ** 32n

/**
 * The sum of the hashes of rows of which some UUIDs are made here: the server hashes the other fields, and sends the result
 * with the UUIDs it has and the keys of those it has not.
 *
 * @param state SQL of a bigint that all other fields have been mixed into
 * @param from what stands after FROM
 * @throws {ParitygateError} interrupted; else what the server fails with
 */
export async function sumWithUuids(
  client: pg.Client,
  state: string,
  uuids: Field[],
  from: string,
  { onRows, signal }: WholeOptions = {},
): Promise<HashSum> {
  const columns = [state, ...inputFields(uuids).map(({ expression }) => expression)]
  const readers = uuids.map(field =>
    hasBinaryKey(field) ? new BinaryKeys(field.derived) : new StoredUuids(),
  )
  const hash = new ServerHash()
  const uuid = new DataView(new ArrayBuffer(UUID_BYTES))
  let rows = 0
  let sum = 0n
  let high = 0
  let low = 0
  const carry = () => {
    sum += BigInt(high) * WORD + BigInt(low)
    high = low = 0
  }
  const copy = copyOut(client, `SELECT ${columns.join(', ')} FROM ${from}`, 'binary')
  for await (const { bytes } of binaryPieces(copy)) {
    throwIfAborted(signal)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let at = 0; at < bytes.length; ) {
      // Behind the number of fields and the length of the first.
      hash.state[0] = view.getInt32(at + 6)
      hash.state[1] = view.getInt32(at + 10)
      at += 14
      for (const reader of readers) {
        if (reader.write(view, at, uuid, 0)) hash.mixUuid(uuid)
        else hash.mixNull()
        at = reader.end
      }
      high += hash.state[0]!
      low += hash.state[1]! >>> 0
      if (++rows % EXACT_ROWS === 0) carry()
    }
    onRows?.(rows)
  }
  carry()
  return { rows, sum }
}

/** What a server should make of a UUID by `uuidProjection` and `SEED`. */
export function mixedInProcess(uuid: string): bigint {
  const hash = new ServerHash()
  hash.state.set([0, Number(SEED)])
  hash.mixUuid(new DataView(Uint8Array.from(Buffer.from(uuid.replaceAll('-', ''), 'hex')).buffer))
  return BigInt(hash.state[0]!) * WORD + BigInt(hash.state[1]! >>> 0)
}

/** Reads UUIDs that are stored; `write` and `end` as in `BinaryKeys`. */
class StoredUuids {
  end = 0

  write(row: DataView, from: number, out: DataView, at: number): boolean {
    const bytes = row.getInt32(from)
    this.end = from + 4 + Math.max(0, bytes)
    for (let byte = 0; byte < bytes; byte += 4) out.setInt32(at + byte, row.getInt32(from + 4 + byte))
    return bytes > 0
  }
}
