/** The dual run as it stands: plain data, kept in the state and printed by `pilot status`. */
export interface Scoreboard {
  /** ISO 8601, UTC. */
  since: string
  updated_at: string
  /** Of the whole: that of every endpoint, and enough of the traffic seen. */
  verdict: EndpointVerdict
  /** What keeps the whole from being within budget. */
  reasons: string[]
  /** Whether requests are being mirrored: what an operator has said last, and why. */
  mirroring: { on: boolean; why: string | null; at: string | null }
  exchanges: number
  outcomes: OutcomeCounts
  /** Exchanges that could not be compared, by cause. */
  unscorable: Partial<Record<UnscorableCause, number>>
  endpoints: EndpointScore[]
  groups: DifferenceGroup[]
  rules: RuleUse[]
  coverage: Coverage
  budget: ScoreBudget
  /** What was not looked at, or could not be kept: each makes the evidence less than it seems. */
  notes: string[]
}

export interface OutcomeCounts {
  matched: number
  /** Differing only in what rules or known noise explain. */
  ignored: number
  mismatched: number
  unscorable: number
}

/** Why an exchange says nothing of parity. */
export type UnscorableCause =
  | 'queue full'
  | 'memory full'
  | 'timeout'
  | 'unreachable'
  | 'reset'
  | 'invalid answer'
  | 'breaker open'
  | 'client aborted'
  | 'primary failed'
  | 'request too large'
  | 'answer too large'
  | 'mirror behind'
  | 'mirror failed'
  | 'judge behind'
  | 'judge failed'
  | 'undecodable'
  | 'too deep'
  | 'stopped'

/** One endpoint: a method and a path template. */
export interface EndpointScore {
  /** `GET /students/{id}` */
  endpoint: string
  outcomes: OutcomeCounts
  unscorable: Partial<Record<UnscorableCause, number>>
  /** Distinct requests compared, and those of them that have ever mismatched: what the bounds are made of. */
  distinct: { compared: number; mismatched: number }
  /** Upper bounds of the mismatch rate of distinct requests, 0 to 1; 1 where there is no evidence. */
  upper_bound: {
    /** One-sided Clopper–Pearson, for one look at a number of requests fixed beforehand. */
    fixed: number
    /** Holds however often it is looked at. */
    anytime: number
  }
  /** Distinct requests without a mismatch still missing for the budget; 0 where it is met, null where no number is enough. */
  missing_requests: { fixed: number | null; anytime: number | null }
  latency: EndpointLatency
  verdict: EndpointVerdict
  /** What keeps it from being within budget. */
  reasons: string[]
}

export type EndpointVerdict = 'within budget' | 'over budget' | 'not enough evidence'

/** Milliseconds. Quantiles are null where nothing was measured. */
export interface EndpointLatency {
  primary: Quantiles
  shadow: Quantiles
  /** Of shadow to primary, by the same requests. */
  ratio: { p95: RatioBound; p99: RatioBound }
}

export interface Quantiles {
  count: number
  p50: number | null
  p95: number | null
  p99: number | null
}

/** The ratio of a quantile, and bounds of it at the budget's confidence; null without enough pairs. */
export interface RatioBound {
  ratio: number | null
  /** For one look at a number of pairs fixed beforehand. */
  lower: number | null
  upper: {
    fixed: number | null
    /** Holds however often it is looked at. */
    anytime: number | null
  }
}

/** Differences of one kind in one place of one endpoint. */
export interface DifferenceGroup {
  id: string
  endpoint: string
  /** `201 → 200`; the same status on both sides is written once. */
  status: string
  /** `status`, `header content-type`, `body $.items[*].price` */
  field: string
  /** `off by exactly 3600 s`, `field absent`, `array order` */
  kind: string
  exchanges: number
  first_seen: string
  last_seen: string
  /**
   * Only `noise` is explained and makes no mismatch. What `follows` in every exchange from another group, a create that failed
   * say, differs all the same, and is shown below its cause.
   */
  standing: 'difference' | 'noise' | 'follows'
  /** Why it is noise, or the id of the group it follows from, in words. */
  explanation: string | null
  samples: DifferenceSample[]
}

/** Values are redacted and cut. */
export interface DifferenceSample {
  at: string
  /** `GET /students/17?full=1` */
  request: string
  /** Where exactly: `$.items[3].price` */
  path: string
  primary: string | null
  shadow: string | null
}

/** A rule of the plan and what it has excused. */
export interface RuleUse {
  number: number
  /** `ignore $..updatedAt` */
  rule: string
  where: string
  route: string | null
  reason: string
  expires: string | null
  expired: boolean
  /** Exchanges in which it was needed. */
  excused: number
  /** Exchanges it could have applied to; where `excused` is 0 and this is not, it never matched. */
  seen: number
}

/** Good–Turing over endpoint × status × shape of the answer. */
export interface Coverage {
  exchanges: number
  kinds: number
  /** Kinds seen once. */
  singletons: number
  /** Estimated share of traffic of kinds not seen yet, 0 to 1; 1 where nothing was seen. */
  unseen: number
}

/** What endpoints are held to; shares from 0 to 1. */
export interface ScoreBudget {
  mismatch_rate: number
  confidence: number
  unscorable: number
  unseen: number
  p95_ratio: number
  p99_ratio: number
}
