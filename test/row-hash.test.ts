import { expect, test } from 'vitest'
import { HashSums, hashBytes } from '../src/compare/row-hash.ts'

function hash(bytes: Uint8Array, seed: number): Uint8Array {
  const words = new Int32Array(4)
  hashBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, seed, words)
  return new Uint8Array(words.buffer)
}

test('it is MurmurHash3_x86_128: the value SMHasher verifies implementations by', () => {
  const hashes = new Uint8Array(256 * 16)
  const key = Uint8Array.from({ length: 256 }, (_, index) => index)
  for (let length = 0; length < 256; length++)
    hashes.set(hash(key.subarray(0, length), 256 - length), length * 16)
  expect(new DataView(hash(hashes, 0).buffer).getUint32(0, true)).toBe(0xb3ece62a)
})

test('sums are exact modulo 2^64, however many rows fall into one bucket', () => {
  const row = new DataView(Uint8Array.from(Buffer.from('1\tone')).buffer)
  const single = new HashSums(1)
  single.add(0, row, 0, row.byteLength)
  const [value] = single.finish()
  const many = new HashSums(2)
  const rows = 5_000_000
  for (let index = 0; index < rows; index++) many.add(1, row, 0, row.byteLength)
  expect([...many.finish()]).toEqual([0n, BigInt.asUintN(64, value! * BigInt(rows))])
})
