import type { BesideLeg, Cohort, Leg, Pilot } from '../src/plan/pilot.ts'

export const everybody: Cohort = {
  name: 'everybody',
  percent: 100,
  sticky: { by: 'address' },
  headers: {},
  cookies: {},
  methods: null,
  paths: null,
}

/** A leg at this origin, as a plan that says nothing but its url would have it. */
export function legAt(origin: string, changes: Partial<Leg> = {}): Leg {
  return { name: 'primary', origin, host: null, headers: {}, cookies: {}, ca: null, ...changes }
}

/** A pilot of these legs that listens on a free port, as a plan that says nothing else would have it. */
export function plainPilot(primary: Leg, shadow: BesideLeg): Pilot {
  return {
    listen: { host: '127.0.0.1', port: 0 },
    tls: null,
    trusted: [],
    primary,
    shadow,
    control: null,
    cohorts: [everybody],
    routes: [],
    openapi: [],
    bodyLimit: 2 ** 20,
    comparedHeaders: [],
    rules: [],
    redact: [],
    budget: {
      mismatch_rate: 0.001,
      confidence: 0.95,
      unscorable: 0.05,
      unseen: 0.01,
      p95_ratio: 1.1,
      p99_ratio: 1.2,
    },
  }
}
