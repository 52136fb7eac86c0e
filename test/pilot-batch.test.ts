import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { expect, test } from 'vitest'
import type { Answer, Observation } from '../src/proxy/exchange.ts'
import { pack, unpack } from '../src/proxy/judge/batch.ts'

const answer = (bytes: Uint8Array, headers = ['A', 'b', 'Set-Cookie', 'c=d; e']): Answer => ({
  status: 200,
  headers,
  body: { kind: 'whole', bytes },
  firstMs: 1,
  totalMs: 2.5,
})

const request = { at: 1, method: 'GET', target: '/a?b', cohort: 'staff', bodyDigest: null }

test('observations cross to another thread as they are, with small bodies, large ones, none, and parts of other memory', () => {
  const large = new Uint8Array(200_000).fill(7)
  const around = new Uint8Array(300_000).map((_, index) => index % 251)
  const observations: Observation[] = [
    { kind: 'unscored', request, cause: 'timeout' },
    {
      kind: 'exchange',
      request,
      primary: answer(new Uint8Array(0), []),
      shadow: answer(new TextEncoder().encode('{"a":1}')),
      control: null,
    },
    {
      kind: 'exchange',
      request,
      primary: answer(around.subarray(10, 100_010)),
      shadow: answer(large),
      control: { ...answer(large), body: { kind: 'digest', length: 9, digest: '00ff' } },
    },
  ]
  const expected = structuredClone(observations)
  const { port1, port2 } = new MessageChannel()
  const batch = pack(observations)
  port1.postMessage(batch, batch.bodies)
  const { message } = receiveMessageOnPort(port2)!
  expect(unpack(message)).toEqual(expected)
  // Memory that others look at as well is copied, and only what nobody needs any more is handed over.
  expect([around.length, large.length]).toEqual([300_000, 0])
  port1.close()
})
