import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { ParitygateError } from '../model/error.ts'
import type { ScoreBudget } from '../model/scoreboard.ts'
import type { Plan } from './load-plan.ts'
import { durationOf, shareOf, sizeOf } from './measures.ts'
import { nearest } from './nearest.ts'
import type { PlanPath } from './parse.ts'
import { checkPilot } from './pilot-problems.ts'
import type { PilotDocument, RuleDocument } from './schema-pilot.ts'

/** The `pilot` section with every default filled in. Plain data: it is handed to worker threads. */
export interface Pilot {
  listen: { host: string; port: number }
  /** PEM files, absolute. */
  tls: { certificate: string; key: string } | null
  /** Addresses or networks (CIDR) whose X-Forwarded-* headers are believed. */
  trusted: string[]
  primary: Leg
  shadow: BesideLeg
  /** `percent` of the mirrored requests also go to this second old stack. */
  control: (BesideLeg & { percent: number }) | null
  /** In the order of the plan; a request belongs to the first that fits. */
  cohorts: Cohort[]
  routes: Route[]
  /** OpenAPI documents, absolute paths. */
  openapi: string[]
  /** Bodies up to so many bytes are kept and compared by value, larger ones by digest. */
  bodyLimit: number
  /** Lower case, besides the usual ones. */
  comparedHeaders: string[]
  rules: Rule[]
  /** JSONPaths whose values are never kept in samples. */
  redact: string[]
  budget: ScoreBudget
}

/** A stack that is asked. */
export interface Leg {
  name: 'primary' | 'shadow' | 'control'
  /** scheme://host:port */
  origin: string
  /** What it is sent as Host; null: the client's own. */
  host: string | null
  /** Request headers set for this leg, by lower-case name; null removes one. */
  headers: Record<string, string | null>
  /** By the name the client sends: what this leg calls it; null removes it. */
  cookies: Record<string, string | null>
  /** A PEM file, absolute. */
  ca: string | null
}

/** A stack whose answers nobody waits for. */
export interface BesideLeg extends Leg {
  timeoutMs: number
  concurrency: number
  queue: number
  keepCookies: boolean
}

export interface Cohort {
  name: string
  /** 100 where the plan says none. */
  percent: number
  sticky: Sticky
  /** Lower-case header name → value, * for any. */
  headers: Record<string, string>
  cookies: Record<string, string>
  /** Upper case; null: all. */
  methods: string[] | null
  /** Path patterns, in which * stands for one segment and ** for any number; null: all. */
  paths: string[] | null
}

export type Sticky =
  | { by: 'cookie' | 'header'; name: string }
  | { by: 'jwt'; claim: string; in: { by: 'header' | 'cookie'; name: string } }
  | { by: 'address' }

/** An endpoint the plan names: `GET /students/:id`. */
export interface Route {
  /** As the plan writes it. */
  name: string
  /** Upper case; * for any. */
  method: string
  /** Segments beginning with `:` stand for any one segment. */
  path: string
  /** null where the plan leaves it to the method: GET and HEAD are mirrored. */
  mirror: boolean | null
}

/** What the plan excuses, and why. */
export interface Rule {
  /** From 1, in the order of the plan. */
  number: number
  /** `cutover.yaml:12:5` */
  where: string
  /** The name of a route; null: all. */
  route: string | null
  reason: string
  /** The last day (UTC) it holds: 2026-12-31; null: it does not end. */
  expires: string | null
  excuse: Excuse
}

/** `path` is a JSONPath (RFC 9535) into the primary's and the shadow's JSON alike. */
export type Excuse =
  | { kind: 'ignore'; path: string }
  | { kind: 'ignore_header'; name: string }
  | { kind: 'unordered'; path: string }
  | { kind: 'keyed'; path: string; by: string }
  | { kind: 'tolerance'; path: string; absolute: number | null; relative: number | null }
  | { kind: 'timestamps'; path: string; precisionMs: number; withinMs: number }
  | { kind: 'null_is_absent'; path: string }
  | { kind: 'rename'; path: string; from: string; to: string }
  | { kind: 'key_case'; path: string }
  | { kind: 'status'; primary: number; shadow: number }

const require = createRequire(import.meta.url)

const PRECISION_MS = { millisecond: 1, second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/**
 * The dual run a plan describes.
 *
 * @throws {ParitygateError} pilot.missing, pilot.loop, or plan.invalid, which names every problem with its place
 */
export function pilotOf(plan: Plan): Pilot {
  const { pilot } = plan
  if (!pilot) throw new ParitygateError('pilot.missing', `${plan.file} says nothing of a pilot`)
  const problems: string[] = []
  const problem = (path: PlanPath, message: string) =>
    void problems.push(`${plan.locate(['pilot', ...path])}: ${message}`)
  const file = (path: PlanPath, name: string) => {
    const absolute = resolve(dirname(plan.file), name)
    if (!existsSync(absolute)) problem(path, `there is no file ${name}`)
    return absolute
  }
  const context = { problem, file, where: (path: PlanPath) => plan.locate(['pilot', ...path]) }
  const routes = routesOf(pilot, context)
  const resolved: Pilot = {
    listen: listenOf(pilot, context),
    tls: pilot.tls
      ? {
          certificate: file(['tls', 'certificate'], pilot.tls.certificate),
          key: file(['tls', 'key'], pilot.tls.key),
        }
      : null,
    trusted: pilot.trust ?? [],
    primary: legOf('primary', pilot.primary, context),
    shadow: besideOf('shadow', pilot.shadow, context),
    control: pilot.control
      ? { ...besideOf('control', pilot.control, context), percent: pilot.control.percent ?? 10 }
      : null,
    cohorts: cohortsOf(pilot),
    routes,
    openapi: (pilot.openapi ?? []).map((name, index) => file(['openapi', index], name)),
    bodyLimit: pilot.body_limit === undefined ? 2 ** 20 : sizeOf(pilot.body_limit),
    comparedHeaders: (pilot.compare_headers ?? []).map(name => name.toLowerCase()),
    rules: (pilot.rules ?? []).flatMap((rule, index) => ruleOf(rule, index, routes, context) ?? []),
    redact: pilot.redact ?? [],
    budget: budgetOf(pilot, context),
  }
  for (const [index, path] of resolved.redact.entries()) checkPath(['redact', index], path, context)
  checkPilot(pilot, resolved, problem)
  refuseLoops(resolved, context)
  if (problems.length > 0) throw new ParitygateError('plan.invalid', problems.join('\n  '))
  return resolved
}

interface Context {
  problem(path: PlanPath, message: string): void
  file(path: PlanPath, name: string): string
  where(path: PlanPath): string
}

function listenOf({ listen }: PilotDocument, { problem }: Context): Pilot['listen'] {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(listen) ?? []
  if (port === undefined || Number(port) > 65_535)
    problem(['listen'], `"${listen}" is no host:port; 127.0.0.1:8080 is one, and so is [::1]:8080`)
  return { host: bracketed ?? plain ?? '', port: Number(port ?? 0) }
}

function legOf(name: Leg['name'], written: PilotDocument['primary'], { problem, file }: Context): Leg {
  const document = typeof written === 'string' ? { url: written } : written
  const path = typeof written === 'string' ? [name] : [name, 'url']
  const url = URL.canParse(document.url) ? new URL(document.url) : null
  if (url === null || url.username !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    problem(path, 'it must be http://host:port or https://host:port, without user, path or query')
  return {
    name,
    origin: url?.origin ?? '',
    host: document.host ?? null,
    headers: Object.fromEntries(
      Object.entries(document.headers ?? {}).map(([header, value]) => [header.toLowerCase(), value]),
    ),
    cookies: { ...document.cookies },
    ca: document.ca === undefined ? null : file([name, 'ca'], document.ca),
  }
}

function besideOf(
  name: 'shadow' | 'control',
  written: PilotDocument['shadow'] | NonNullable<PilotDocument['control']>,
  context: Context,
): BesideLeg {
  const document: Exclude<PilotDocument['shadow'], string> =
    typeof written === 'string' ? { url: written } : written
  return {
    ...legOf(name, written, context),
    timeoutMs: document.timeout === undefined ? 10_000 : durationOf(document.timeout),
    concurrency: document.concurrency ?? 64,
    queue: document.queue ?? 256,
    keepCookies: document.keep_cookies ?? true,
  }
}

function cohortsOf({ cohorts }: PilotDocument): Cohort[] {
  const everybody: NonNullable<PilotDocument['cohorts']> = { everybody: { percent: 100 } }
  return Object.entries(cohorts ?? everybody).map(([name, cohort]) => ({
    name,
    percent: cohort.percent ?? 100,
    sticky: stickyOf(cohort.sticky),
    headers: Object.fromEntries(
      Object.entries(cohort.header ?? {}).map(([header, value]) => [header.toLowerCase(), value]),
    ),
    cookies: { ...cohort.cookie },
    methods: cohort.methods?.map(method => method.toUpperCase()) ?? null,
    paths: cohort.paths ?? null,
  }))
}

function stickyOf(sticky: NonNullable<PilotDocument['cohorts']>[string]['sticky']): Sticky {
  if (sticky?.cookie !== undefined) return { by: 'cookie', name: sticky.cookie }
  if (sticky?.header !== undefined) return { by: 'header', name: sticky.header.toLowerCase() }
  if (sticky?.jwt !== undefined) {
    const { claim, cookie, header } = sticky.jwt
    const place =
      cookie !== undefined
        ? ({ by: 'cookie', name: cookie } as const)
        : ({ by: 'header', name: (header ?? 'authorization').toLowerCase() } as const)
    return { by: 'jwt', claim, in: place }
  }
  return { by: 'address' }
}

function routesOf({ routes }: PilotDocument, { problem }: Context): Route[] {
  return Object.entries(routes ?? {}).map(([name, route]) => {
    const [, method, path] = /^([A-Za-z]+|\*)\s+(\/\S*)$/.exec(name) ?? []
    if (path === undefined)
      problem(['routes', name], `"${name}" is no route; GET /students/:id is one, and so is * /students/:id`)
    return {
      name,
      method: (method ?? '*').toUpperCase(),
      path: path ?? '/',
      mirror: route?.mirror ?? null,
    }
  })
}

const VERBS = [
  'ignore',
  'ignore_header',
  'unordered',
  'keyed',
  'tolerance',
  'timestamps',
  'null_is_absent',
  'rename',
  'key_case',
  'status',
] as const

function ruleOf(rule: RuleDocument, index: number, routes: Route[], context: Context): Rule | null {
  const { problem, where } = context
  const path = ['rules', index]
  const said = VERBS.filter(verb => rule[verb] !== undefined)
  const [verb] = said
  if (verb === undefined || said.length > 1) {
    problem(path, `a rule says one of ${VERBS.join(', ')}; this one says ${said.join(' and ') || 'none'}`)
    return null
  }
  if (rule.route !== undefined && !routes.some(({ name }) => name === rule.route))
    problem(
      [...path, 'route'],
      `there is no route "${rule.route}" in pilot.routes${nearest(rule.route, routes)}`,
    )
  if (rule.expires !== undefined && !isDay(rule.expires))
    problem([...path, 'expires'], `"${rule.expires}" is no day of the calendar`)
  const excuse = excuseOf(rule, verb)
  if ('path' in excuse) {
    const said = rule[verb]
    checkPath(typeof said === 'string' ? [...path, verb] : [...path, verb, 'path'], excuse.path, context)
  }
  if (excuse.kind === 'tolerance' && excuse.absolute === null && excuse.relative === null)
    problem([...path, 'tolerance'], 'a tolerance says absolute, relative or both')
  return {
    number: index + 1,
    where: where(path),
    route: rule.route ?? null,
    reason: rule.reason,
    expires: rule.expires ?? null,
    excuse,
  }
}

function excuseOf(rule: RuleDocument, kind: (typeof VERBS)[number]): Excuse {
  switch (kind) {
    case 'ignore':
    case 'unordered':
    case 'null_is_absent':
      return { kind, path: rule[kind]! }
    case 'ignore_header':
      return { kind, name: rule[kind]!.toLowerCase() }
    case 'tolerance': {
      const { path, absolute = null, relative = null } = rule[kind]!
      return { kind, path, absolute, relative }
    }
    case 'timestamps': {
      const { path, precision, within } = rule[kind]!
      return {
        kind,
        path,
        precisionMs: PRECISION_MS[(precision ?? 'millisecond') as keyof typeof PRECISION_MS],
        withinMs: within === undefined ? 0 : durationOf(within),
      }
    }
    case 'keyed':
      return { kind, ...rule[kind]! }
    case 'rename':
      return { kind, ...rule[kind]! }
    case 'key_case':
      return { kind, ...rule[kind]! }
    case 'status':
      return { kind, ...rule[kind]! }
  }
}

/** A path that cannot be read is shown where in the file it goes wrong. */
function checkPath(path: PlanPath, written: string, { problem }: Context): void {
  // Loaded for plans that have paths, not at every start of every command.
  const { compile, JSONPathError } = require('json-p3') as typeof import('json-p3')
  try {
    compile(written)
  } catch (error) {
    if (!(error instanceof JSONPathError)) throw error
    const { index } = error.token
    problem(path, `${error.message.replace(/\s*\(.*\)$/s, '')}, at character ${index + 1} of ${written}`)
  }
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

function budgetOf({ budget }: PilotDocument, { problem }: Context): ScoreBudget {
  for (const word of ['mismatch_rate', 'confidence'] as const) {
    const share = shareOf(budget?.[word] ?? '50%')
    // Nothing is certain, and no number of requests shows that nothing can ever differ.
    if (share <= 0 || share >= 1) problem(['budget', word], `${word} must lie between 0% and 100%`)
  }
  return {
    mismatch_rate: shareOf(budget?.mismatch_rate ?? '0.1%'),
    confidence: shareOf(budget?.confidence ?? '95%'),
    unscorable: shareOf(budget?.unscorable ?? '5%'),
    unseen: shareOf(budget?.unseen ?? '1%'),
    p95_ratio: budget?.latency?.p95_ratio ?? 1.1,
    p99_ratio: budget?.latency?.p99_ratio ?? 1.2,
  }
}

/** A leg that leads back here by the plan alone; what only the network shows is found when the pilot starts. */
function refuseLoops({ listen, primary, shadow, control, tls }: Pilot, { where }: Context): void {
  const local = new Set(['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '[::]'])
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  for (const leg of [primary, shadow, control]) {
    if (leg === null || leg.origin === '') continue
    const url = new URL(leg.origin)
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
    const here = url.hostname === host || (local.has(host) && local.has(url.hostname))
    if (here && port === listen.port && (url.protocol === 'https:') === (tls !== null))
      throw new ParitygateError('pilot.loop', `the ${leg.name} ${leg.origin} is the pilot's own address`, {
        where: where([leg.name]),
      })
  }
}
