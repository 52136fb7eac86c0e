import { expect, test } from 'vitest'
import { WalTimes } from '../src/engines/postgres/wal-times.ts'

function told() {
  const clock = { now: 0 }
  return { clock, times: new WalTimes(() => clock.now) }
}

test('what is replayed is as old as the last look at which there was no more', () => {
  const { clock, times } = told()
  for (const [at, length] of [
    [0, 100],
    [1000, 200],
    [2000, 300],
  ] as const) {
    clock.now = at
    times.note(length)
  }
  clock.now = 5000
  expect([300, 250, 200, 150, 100].map(length => times.secondsSince(length))).toEqual([3, 4, 4, 5, 5])
  expect(times.secondsSince(99)).toBeNull()
  times.forget(250)
  expect([times.secondsSince(250), times.secondsSince(199)]).toEqual([4, null])
})

test('a log in which nothing is written does not age', () => {
  const { clock, times } = told()
  times.note(100)
  clock.now = 60_000
  times.note(100)
  clock.now = 61_000
  times.note(101)
  expect(times.secondsSince(100)).toBe(1)
})
