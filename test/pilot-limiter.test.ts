import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limiter, type Turn } from '../src/proxy/limiter.ts'

function turns(count: number) {
  const begun: number[] = []
  const all: Turn[] = Array.from({ length: count }, (_, index) => ({ begin: () => void begun.push(index) }))
  return { begun, all }
}

test('as many run as may, as many wait as may, and the next one is told there is no room', () => {
  const { begun, all } = turns(4)
  const limit = limiter(2, 1)
  expect(all.map(turn => limit.enter(turn))).toEqual([true, true, true, false])
  expect(begun).toEqual([0, 1])
  limit.leave()
  expect(begun).toEqual([0, 1, 2])
  limit.leave()
  limit.leave()
  expect([limit.running, limit.waiting]).toEqual([0, 0])
})

test('who waits no longer is never begun, and makes room for another', () => {
  const { begun, all } = turns(3)
  const limit = limiter(1, 1)
  limit.enter(all[0]!)
  limit.enter(all[1]!)
  expect(limit.withdraw(all[0]!)).toBe(false)
  expect(limit.withdraw(all[1]!)).toBe(true)
  expect(limit.enter(all[2]!)).toBe(true)
  limit.leave()
  expect(begun).toEqual([0, 2])
})

test('a turn that gives its place back at once does not let a later one pass those that wait', () => {
  const order: string[] = []
  const limit = limiter(1, 10)
  const brief = (name: string): Turn => ({
    begin() {
      order.push(name)
      limit.leave()
    },
  })
  limit.enter({ begin: () => void order.push('long') })
  for (const name of ['a', 'b', 'c']) limit.enter(brief(name))
  limit.leave()
  expect(order).toEqual(['long', 'a', 'b', 'c'])
  expect(limit.running).toBe(0)
})

test('whatever comes in whatever order, the bounds hold and nobody is forgotten', () => {
  const step = fc.record({ kind: fc.constantFrom('enter', 'leave', 'withdraw'), pick: fc.nat() })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(4), fc.array(step), (concurrency, queue, steps) => {
      const limit = limiter(concurrency, queue)
      const running = new Set<Turn>()
      const waiting: Turn[] = []
      for (const { kind, pick } of steps) {
        if (kind === 'enter') {
          const turn: Turn = { begin: () => void running.add(turn) }
          const taken = limit.enter(turn)
          expect(taken).toBe(running.has(turn) || waiting.length < queue)
          if (taken && !running.has(turn)) waiting.push(turn)
        } else if (kind === 'leave' && running.size > 0) {
          running.delete([...running][pick % running.size]!)
          limit.leave()
          const next = waiting.shift()
          if (next !== undefined) expect(running.has(next)).toBe(true)
        } else if (kind === 'withdraw' && waiting.length > 0) {
          expect(limit.withdraw(waiting.splice(pick % waiting.length, 1)[0]!)).toBe(true)
        }
        expect([limit.running, limit.waiting]).toEqual([running.size, waiting.length])
        expect(running.size).toBeLessThanOrEqual(concurrency)
      }
    }),
  )
})
