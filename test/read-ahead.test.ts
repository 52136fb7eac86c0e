import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readAhead } from '../src/migrate/read-ahead.ts'
import type { Lines } from '../src/model/row-line.ts'

/** Where some things due are read, of `pieces` lines each. */
function reading(due: number[], pieces: number, { bytes = 1, failing = -1 } = {}) {
  const log: string[] = []
  async function* read(of: number): AsyncGenerator<Lines> {
    log.push(`begin ${of}`)
    try {
      for (let piece = 0; piece < pieces; piece++) {
        await setImmediate()
        if (of === failing) throw new Error('the source is gone')
        yield { bytes: Buffer.alloc(bytes, `${of}`), rows: 1 }
      }
      log.push(`end ${of}`)
    } finally {
      log.push(`left ${of}`)
    }
  }
  const left = [...due]
  return { log, ahead: readAhead(() => left.shift(), read) }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate()
}

async function take(lines: AsyncIterable<Lines>): Promise<string> {
  const all: Buffer[] = []
  for await (const { bytes } of lines) all.push(bytes)
  return Buffer.concat(all).toString()
}

test.each([0, 1, 3])('each comes in turn with its own %i lines', async pieces => {
  const { ahead } = reading([1, 2, 3, 4, 5], pieces)
  const seen: [number, string][] = []
  for await (const { of, lines } of ahead) {
    await settled()
    seen.push([of, await take(lines)])
  }
  expect(seen).toEqual([1, 2, 3, 4, 5].map(of => [of, `${of}`.repeat(pieces)]))
})

test('the next is read while one is taken, and none after it', async () => {
  const { log, ahead } = reading([1, 2, 3], 2)
  await ahead.next()
  await settled()
  expect(log).toEqual(['begin 1', 'end 1', 'left 1', 'begin 2', 'end 2', 'left 2'])
  await ahead.return(undefined)
})

test('no more than some megabytes of each are read before they are asked for', async () => {
  const { log, ahead } = reading([1, 2], 20, { bytes: 1024 * 1024 })
  const { value } = await ahead.next()
  await settled()
  expect(log).toEqual(['begin 1'])
  expect((await take(value!.lines)).length).toBe(20 * 1024 * 1024)
  await ahead.return(undefined)
})

test('what is given up is read no further', async () => {
  const { log, ahead } = reading([1, 2, 3], 1000)
  const one = await ahead.next()
  await one.value!.lines[Symbol.asyncIterator]().next()
  await ahead.return(undefined)
  await settled()
  expect(log).not.toContain('begin 2')
  expect(log.filter(line => line.startsWith('begin')).length).toBe(
    log.filter(line => line.startsWith('left')).length,
  )
})

test('a failure to read is met by whoever takes those lines, not before', async () => {
  const { ahead } = reading([1, 2, 3], 3, { failing: 2 })
  const one = await ahead.next()
  await settled()
  expect(await take(one.value!.lines)).toBe('111')
  const two = await ahead.next()
  await expect(take(two.value!.lines)).rejects.toThrow('the source is gone')
})
