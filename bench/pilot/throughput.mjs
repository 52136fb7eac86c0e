import { end } from './processes.mjs'
import { fullLoad } from './wrk.mjs'

/** Requests a second of every proxy in turn, round after round; each is a fresh process. */
export async function throughput(stage, { seconds, runs, say }) {
  const subjects = {
    'A  nginx, mirroring to both, comparing nothing': stage.mirror,
    'B  http-proxy, passing through': stage.httpProxy,
    'nginx, passing through': stage.plain,
    'pilot, comparing every answer by value': () => stage.pilot({}),
    'pilot, passing through': () => stage.pilot({ mirrored: false }),
  }
  const rates = Object.fromEntries(Object.keys(subjects).map(name => [name, []]))
  const compared = []
  for (let round = 1; round <= runs; round++) {
    for (const [name, start] of Object.entries(subjects)) {
      const subject = await start()
      await fullLoad(subject.port, { seconds: 2 })
      const { rate, failed } = await fullLoad(subject.port, { seconds })
      if (failed > 0) throw new Error(`${name}: ${failed} requests failed`)
      rates[name].push(rate)
      say(`round ${round} of ${runs}: ${name}: ${Math.round(rate)}/s`)
      const ended = subject.end ? await subject.end() : await end(subject.child)
      if (ended && name.includes('comparing')) compared.push(comparedShare(ended.scoreboard))
    }
  }
  return { rates, compared }
}

/** Of the exchanges, those that were compared: without it a rate would say nothing. */
function comparedShare({ exchanges, outcomes }) {
  return exchanges === 0 ? 0 : 1 - outcomes.unscorable / exchanges
}
