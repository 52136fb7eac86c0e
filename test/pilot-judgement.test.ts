import { expect, test } from 'vitest'
import type { Answer } from '../src/proxy/exchange.ts'
import { openJudgement } from '../src/proxy/judge/judgement.ts'
import { pilotWith } from './pilot-beside.ts'

const answer = (status: number): Answer => ({
  status,
  headers: ['Content-Type', 'application/json'],
  body: { kind: 'whole', bytes: new TextEncoder().encode('{"error":"down"}') },
  firstMs: 1,
  totalMs: 2,
})

test('two stacks that fail alike are no parity', () => {
  const judgement = openJudgement(pilotWith('http://127.0.0.1:1'), new Map())
  const request = { at: Date.now(), method: 'GET', target: '/a', cohort: 'everybody', bodyDigest: null }
  for (const status of [500, 503])
    judgement.take({
      kind: 'exchange',
      request,
      primary: answer(status),
      shadow: answer(status),
      control: null,
    })
  judgement.take({ kind: 'exchange', request, primary: answer(404), shadow: answer(404), control: null })
  const { outcomes, unscorable } = judgement.scoreboard({ on: true, why: null, at: null })
  expect(outcomes).toEqual({ matched: 1, ignored: 0, mismatched: 0, unscorable: 2 })
  expect(unscorable).toEqual({ 'primary failed': 2 })
})
