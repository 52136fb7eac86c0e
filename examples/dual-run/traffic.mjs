// A day at the school, the same requests every time: node examples/dual-run/traffic.mjs [http://127.0.0.1:8080]
import { realpathSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { sizes } from './generate.mjs'
import { emailOf, pinOf } from './pin.mjs'
import { terms, titles } from './words.mjs'

const subjects = Object.keys(titles)
const searches = Object.values(titles).flatMap(list => list.flatMap(title => title.toLowerCase().split(' ')))
const pastTerms = terms.slice(0, -1)
const openCourses = { first: 289, count: 48 }

/** What people ask for, and how often in a hundred times. Nobody looks at what is being enrolled for meanwhile. */
const mixture = [
  [1, () => '/'],
  [2, () => '/courses'],
  [6, random => `/courses/${random(sizes.course)}`],
  [4, random => `/course/${random(sizes.course)}`],
  [6, random => `/api/courses?subject=${oneOf(subjects, random)}&term=${oneOf(terms, random)}`],
  [11, random => `/api/courses/${random(sizes.course)}`],
  [2, random => `/api/courses/${5_000 + random(500)}`],
  [18, random => `/api/search?q=${encodeURIComponent(oneOf(searches, random))}`],
  [3, () => '/api/me'],
  [4, random => `/api/people?page=${random(60)}`],
  [8, random => `/api/people/${random(sizes.person)}`],
  [9, random => `/api/people/${400 + random(800)}/enrollments`],
  [4, random => `/api/invoices?status=${oneOf(['open', 'paid'], random)}&page=${random(24)}`],
  [11, random => `/api/invoices/${random(sizes.invoice)}`],
  [5, random => `/api/dashboard?subject=${oneOf(subjects, random)}&term=${oneOf(terms, random)}`],
  [3, exportPath],
  [3, null],
]

/**
 * Sends what `users` people do, some of them staff, at most `atOnce` at a time, who look at each answer for a moment: a
 * machine that is busy all the time says nothing of latencies. Every hundredth request is given up before it is answered. Ends early after `seconds`, or where `signal` says so.
 *
 * @returns requests by what became of them, and the answers that were not the old stack's
 */
export async function drive({ url, users = 64, requests = 46, atOnce = 8, seconds = 32, signal }) {
  const pool = new Pool(url, { connections: atOnce })
  const stop = AbortSignal.any([AbortSignal.timeout(seconds * 1000), ...(signal ? [signal] : [])])
  const counts = { answered: 0, aborted: 0, failed: 0, foreign: 0, unsent: 0 }
  const waiting = Array.from({ length: users }, (_, number) => number + 1)
  const next = async () => {
    for (let user = waiting.shift(); user !== undefined; user = waiting.shift())
      await visit({ user, requests, pool, stop, counts })
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, next))
  } finally {
    await pool.destroy()
  }
  return counts
}

/** One person's visit. Every eighth works in the office, and is told so by a cookie. */
async function visit({ user, requests, pool, stop, counts }) {
  const random = randomOf(user)
  const person = user % 8 === 0 ? user / 8 : 100 + user
  const cookies = [`visitor=v${String(user).padStart(3, '0')}`]
  const send = (path, options) => exchange(pool, path, { cookies, counts, stop, ...options })
  const signedIn = await send('/login', { body: { email: emailOf(person), pin: pinOf(person) } })
  for (const cookie of [signedIn?.headers['set-cookie'] ?? []].flat()) cookies.push(cookie.split(';')[0])
  let enrolled = 0
  for (let sent = 1; sent < requests; sent++) {
    await sleep(random(100))
    const path = chosen(random(100))?.(random)
    if (path !== undefined) await send(path, { giveUp: random(100) === 1 })
    else
      await send('/api/enrollments', {
        body: { course_id: openCourses.first + ((user * 7 + enrolled++) % openCourses.count) },
      })
  }
}

async function exchange(pool, path, { cookies, counts, stop, body, giveUp = false }) {
  if (stop.aborted) {
    counts.unsent++
    return null
  }
  const impatience = new AbortController()
  if (giveUp) sleep(4).then(() => impatience.abort())
  try {
    const {
      headers,
      statusCode,
      body: answer,
    } = await pool.request({
      path,
      method: body ? 'POST' : 'GET',
      headers: {
        cookie: cookies.join('; '),
        'accept-encoding': 'gzip',
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      body: body ? JSON.stringify(body) : null,
      signal: impatience.signal,
    })
    await answer.dump()
    counts[statusCode < 500 ? 'answered' : 'failed']++
    if (!/^Werkzeug/.test(headers.server ?? '')) counts.foreign++
    return { headers }
  } catch {
    counts[impatience.signal.aborted ? 'aborted' : 'failed']++
    return null
  }
}

function chosen(percent) {
  let left = percent
  for (const [share, path] of mixture) {
    left -= share
    if (left <= 0) return path
  }
}

function exportPath(random) {
  return `/api/export/enrollments.csv?term=${oneOf(pastTerms, random)}&subject=${oneOf(subjects, random)}`
}

function oneOf(list, random) {
  return list[random(list.length) - 1]
}

/** Whole numbers from 1 to a limit, the same for the same seed (mulberry32). */
function randomOf(seed) {
  let state = Math.imul(seed, 0x9e3779b1)
  return limit => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return 1 + (((mixed ^ (mixed >>> 14)) >>> 0) % limit)
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const counts = await drive({ url: process.argv[2] ?? 'http://127.0.0.1:8080' })
  for (const [what, count] of Object.entries(counts)) process.stdout.write(`${what.padEnd(9)} ${count}\n`)
}
