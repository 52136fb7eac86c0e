import { expect, test } from 'vitest'
import { openScoreboard } from '../src/proxy/score/scoreboard.ts'
import { budget, exchange, NOW, snapshot } from './pilot-exchanges.ts'
import { seeded } from './pilot-seeded.ts'

const groups = ['a', 'b', 'c', 'd']

/** The same by definition: everything is kept, and looked at whole. */
function model() {
  const exchanges: { endpoint: string; request: string; groups: string[] | null; kind: string }[] = []
  /** Where a request was asked last: it counts there. */
  const home = new Map<string, string>()
  return {
    record(endpoint: string, request: string, seen: string[] | null, kind: string) {
      exchanges.push({ endpoint, request, groups: seen, kind })
      if (seen !== null) home.set(request, endpoint)
    },
    merge(from: string, into: string) {
      for (const each of exchanges) if (each.endpoint === from) each.endpoint = into
      for (const [request, endpoint] of home) if (endpoint === from) home.set(request, into)
    },
    endpoint(name: string, explained: string[]) {
      const own = exchanges.filter(({ endpoint }) => endpoint === name)
      const differs = (seen: string[]) => seen.some(id => !explained.includes(id))
      const mismatching = new Set(
        exchanges.filter(each => each.groups !== null && differs(each.groups)).map(({ request }) => request),
      )
      const requests = [...home].filter(([, endpoint]) => endpoint === name).map(([request]) => request)
      return {
        outcomes: {
          matched: own.filter(each => each.groups?.length === 0).length,
          ignored: own.filter(each => each.groups !== null && each.groups.length > 0 && !differs(each.groups))
            .length,
          mismatched: own.filter(each => each.groups !== null && differs(each.groups)).length,
          unscorable: own.filter(each => each.groups === null).length,
        },
        distinct: {
          compared: requests.length,
          mismatched: requests.filter(request => mismatching.has(request)).length,
        },
      }
    },
    singletons() {
      const seen = new Map<string, number>()
      for (const { endpoint, kind, groups: compared } of exchanges)
        if (compared !== null) seen.set(`${endpoint} ${kind}`, (seen.get(`${endpoint} ${kind}`) ?? 0) + 1)
      return [...seen.values()].filter(times => times === 1).length
    },
  }
}

test.each([1, 2, 3, 4, 5, 6])(
  'counts are those of everything kept and looked at whole, whatever is learned, merged, moved and restarted (%i)',
  seed => {
    const random = seeded(seed)
    const pick = (most: number) => Math.floor(random() * most)
    const byDefinition = model()
    let score = openScoreboard({ budget, now: () => NOW })
    const kept = new Map<string, Uint8Array>()
    for (let step = 0; step < 1500; step++) {
      const endpoint = `GET /e${pick(6)}`
      const request = `/r${pick(60)}`
      const shape = `${pick(40)}`
      const seen = pick(8) === 0 ? null : pick(3) === 0 ? groups.filter(() => pick(3) === 0) : []
      byDefinition.record(endpoint, request, seen, shape)
      score.record(
        exchange({
          endpoint,
          target: request,
          shape,
          outcome: seen === null ? { unscorable: 'reset' } : seen.length === 0 ? 'matched' : { groups: seen },
        }),
      )
      if (pick(200) === 0) {
        const [from, into] = [`GET /e${pick(6)}`, `GET /e${pick(7)}`]
        byDefinition.merge(from, into)
        score.merge(from, into)
      }
      if (pick(100) === 0) {
        const { parts, removed } = score.changes()
        for (const name of removed) kept.delete(name)
        for (const [name, content] of parts) kept.set(name, content)
        score.saved()
        if (pick(2) === 0) score = openScoreboard({ budget, now: () => NOW, parts: kept })
      }
      if (pick(50) > 0) continue
      const explained = groups.filter(() => pick(2) === 0)
      const board = snapshot(score, { explained })
      for (const { endpoint: name, outcomes, distinct } of board.endpoints)
        expect({ outcomes, distinct }).toEqual(byDefinition.endpoint(name, explained))
      expect(board.coverage.singletons).toBe(byDefinition.singletons())
      expect(board.exchanges).toBe(step + 1)
    }
  },
)
