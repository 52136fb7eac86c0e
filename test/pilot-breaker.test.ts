import { expect, test } from 'vitest'
import { breaker } from '../src/proxy/breaker.ts'

function opened() {
  const changes: string[] = []
  const stack = breaker(state => void changes.push(state))
  for (let count = 0; count < 20; count++) stack.failed(stack.admit(0)!, 0)
  return { stack, changes }
}

test('a stack that fails twenty times in a row is left alone, one that answers in between is not', () => {
  const stack = breaker(() => {})
  for (let count = 0; count < 100; count++) {
    if (count % 20 === 19) stack.succeeded(stack.admit(0)!)
    else stack.failed(stack.admit(0)!, 0)
  }
  expect(stack.state).toBe('closed')
  expect(opened().stack.state).toBe('open')
  expect(opened().stack.admit(999)).toBe(null)
})

test('after a while one request is let through, and its success closes the breaker', () => {
  const { stack, changes } = opened()
  const probe = stack.admit(1000)
  expect(probe).not.toBe(null)
  expect(stack.admit(1000)).toBe(null)
  stack.succeeded(probe!)
  expect(stack.admit(1000)).not.toBe(null)
  expect(changes).toEqual(['open', 'half-open', 'closed'])
})

test('each request let through that fails doubles the time until the next, up to thirty seconds', () => {
  const { stack } = opened()
  let now = 0
  for (const delay of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    expect(stack.admit(now + delay - 1)).toBe(null)
    now += delay
    stack.failed(stack.admit(now)!, now)
  }
  const probe = stack.admit(now + 30_000)!
  stack.succeeded(probe)
  for (let count = 0; count < 20; count++) stack.failed(stack.admit(now)!, now)
  expect(stack.admit(now + 1000)).not.toBe(null)
})

test('a request let through that ends without saying anything of the stack lets the next one try', () => {
  const { stack } = opened()
  stack.withdrew(stack.admit(1000)!)
  expect(stack.state).toBe('half-open')
  expect(stack.admit(1000)).not.toBe(null)
})

test('what began before the breaker opened neither closes it nor counts against the one that tries', () => {
  const stack = breaker(() => {})
  const [slow, slower, slowest] = [stack.admit(0)!, stack.admit(0)!, stack.admit(0)!]
  for (let count = 0; count < 20; count++) stack.failed(stack.admit(0)!, 0)
  stack.succeeded(slow)
  expect(stack.state).toBe('open')
  const probe = stack.admit(1000)!
  stack.failed(slower, 1000)
  stack.withdrew(slowest)
  expect(stack.admit(1000)).toBe(null)
  stack.succeeded(probe)
  expect(stack.state).toBe('closed')
})
