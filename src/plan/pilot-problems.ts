import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { networkOf } from './network.ts'
import type { PlanPath } from './parse.ts'
import type { PilotDocument } from './schema-pilot.ts'

type Problem = (path: PlanPath, message: string) => void

/** What of a resolved pilot is looked at; see `Pilot`. */
interface Resolved {
  primary: Stack
  shadow: Stack
  control: Stack | null
  routes: { name: string; method: string; path: string }[]
}

interface Stack {
  origin: string
  host: string | null
  headers: Record<string, string | null>
  cookies: Record<string, string | null>
  ca: string | null
  timeoutMs?: number
}

/** The framing of a message, and what ends at each hop, are the proxy's own; the last is by what it knows its own requests. */
export const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'http2-settings',
  'proxy-authorization',
  'trailer',
  'expect',
  'paritygate-pilot',
])

/** What timers of Node can wait. */
const LONGEST_MS = 2 ** 31 - 1

/** What the schema allows and nobody can mean. Values of headers are not repeated: they may be secrets. */
export function checkPilot(document: PilotDocument, pilot: Resolved, problem: Problem): void {
  for (const name of ['primary', 'shadow', 'control'] as const) {
    const written = document[name]
    if (written !== undefined && typeof written !== 'string') checkLeg(name, written, pilot[name]!, problem)
  }
  for (const [index, entry] of (document.trust ?? []).entries())
    if (networkOf(entry) === null)
      problem(['trust', index], `"${entry}" is neither an address nor a network such as 10.0.0.0/8`)
  for (const [name, cohort] of Object.entries(document.cohorts ?? {})) {
    for (const header of Object.keys(cohort.header ?? {}))
      checkHeaderName(['cohorts', name, 'header', header], header, problem)
    for (const [index, method] of (cohort.methods ?? []).entries())
      if (!/^[A-Za-z-]+$/.test(method))
        problem(['cohorts', name, 'methods', index], `"${method}" is no method`)
    const { header, jwt } = cohort.sticky ?? {}
    if (header !== undefined) checkHeaderName(['cohorts', name, 'sticky', 'header'], header, problem)
    if (jwt?.header !== undefined)
      checkHeaderName(['cohorts', name, 'sticky', 'jwt', 'header'], jwt.header, problem)
    if (jwt?.header !== undefined && jwt.cookie !== undefined)
      problem(
        ['cohorts', name, 'sticky', 'jwt', 'cookie'],
        'the token is in a header or in a cookie, not in both',
      )
  }
  for (const [index, name] of (document.compare_headers ?? []).entries())
    checkHeaderName(['compare_headers', index], name, problem)
  for (const [index, { ignore_header: name }] of (document.rules ?? []).entries())
    if (name !== undefined) checkHeaderName(['rules', index, 'ignore_header'], name, problem)
  checkRoutes(pilot.routes, problem)
  checkSameStack(pilot, problem)
}

function checkLeg(
  name: 'primary' | 'shadow' | 'control',
  document: Exclude<PilotDocument['shadow'], string>,
  leg: Stack,
  problem: Problem,
): void {
  const seen = new Set<string>()
  for (const [header, value] of Object.entries(document.headers ?? {})) {
    const path = [name, 'headers', header]
    const lower = header.toLowerCase()
    if (seen.has(lower)) problem(path, `${lower} is said twice`)
    seen.add(lower)
    if (OWN_HEADERS.has(lower)) problem(path, `${lower} is set by the pilot itself`)
    checkHeaderName(path, header, problem)
    if (value !== null && !isSendable(value))
      problem(path, 'its value holds characters that no header may hold')
  }
  if (document.host !== undefined && (!isSendable(document.host) || /[\s/@]/.test(document.host)))
    problem([name, 'host'], 'it is no host')
  for (const [cookie, called] of Object.entries(document.cookies ?? {}))
    if ([cookie, called ?? cookie].some(each => /[=;\s]/.test(each) || !isSendable(each)))
      problem([name, 'cookies', cookie], 'names of cookies hold no space, = or ;')
  if (leg.timeoutMs !== undefined && !(leg.timeoutMs >= 1 && leg.timeoutMs <= LONGEST_MS))
    problem([name, 'timeout'], 'it must be a time from 1ms to 596h')
  if (leg.ca !== null) checkCertificate([name, 'ca'], leg.ca, problem)
}

function checkHeaderName(path: PlanPath, name: string, problem: Problem): void {
  try {
    validateHeaderName(name)
  } catch {
    problem(path, `"${name}" is no name of a header`)
  }
}

function isSendable(value: string): boolean {
  try {
    validateHeaderValue('x', value)
    return true
  } catch {
    return false
  }
}

/** TLS takes any file for authorities, and then trusts nobody in it. A file that is not there has been told. */
function checkCertificate(path: PlanPath, file: string, problem: Problem): void {
  let pem: Buffer
  try {
    pem = readFileSync(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') problem(path, `it cannot be read: ${message}`)
    return
  }
  try {
    new X509Certificate(pem)
  } catch {
    problem(path, 'it holds no certificate in PEM form')
  }
}

function checkRoutes(routes: Resolved['routes'], problem: Problem): void {
  const known = new Map<string, string>()
  for (const { name, method, path } of routes) {
    if (/[?#]/.test(path)) problem(['routes', name], 'a route is a path, without query or fragment')
    const segments = path.split('/')
    if (segments.includes('**'))
      problem(['routes', name], 'in a route * stands for one segment, and nothing for any number of them')
    const place = `${method} ${segments.map(each => (/^:./.test(each) ? ':' : each)).join('/')}`
    const other = known.get(place)
    if (other !== undefined) problem(['routes', name], `it is the same route as "${other}"`)
    known.set(place, name)
  }
}

/** A stack held against itself always matches, or explains by its own differences what is wrong with it: that is no evidence. */
function checkSameStack({ primary, shadow, control }: Resolved, problem: Problem): void {
  if (isSame(primary, shadow)) problem(['shadow'], 'it is the primary: a stack always agrees with itself')
  if (control === null) return
  if (isSame(shadow, control))
    problem(['control'], 'it is the shadow: all that differs would be taken for noise')
  if (isSame(primary, control))
    problem(['control'], 'it is the primary, which has its users to answer: it takes a second one')
}

function isSame(one: Stack, other: Stack): boolean {
  return one.origin !== '' && identity(one) === identity(other)
}

/** What decides which stack it is: behind one address there may be several, by Host or by a header. */
function identity({ origin, host, headers, cookies }: Stack): string {
  const url = origin === '' ? '' : origin.replace(/\/\/(localhost|127\.0\.0\.1|\[::1\])(?=:|$)/, '//here')
  return JSON.stringify([url, host, Object.entries(headers).sort(), Object.entries(cookies).sort()])
}
