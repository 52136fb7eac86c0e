/** The differences that are in the new stack's code, as the scoreboard should name them. `behaviour` is the number in the code. */
const differences = [
  {
    behaviour: '1, a wrong rounding',
    endpoint: 'GET /api/invoices/{}',
    field: 'body $.total',
    kind: 'rounded differently',
  },
  {
    behaviour: '2, a missing field',
    endpoint: 'GET /api/people/{}',
    field: 'body $.phone',
    kind: 'absent',
  },
  {
    behaviour: '3, another array order',
    endpoint: 'GET /api/people/{}/enrollments',
    field: 'body $.enrollments',
    kind: 'array order',
  },
  {
    behaviour: '5, 200 in place of 201',
    endpoint: 'POST /api/enrollments',
    field: 'status',
    status: '201 → 200',
    kind: 'status',
  },
]
const noisy = { endpoint: 'GET /api/dashboard', field: 'body $.generated_at' }
const slow = 'GET /api/search'

/**
 * Holds a scoreboard against what is in the code of the two stacks: nothing may be missing, and nothing more may be there.
 *
 * @param counts what the driver has seen
 * @returns a line for each expectation, and whether it has come true
 */
export function heldAgainst(scoreboard, counts) {
  const of = standing => scoreboard.groups.filter(group => group.standing === standing)
  return [
    ...differences.map(expected => asOneGroup(expected, of('difference'))),
    nothingElse(of('difference'), of('follows')),
    theNoise(of('noise')),
    theSlowEndpoint(scoreboard),
    theRules(scoreboard.rules),
    {
      ok: counts.failed === 0 && counts.foreign === 0 && counts.answered > 0,
      text: `the users were served by the old stack alone: ${counts.answered} answers, ${counts.failed} failures, ${counts.foreign} answers of somebody else, ${counts.aborted} requests they gave up themselves`,
    },
  ]
}

function asOneGroup({ behaviour, endpoint, field, status, kind }, groups) {
  const found = groups.filter(group => templateOf(group.endpoint) === endpoint && group.field === field)
  const [group] = found
  const ok =
    found.length === 1 && group.kind === kind && (status === undefined || group.status.includes(status))
  const said = found
    .map(({ kind, status, exchanges }) => `${kind} (${status}), ${exchanges} times`)
    .join('; ')
  return { ok, text: `behaviour ${behaviour}: ${endpoint}, ${field}: ${said || 'not found'}` }
}

function nothingElse(found, follows) {
  const known = group =>
    differences.some(
      ({ endpoint, field }) => templateOf(group.endpoint) === endpoint && field === group.field,
    )
  const others = [...found.filter(group => !known(group)), ...follows]
  const names = others.map(({ endpoint, field, kind }) => `${endpoint}, ${field}: ${kind}`)
  return {
    ok: others.length === 0,
    text: `nothing else differs${names.map(name => `\n      but ${name}`).join('')}`,
  }
}

function theNoise(groups) {
  const named = ({ endpoint, field }) => templateOf(endpoint) === noisy.endpoint && field === noisy.field
  const said = groups.map(({ endpoint, field, explanation }) => `${endpoint}, ${field}: ${explanation}`)
  return {
    ok: groups.length === 1 && groups.every(named),
    text: `behaviour 4, a noisy timestamp, is known as noise: ${said.join('; ') || 'not found'}`,
  }
}

/** The only one of which it is certain that its p95 is over the budget. */
function theSlowEndpoint({ endpoints, budget }) {
  const over = endpoints.filter(({ latency }) => (latency.ratio.p95.lower ?? 0) > budget.p95_ratio)
  const its = endpoints.filter(({ endpoint }) => templateOf(endpoint) === slow)
  const said = (over.length > 0 ? over : its).map(({ endpoint, latency: { primary, shadow, ratio } }) => {
    const [times, least] = [ratio.p95.ratio, ratio.p95.lower].map(number => number?.toFixed(1) ?? '?')
    return `${endpoint}: p95 ${primary.p95} → ${shadow.p95} ms, ${times} times, at least ${least}; the budget is ${budget.p95_ratio}`
  })
  return {
    ok: over.length === 1 && templateOf(over[0].endpoint) === slow,
    text: `behaviour 6, a slow endpoint${over.length > 0 ? '' : ', is not certain, as on a machine that is busy otherwise'}: ${said.join('; and ')}`,
  }
}

function theRules(rules) {
  const [moments, empty, debug] = rules
  return {
    ok: moments.excused > 0 && empty.excused > 0 && debug.excused === 0 && debug.seen > 0,
    text: `rule 1 was needed ${moments.excused} times, rule 2 ${empty.excused} times, and rule 3 never in ${debug.seen}`,
  }
}

/** Parameters have no names here: `GET /api/people/{}`. */
function templateOf(endpoint) {
  return endpoint.replaceAll(/\{[^}]*\}|:\w+/g, '{}')
}
