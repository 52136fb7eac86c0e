import { type Static, Type } from '@sinclair/typebox'
import { closed, Name, Reason } from './schema-words.ts'

const HttpUrl = Type.String({
  pattern: '^https?://',
  description: 'http://host:port or https://host:port, without a path.',
})
const Duration = Type.String({ pattern: '^\\d+(ms|s|m|h)$', description: '500ms, 5s, 10m, 1h.' })
const Size = Type.String({ pattern: '^\\d+[kmg]$', description: '64k, 1m, 1g.' })
const Percent = Type.Number({ exclusiveMinimum: 0, maximum: 100 })
const Share = Type.String({ pattern: '^\\d+(\\.\\d+)?%$', description: '0.1%' })
const JsonPath = Type.String({
  minLength: 1,
  description: 'JSONPath (RFC 9535) into the JSON of the answer: $..updatedAt, $.items[*].price.',
})

const legWords = {
  url: HttpUrl,
  host: Type.Optional(
    Type.String({ minLength: 1, description: "What it is sent as Host; default: the client's own." }),
  ),
  headers: Type.Optional(
    Type.Record(Name, Type.Union([Type.String(), Type.Null()]), {
      description: 'Request headers set for this stack alone; null removes one.',
    }),
  ),
  cookies: Type.Optional(
    Type.Record(Name, Type.Union([Name, Type.Null()]), {
      description: 'Cookies by the name the client sends, and what this stack calls them; null removes one.',
    }),
  ),
  ca: Type.Optional(
    Type.String({ minLength: 1, description: 'A PEM file: whom to trust besides the public authorities.' }),
  ),
}

const besideWords = {
  ...legWords,
  timeout: Type.Optional(Duration),
  concurrency: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, description: 'Requests at a time; default 64.' }),
  ),
  queue: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 100_000,
      description: 'Requests waiting for their turn; default 256.',
    }),
  ),
  keep_cookies: Type.Optional(
    Type.Boolean({
      description: 'Keep the cookies this stack sets, by sticky key, and send them back to it; default true.',
    }),
  ),
}

const Primary = Type.Union([HttpUrl, Type.Object(legWords, closed)])
const Shadow = Type.Union([HttpUrl, Type.Object(besideWords, closed)])
const Control = Type.Object(
  {
    ...besideWords,
    percent: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 100,
        description: 'Of the mirrored requests; default 10.',
      }),
    ),
  },
  { ...closed, description: 'A second old stack, asked to learn what differs by itself.' },
)

const Sticky = Type.Object(
  {
    cookie: Type.Optional(Name),
    header: Type.Optional(Name),
    jwt: Type.Optional(
      Type.Object(
        {
          claim: Name,
          header: Type.Optional(Name),
          cookie: Type.Optional(Name),
        },
        {
          ...closed,
          description:
            'A claim of a JSON Web Token, by default that of `Authorization: Bearer`. Its signature is not checked: it decides nothing but who is in the pilot.',
        },
      ),
    ),
    address: Type.Optional(Type.Literal(true)),
  },
  {
    ...closed,
    minProperties: 1,
    maxProperties: 1,
    description: 'Who always falls on the same side of `percent`.',
  },
)

const Cohort = Type.Object(
  {
    percent: Type.Optional(Percent),
    sticky: Type.Optional(Sticky),
    header: Type.Optional(
      Type.Record(Name, Name, { description: 'A header that must have this value; * for any.' }),
    ),
    cookie: Type.Optional(
      Type.Record(Name, Name, { description: 'A cookie that must have this value; * for any.' }),
    ),
    methods: Type.Optional(Type.Array(Name, { minItems: 1 })),
    paths: Type.Optional(
      Type.Array(Type.String({ pattern: '^/' }), {
        minItems: 1,
        description: 'Paths, in which * stands for one segment and ** for any number.',
      }),
    ),
  },
  { ...closed, minProperties: 1, description: 'Everything that is said must hold.' },
)

const Route = Type.Union([
  Type.Null(),
  Type.Object(
    {
      mirror: Type.Optional(
        Type.Boolean({
          description:
            'Default: true for GET and HEAD, false for everything else, which may write. true sends writes to the shadow as well: only into a clone.',
        }),
      ),
    },
    closed,
  ),
])

const Rule = Type.Object(
  {
    route: Type.Optional(Type.String({ minLength: 1, description: 'One of `routes`; default: all.' })),
    ignore: Type.Optional(JsonPath),
    ignore_header: Type.Optional(Name),
    unordered: Type.Optional(JsonPath),
    keyed: Type.Optional(Type.Object({ path: JsonPath, by: Name }, closed)),
    tolerance: Type.Optional(
      Type.Object(
        {
          path: JsonPath,
          absolute: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
          relative: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
        },
        closed,
      ),
    ),
    timestamps: Type.Optional(
      Type.Object(
        {
          path: JsonPath,
          precision: Type.Optional(
            Type.Union(['millisecond', 'second', 'minute', 'hour', 'day'].map(word => Type.Literal(word))),
          ),
          within: Type.Optional(Duration),
        },
        {
          ...closed,
          description:
            'The same moment in any form: ISO 8601, RFC 9110 dates, seconds or milliseconds since 1970.',
        },
      ),
    ),
    null_is_absent: Type.Optional(JsonPath),
    rename: Type.Optional(
      Type.Object(
        { path: JsonPath, from: Name, to: Name },
        { ...closed, description: 'A member of the objects at `path`, as primary and shadow call it.' },
      ),
    ),
    key_case: Type.Optional(
      Type.Object(
        { path: JsonPath },
        { ...closed, description: 'Members of the objects at `path` and below: user_id is userId.' },
      ),
    ),
    status: Type.Optional(
      Type.Object(
        {
          primary: Type.Integer({ minimum: 100, maximum: 599 }),
          shadow: Type.Integer({ minimum: 100, maximum: 599 }),
        },
        closed,
      ),
    ),
    reason: Reason,
    expires: Type.Optional(
      Type.String({
        pattern: '^\\d{4}-\\d{2}-\\d{2}$',
        description: 'The last day (UTC) it excuses anything.',
      }),
    ),
  },
  closed,
)

const Budget = Type.Object(
  {
    mismatch_rate: Type.Optional(Share),
    confidence: Type.Optional(Share),
    unscorable: Type.Optional(Share),
    unseen: Type.Optional(
      Type.String({
        pattern: '^\\d+(\\.\\d+)?%$',
        description: 'Good-Turing estimate of what has not been asked yet; default 1%.',
      }),
    ),
    latency: Type.Optional(
      Type.Object(
        {
          p95_ratio: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
          p99_ratio: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
        },
        closed,
      ),
    ),
  },
  { ...closed, description: 'What each endpoint is held to.' },
)

export const Pilot = Type.Object(
  {
    listen: Type.String({ minLength: 1, description: 'host:port; [::1]:8080 for IPv6.' }),
    tls: Type.Optional(Type.Object({ certificate: Name, key: Name }, closed)),
    trust: Type.Optional(
      Type.Array(Name, {
        description: 'Addresses or networks (10.0.0.0/8) whose X-Forwarded-* headers are believed.',
      }),
    ),
    primary: Primary,
    shadow: Shadow,
    control: Type.Optional(Control),
    cohorts: Type.Optional(
      Type.Record(Name, Cohort, {
        minProperties: 1,
        description: 'Whose requests are mirrored: the first that fits. Default: everybody.',
      }),
    ),
    routes: Type.Optional(
      Type.Record(Type.String({ description: 'METHOD /path/:parameter; * stands for any method.' }), Route, {
        description: 'Endpoints known beforehand; others are learned from the traffic.',
      }),
    ),
    openapi: Type.Optional(
      Type.Array(Name, { description: 'OpenAPI documents of either stack, which name endpoints.' }),
    ),
    body_limit: Type.Optional(Size),
    compare_headers: Type.Optional(
      Type.Array(Name, { description: 'Headers compared besides the usual ones.' }),
    ),
    rules: Type.Optional(Type.Array(Rule)),
    redact: Type.Optional(
      Type.Array(JsonPath, { description: 'Values never kept in samples, besides those of secret names.' }),
    ),
    budget: Type.Optional(Budget),
  },
  { ...closed, description: 'The dual run: what is mirrored, and what counts as the same answer.' },
)

export type PilotDocument = Static<typeof Pilot>
export type RuleDocument = Static<typeof Rule>
