import { describe, expect, it } from 'vitest'
import type { Difference, TableResult, VerifyResult } from '../src/model/finding.ts'
import { renderHtml } from '../src/report/html.ts'
import { renderJson } from '../src/report/json.ts'
import { renderJunit } from '../src/report/junit.ts'
import { renderMarkdown } from '../src/report/markdown.ts'
import type { ReportModel } from '../src/report/model.ts'
import { show, showPair } from '../src/report/visible.ts'

const reports = { html: renderHtml, markdown: renderMarkdown, json: renderJson, junit: renderJunit }

function table(name: string, rows: number, differs: Partial<TableResult> = {}): TableResult {
  const checksum = (rows * 2654435761).toString(16).padStart(16, '0').slice(-16)
  return {
    table: name,
    source_rows: rows,
    target_rows: rows,
    source_checksum: checksum,
    target_checksum: checksum,
    missing: 0,
    extra: 0,
    changed: 0,
    matched: rows,
    excused_rows: 0,
    excused: [],
    accepted_losses: [],
    only_normalisation: 0,
    strategy: 'range',
    hashed: 'here',
    ms: Math.round(rows / 90) + 12,
    ...differs,
  }
}

function sql(name: string, id: number): Difference['sql'] {
  return {
    source: `SELECT * FROM "${name}" WHERE "id" = ${id}`,
    target: `SELECT * FROM public.${name} WHERE id = ${id}`,
  }
}

const differences: Difference[] = [
  {
    table: 'customers',
    key: { id: '1882' },
    kind: 'changed',
    columns: {
      name: { source: 'Ann Keller ', target: 'Ann Keller' },
      phone: { source: '', target: null },
    },
    sql: sql('customers', 1882),
  },
  {
    table: 'customers',
    key: { id: '2040' },
    kind: 'changed',
    columns: { address: { source: 'Hauptstr. 4\r\nBern', target: 'Hauptstr. 4\nBern' } },
    sql: sql('customers', 2040),
  },
  {
    table: 'orders',
    key: { id: '90211' },
    kind: 'missing',
    columns: {
      customer_id: { source: '1882', target: null },
      placed_at: { source: '2024-02-30 10:15:00', target: null },
      coupon: { source: null, target: null },
    },
    note: 'quarantined by migrate: date/time field value out of range: "2024-02-30 10:15:00"',
    sql: sql('orders', 90211),
  },
  {
    table: 'orders',
    key: { id: '90544' },
    kind: 'extra',
    columns: { customer_id: { source: null, target: '77' }, placed_at: { source: null, target: null } },
    sql: sql('orders', 90544),
  },
]

function go(): ReportModel {
  return {
    plan: 'shop-cutover',
    generated_at: '2025-03-09T05:12:44.120Z',
    source: 'sqlite:///srv/shop/shop.db',
    target: 'postgres://cutover:***@db.internal:5432/shop',
    gate: {
      verdict: 'GO',
      criteria: [
        { criterion: 'data matches', status: 'met', reason: '5 of 5 mapped tables agree, 0 rows differ' },
        { criterion: 'ledger balances', status: 'met', reason: '331,608 rows read, all accounted for' },
        { criterion: 'checks pass', status: 'met', reason: '6 of 6 checks passed' },
        {
          criterion: 'evidence is fresh',
          status: 'met',
          reason: 'verify finished 4 minutes before the decision',
        },
      ],
      decided_at: '2025-03-09T05:12:40.002Z',
      approvals_required: ['Head of engineering', 'Data owner', 'Operations on duty'],
    },
    coverage: {
      mapped: [
        { source: 'customers', target: 'customers', columns: 11 },
        { source: 'orders', target: 'orders', columns: 14 },
        { source: 'order_lines', target: 'order_lines', columns: 7 },
        { source: 'products', target: 'products', columns: 9 },
        { source: 'audit_log', target: 'audit_log', columns: 5 },
      ],
      archived: ['orders_2016', 'orders_2017'],
      ignored: [
        { subject: 'sessions', reason: 'Everyone signs in again after the cutover.' },
        { subject: 'customers.fax', reason: 'Empty since 2019; agreed with the data owner.' },
      ],
    },
    verify: {
      verdict: 'match',
      tables: [
        table('customers', 12034),
        table('orders', 90561),
        table('order_lines', 228101, { strategy: 'hash' }),
        table('products', 912),
        table('audit_log', 0, { strategy: 'multiset' }),
      ],
      differences: [],
      checks: [
        {
          check: 'orphans',
          table: 'orders',
          column: 'customer_id',
          status: 'pass',
          found: 0,
          detail: 'every value has its row in customers',
        },
        {
          check: 'foreign_keys',
          table: 'order_lines',
          status: 'pass',
          found: 0,
          detail: '2 of 2 foreign keys are there and validated',
        },
        {
          check: 'unique',
          table: 'customers',
          column: 'email',
          status: 'pass',
          found: 0,
          detail: 'no value occurs twice',
        },
        {
          check: 'sequence',
          table: 'orders',
          column: 'id',
          status: 'pass',
          found: 0,
          detail: 'the next value 90,562 is above the greatest 90,561',
        },
      ],
      not_covered: [
        {
          subject: 'view active_customers',
          reason: 'views hold no rows of their own',
          accepted: 'Rebuilt by the application.',
        },
      ],
      started_at: '2025-03-09T05:01:10.000Z',
      finished_at: '2025-03-09T05:08:31.000Z',
    },
    migrate: {
      status: 'finished',
      work: [],
      plan_file: { path: 'cutover.yaml', sha256: '0'.repeat(64) },
      tables: [
        {
          table: 'customers',
          read: 12040,
          written: 12034,
          quarantined: 0,
          excluded: 6,
          status: 'copied',
          ms: 410,
        },
        {
          table: 'orders',
          read: 90561,
          written: 90561,
          quarantined: 0,
          excluded: 0,
          status: 'copied',
          ms: 2210,
        },
        {
          table: 'order_lines',
          read: 228101,
          written: 228101,
          quarantined: 0,
          excluded: 0,
          status: 'copied',
          ms: 4804,
        },
        {
          table: 'products',
          read: 912,
          written: 912,
          quarantined: 0,
          excluded: 0,
          status: 'already finished',
          ms: 0,
        },
        { table: 'audit_log', read: 0, written: 0, quarantined: 0, excluded: 0, status: 'copied', ms: 3 },
      ],
      created: ['customers', 'orders', 'order_lines', 'products', 'audit_log'],
      fidelity: [
        {
          table: 'orders',
          column: 'total',
          note: 'declared NUMERIC in SQLite; becomes numeric without precision',
        },
        { table: 'audit_log', column: null, note: 'has no primary key on either side' },
      ],
      notices: [],
      quarantine_file: null,
      not_covered: [],
      started_at: '2025-03-09T04:40:00.000Z',
      finished_at: '2025-03-09T04:55:19.000Z',
    },
    quarantined: [],
    quarantined_total: 0,
  }
}

function noGo(): ReportModel {
  const model = go()
  model.gate.verdict = 'NO-GO'
  model.gate.criteria = [
    {
      criterion: 'data matches',
      status: 'not met',
      reason: '2 of 5 mapped tables differ: 1,204 rows, where 0 are allowed',
    },
    { criterion: 'ledger balances', status: 'met', reason: '331,614 rows read, all accounted for' },
    { criterion: 'checks pass', status: 'not met', reason: 'orphans on orders.customer_id found 3 rows' },
    {
      criterion: 'evidence is complete',
      status: 'no evidence',
      reason: 'distribution on orders.total did not run',
    },
  ]
  model.verify = {
    ...model.verify!,
    verdict: 'mismatch',
    tables: [
      table('customers', 12034, { changed: 2, matched: 12032, target_checksum: '1f00aa7733c901bd' }),
      table('orders', 90561, {
        target_rows: 89860,
        missing: 951,
        extra: 250,
        changed: 1,
        matched: 89609,
        target_checksum: '9be8a90c2d44e771',
      }),
      ...model.verify!.tables.slice(2),
    ],
    differences,
    checks: [
      ...model.verify!.checks.slice(1),
      {
        check: 'orphans',
        table: 'orders',
        column: 'customer_id',
        status: 'fail',
        found: 3,
        detail: '3 rows name a customer that is not there',
        sql: 'SELECT o.* FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE c.id IS NULL',
      },
      {
        check: 'distribution',
        table: 'orders',
        column: 'total',
        status: 'not_run',
        found: null,
        detail: 'the source has no numeric type for it',
      },
    ],
    not_covered: [
      ...model.verify!.not_covered,
      { subject: 'trigger orders_touch', reason: 'behaviour of triggers is not compared' },
    ],
  }
  const orders = model.migrate!.tables[1]!
  Object.assign(orders, { written: 90559, quarantined: 2 })
  model.migrate!.quarantine_file = '.paritygate/quarantine-2025-03-09.jsonl'
  model.quarantined = [
    {
      table: 'orders',
      key: { id: '90211' },
      column: 'placed_at',
      reason: 'date/time field value out of range',
      row: {
        id: '90211',
        customer_id: '1882',
        placed_at: '2024-02-30 10:15:00',
        coupon: null,
        note: '',
        api_key: '[redacted]',
      },
    },
  ]
  model.quarantined_total = 2
  return model
}

function withoutRuns(): ReportModel {
  return {
    ...go(),
    gate: {
      ...go().gate,
      verdict: 'INCONCLUSIVE',
      criteria: [{ criterion: 'data matches', status: 'no evidence', reason: 'there is no verify run' }],
    },
    verify: null,
    migrate: null,
  }
}

function verified(over: Partial<VerifyResult>): ReportModel {
  const model = go()
  return { ...model, verify: { ...model.verify!, ...over } }
}

/** Rules and an accepted loss on `orders`; one of the rules excused nothing. */
function excusing(): ReportModel {
  const model = go()
  Object.assign(model.verify!.tables[1]!, {
    matched: 90_541,
    excused_rows: 20,
    target_checksum: '00000000000000aa',
    hashed: 'in the database',
    excused: [
      { column: 'note', rule: 'trim', reason: 'the old form padded its fields', rows: 17 },
      { column: 'total', rule: 'round: 2', reason: 'cents were kept as floats', rows: 4 },
      { column: 'tags', rule: 'unordered', reason: 'tags are a set', rows: 0 },
    ],
    accepted_losses: [{ column: 'placed_at', reason: 'milliseconds were never shown' }],
  } satisfies Partial<TableResult>)
  return model
}

/** One changed row of `customers` with one column. */
function changed(
  source: string | null,
  target: string | null,
  kind: Difference['kind'] = 'changed',
): ReportModel {
  return verified({
    verdict: 'mismatch',
    tables: [table('customers', 10, { changed: 1, matched: 9, target_checksum: 'ffffffffffffffff' })],
    differences: [
      {
        table: 'customers',
        key: { id: '1' },
        kind,
        columns: { name: { source, target } },
        sql: sql('customers', 1),
      },
    ],
  })
}

const nasty =
  '</script><img onerror=alert(1)> "q" \'s\' & a|b ``` `x` ]]> \u0000\u0001\u001b\u202e\ud800 @octocat <!-- {{x}}'

/** Hostile text in every place a model has. */
function hostile(): ReportModel {
  const poison = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(poison)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => {
        const record = ['key', 'row', 'columns'].includes(name) && each !== null && typeof each === 'object'
        if (record) {
          const entries = Object.entries(each as object).map(([column, cell]) => [
            column + nasty,
            poison(cell),
          ])
          return [name, Object.fromEntries(entries)]
        }
        const fixed = ['verdict', 'status', 'kind', 'check', 'strategy', 'hashed'].includes(name)
        return [name, typeof each === 'string' && !fixed ? each + nasty : poison(each)]
      }),
    )
  }
  const model = poison(noGo()) as ReportModel
  const difference = model.verify!.differences[0]!
  for (const each of model.verify!.differences) {
    each.key = { [nasty]: nasty }
    each.columns = {
      [nasty]: { source: nasty, target: `${nasty}!` },
      ['__proto__']: { source: 'a', target: null },
    }
  }
  difference.note = nasty
  model.gate.approvals_required = [nasty]
  model.verify!.tables[0]!.excused = [{ column: nasty, rule: nasty, reason: nasty, rows: 1 }]
  model.verify!.tables[0]!.accepted_losses = [{ column: nasty, reason: nasty }]
  model.coverage.archived = [nasty]
  model.migrate!.created = [nasty]
  model.quarantined[0]!.row = { [nasty]: nasty }
  return model
}

interface Element {
  name: string
  attributes: Record<string, string>
  children: Element[]
  text: string
}

/** A strict reader for the XML that JUnit reports use: throws on anything that is not well-formed. */
function readXml(xml: string): Element {
  const illegal = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.exec(xml)
  if (illegal) throw new Error(`character ${illegal[0].codePointAt(0)} is not allowed in XML`)
  const token =
    /<\?xml version="1\.0" encoding="UTF-8"\?>|<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/gy
  const root: Element = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex
    const match = token.exec(xml)
    if (!match) throw new Error(`not well-formed at ${JSON.stringify(xml.slice(at, at + 60))}`)
    const [, closes, name, attributes, empty, text] = match
    const parent = open.at(-1)!
    if (text !== undefined) parent.text += unescapeXml(text)
    else if (closes) {
      if (open.pop()!.name !== name) throw new Error(`</${name}> closes nothing`)
    } else if (name) {
      const element: Element = { name, attributes: {}, children: [], text: '' }
      for (const [, key, value] of attributes!.matchAll(/ ([a-z]+)="([^"]*)"/g)) {
        if (key! in element.attributes) throw new Error(`attribute ${key} twice`)
        element.attributes[key!] = unescapeXml(value!)
      }
      parent.children.push(element)
      if (!empty) open.push(element)
    }
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not one complete document')
  return root.children[0]!
}

function unescapeXml(text: string): string {
  if (text.includes(']]>')) throw new Error(']]> in text')
  if (/&(?!#\d+;)/.test(text)) throw new Error('bare ampersand')
  return text.replace(/&#(\d+);/g, (_, code: string) => {
    if (Number(code) < 32 && !['9', '10', '13'].includes(code)) throw new Error(`reference to ${code}`)
    return String.fromCodePoint(Number(code))
  })
}

function suite(model: ReportModel, name: string): { element: Element; outcomes: Record<string, string> } {
  const element = readXml(renderJunit(model)).children.find(each => each.attributes.name === name)!
  const outcomes = element.children.map(each => [each.attributes.name, outcomeOf(each)])
  return { element, outcomes: Object.fromEntries(outcomes) }
}

function outcomeOf(test: Element): string {
  const name = test.children[0]?.name ?? 'system-out'
  return name === 'system-out' ? 'passed' : name
}

/** The tags a browser would see, in order. */
function tagsOf(html: string): string[] {
  return [...html.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(match => match[1]!.toLowerCase())
}

describe('every report', () => {
  it.each(Object.entries(reports))(
    'gives the same %s for the same model and leaves the model as it was',
    (_, render) => {
      const model = noGo()
      const before = structuredClone(model)
      expect(render(model)).toBe(render(structuredClone(model)))
      expect(model).toEqual(before)
    },
  )

  it.each(Object.entries(reports))(
    'states each verdict, every criterion and its reason in %s',
    (_, render) => {
      for (const model of [go(), noGo(), withoutRuns()]) {
        const text = render(model)
        expect(text).toContain(model.gate.verdict)
        for (const { criterion, reason } of model.gate.criteria) {
          expect(text).toContain(criterion)
          expect(text).toContain(reason)
        }
      }
    },
  )

  it.each(['html', 'markdown'] as const)('says in %s that a missing run is no evidence', name => {
    const text = reports[name](withoutRuns())
    expect(text).toContain('No verify run is in the state')
    expect(text).toContain('No migrate run is in the state')
    expect(text).toContain('no evidence is never a pass')
    expect(text).toContain('no run in the state')
  })

  it.each(['html', 'markdown'] as const)('keeps the order of the sections in %s', name => {
    const text = reports[name](noGo()).replace(/<nav[\s\S]*<\/nav>/, '')
    const titles = [
      'Reasons',
      'Required approvals',
      'Coverage',
      'What was not checked',
      'What was excused',
      'Differences',
      'Checks',
      'Tables',
      'Ledger',
      'Fidelity notes',
      'Quarantined rows',
    ]
    const found = [...text.matchAll(/(?:<h2 id="\w+-title">|^## )([^<\n]+)/gm)].map(match => match[1])
    expect(found).toEqual(titles)
  })

  it.each(['html', 'markdown'] as const)('says in %s how many differences are listed of how many', name => {
    const text = reports[name](noGo())
    expect(text).toContain('1,204 rows in 2 tables differ; 4 of 1,204 are listed.')
    expect(text).toContain('2 of 1,202 are listed')
    expect(text).toContain('1 of 2 is listed')
  })

  it.each(['html', 'markdown'] as const)(
    'shows in %s what was ignored, archived and not checked, with the reasons',
    name => {
      const text = reports[name](noGo())
      for (const part of [
        'Everyone signs in again after the cutover.',
        'customers.fax',
        'orders_2016',
        'behaviour of triggers is not compared',
        'Rebuilt by the application.',
        'not accepted',
        'has no primary key on either side',
        '.paritygate/quarantine-2025-03-09.jsonl',
      ]) {
        expect(text).toContain(part)
      }
    },
  )

  it.each(['html', 'markdown'] as const)(
    'does not claim in %s that sides agree when no table was compared',
    name => {
      const text = reports[name](verified({ tables: [], checks: [], differences: [] }))
      expect(text).toContain('Verify compared no table.')
      expect(text).toContain('Verify ran no check.')
      expect(text).not.toContain('No row differs')
    },
  )

  it('calls a table different whose counts agree and whose checksums do not', () => {
    const model = verified({ tables: [table('products', 912, { target_checksum: '0000000000000001' })] })
    expect(renderHtml(model)).toContain('1 table compared: 0 agree, 1 differ.')
    expect(suite(model, 'tables').outcomes).toEqual({ products: 'failure' })
  })
})

describe('what the plan excuses', () => {
  const texts = Object.entries(reports).map(([name, render]) => [name, render(excusing())] as const)

  it.each(texts)('stands in %s with its counts and reasons, a rule that excused nothing too', (_, text) => {
    for (const part of [
      'the old form padded its fields',
      'round: 2',
      'tags are a set',
      'milliseconds were never shown',
    ])
      expect(text).toContain(part)
    expect(text).toContain('in the database')
  })

  it.each(['html', 'markdown'] as const)('is told apart from what is equal in %s', name => {
    const text = reports[name](excusing())
    expect(text).toContain('20 rows that would differ count as equal under 3 rules of the plan.')
    expect(text).toContain('1 column is rounded before both sides are compared.')
    expect(text).toContain('No row differs in 5 compared tables, apart from 20 rows the plan excuses.')
    expect(text).toContain('5 agree, 0 differ. 331,588 rows equal on both sides, 20 excused.')
    expect(reports[name](go())).toContain('No rule of the plan excuses a difference')
    expect(reports[name](withoutRuns())).not.toContain('No rule of the plan excuses a difference')
  })

  it('is a part of its own in the chart', () => {
    expect(renderHtml(excusing())).toMatch(/<rect class="lines"[^>]* width="4" /)
    expect(renderHtml(excusing())).toContain('90,541 matched, 20 excused')
  })

  it('is skipped in JUnit where it excused a row, and passes where it did not', () => {
    expect(suite(excusing(), 'tables').outcomes).toMatchObject({ orders: 'passed' })
    expect(suite(excusing(), 'excused').outcomes).toEqual({
      'orders.note trim': 'skipped',
      'orders.total round: 2': 'skipped',
      'orders.tags unordered': 'passed',
      'orders.placed_at accept_loss': 'skipped',
    })
  })

  it('does not make up for checksums that differ without it', () => {
    const model = excusing()
    model.verify!.tables[1]!.excused_rows = 0
    expect(suite(model, 'tables').outcomes).toMatchObject({ orders: 'failure' })
  })

  it('says how many rows changed in nothing but their Unicode normalisation', () => {
    const model = changed('Rene\u0301', 'Ren\u00e9')
    model.verify!.tables[0]!.only_normalisation = 1
    expect(renderHtml(model)).toContain('1 changed (1 in nothing but Unicode normalisation)')
    expect(renderJunit(model)).toContain('1 changed (1 in nothing but Unicode normalisation)')
    expect(renderMarkdown(model)).toContain(
      '1 row in 1 table differs; 1 row in nothing but Unicode normalisation.',
    )
  })
})

describe('values', () => {
  it('keeps NULL, the empty text, the text NULL and no row apart', () => {
    expect([show(null).state, show('').state, show('NULL').state]).toEqual(['null', 'empty', 'text'])
    expect(showPair('missing', { source: null, target: null })).toEqual({
      source: { state: 'null' },
      target: { state: 'absent' },
    })
    expect(showPair('extra', { source: null, target: '' })).toEqual({
      source: { state: 'absent' },
      target: { state: 'empty' },
    })
    for (const name of ['html', 'markdown', 'junit'] as const) {
      const cases = [
        [null, 'x'],
        ['', 'x'],
        ['NULL', 'x'],
        ['empty text', 'x'],
        ['no row', 'x'],
      ] as const
      const texts = cases.map(([source, target]) => reports[name](changed(source, target)))
      expect(new Set(texts).size).toBe(cases.length)
    }
    expect(renderHtml(changed(null, 'NULL'))).toMatch(
      /class="null"[^>]*>NULL<\/span><\/td><td><span class="value">NULL/,
    )
    expect(renderMarkdown(changed(null, 'NULL'))).toContain('| <kbd>NULL</kbd> | `NULL` |')
    expect(renderJunit(changed(null, 'NULL'))).toContain('source NULL, target &#34;NULL&#34;')
  })

  it('makes a trailing space, tabs, line ends and unseen characters recognisable', () => {
    const marks = (value: string) => {
      const shown = show(value)
      return shown.state === 'text' ? shown.pieces.filter(piece => piece.mark).map(piece => piece.mark) : []
    }
    expect(marks('Ann ')).toEqual(['space'])
    expect(marks(' Ann Keller')).toEqual(['space'])
    expect(marks('Ann  Keller')).toEqual(['space', 'space'])
    expect(marks('Ann Keller')).toEqual([])
    expect(marks('   ')).toEqual(['space', 'space', 'space'])
    expect(marks('a\tb\nc\r')).toEqual(['tab', 'line feed', 'carriage return'])
    expect(marks('a\u00a0b\u200bc\u202ed\u0007')).toEqual(['U+00A0', 'U+200B', 'U+202E', 'U+0007'])
    expect(renderHtml(changed('Ann ', 'Ann'))).toContain(
      'Ann<b class="differs"><span class="mark" title="space">·</span></b>',
    )
    expect(renderMarkdown(changed('Ann ', 'Ann'))).toContain('| `Ann`<b><kbd>·</kbd></b> | `Ann` |')
    expect(renderJunit(changed('Ann ', 'Ann'))).toContain('source &#34;Ann &#34;, target &#34;Ann&#34;')
  })

  it('names a decomposed accent where it is the difference', () => {
    expect(renderHtml(changed('Rene\u0301', 'Ren\u00e9'))).toContain('title="U+0301"')
  })

  it('cuts a long value around the difference and says how many characters are left out', () => {
    const long = 'x'.repeat(5000)
    const html = renderHtml(changed(`${long}A${long}`, `${long}B${long}`))
    expect(html).toContain('<b class="differs">A</b>')
    expect(html).toContain('<b class="differs">B</b>')
    expect(html).toContain('[4,960 characters left out]')
    expect(html).toContain('[4,881 characters left out]')
    expect(renderMarkdown(changed(`${long}A`, `${long}B`))).toContain('<b>`A`</b>')
  })

  it('does not cut an emoji in two and counts it as one character', () => {
    const shown = show('😀'.repeat(300))
    expect(shown).toMatchObject({ state: 'text', before: 0, after: 220 })
    const pair = showPair('changed', { source: '😀', target: '😁' })
    expect(pair.source).toMatchObject({ pieces: [{ text: '😀', differs: true }] })
  })
})

describe('the HTML report', () => {
  it('loads nothing and runs nothing', () => {
    for (const model of [go(), noGo(), withoutRuns()]) {
      const html = renderHtml(model)
      expect(html).not.toMatch(/https?:|src=|<link|<script|@import|url\((?!#)|\son\w+=/i)
      expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
    }
  })

  it('has no element more for hostile text than for harmless text', () => {
    const html = renderHtml(hostile())
    expect(html).not.toMatch(/<img|<script|<\/script|<!--|[\0-\x08\x0b-\x1f\u202e]|\ud800/)
    const known = new Set(tagsOf(renderHtml(noGo())))
    expect(tagsOf(html).filter(tag => !known.has(tag))).toEqual([])
    expect(html).toContain('&lt;/script&gt;&lt;img onerror=alert(1)&gt;')
    const attributes = [...html.matchAll(/<[a-z][a-z0-9]*((?:\s[\w:-]+(?:="[^"<>]*")?)*)\s*\/?>/gi)]
    expect(attributes.length).toBe([...html.matchAll(/<[a-z]/gi)].length)
  })

  it('closes every element it opens', () => {
    const empty = new Set(['meta', 'br'])
    for (const model of [go(), noGo(), excusing(), withoutRuns(), hostile()]) {
      const open: string[] = []
      const body = renderHtml(model).replace(/<style>[\s\S]*<\/style>/, '')
      for (const [, closes, name, selfClosed] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/gi)) {
        if (closes) expect(open.pop()).toBe(name)
        else if (!selfClosed && !empty.has(name!)) open.push(name!)
      }
      expect(open).toEqual([])
    }
  })

  it('gives every chart a title, every table a caption and every header cell a scope', () => {
    const html = renderHtml(noGo())
    const svgs = [...html.matchAll(/<svg [\s\S]*?<\/svg>/g)].map(match => match[0])
    expect(svgs.length).toBe(3)
    for (const svg of svgs) expect(svg).toMatch(/role="img" aria-labelledby="([\w-]+)">\s*<title id="\1">/)
    expect(html.match(/<table>/g)?.length).toBe(html.match(/<caption>/g)?.length)
    expect(html).not.toMatch(/<th(?![a-z])(?![^>]*scope=)/)
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(match => match[1])
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('shows the SQL of each side of a difference without a click', () => {
    const html = renderHtml(noGo())
    expect(html).toContain('<details open><summary>SQL that shows this row</summary>')
    expect(html).toContain('SELECT * FROM &quot;orders&quot; WHERE &quot;id&quot; = 90211')
    expect(html).toContain('SELECT * FROM public.orders WHERE id = 90211')
  })

  it('has a line to sign for each required approval', () => {
    expect(renderHtml(go()).match(/<td class="sign-here"><\/td>/g)?.length).toBe(9)
    expect(renderHtml(noGo())).toContain('A signature does not change the verdict NO-GO.')
  })

  it('draws a thin share wide enough to be seen', () => {
    const html = renderHtml(
      verified({ tables: [table('orders', 1_000_001, { changed: 1, matched: 1_000_000 })] }),
    )
    expect(html).toMatch(/<rect class="grid"[^>]* width="4" /)
  })
})

describe('the Markdown report', () => {
  it('keeps every table row at as many cells as its head, whatever the values hold', () => {
    const cells = (line: string) => line.replace(/`[^`]*`/g, 'code').split('|').length
    for (const model of [go(), noGo(), excusing(), withoutRuns(), hostile()]) {
      const blocks = renderMarkdown(model)
        .replace(/^(`{3,})sql\n[\s\S]*?\n\1$/gm, '')
        .trim()
        .split('\n\n')
      for (const lines of blocks
        .map(block => block.split('\n'))
        .filter(([first]) => first?.startsWith('|'))) {
        expect(new Set(lines.map(cells)).size, lines.join('\n')).toBe(1)
      }
    }
  })

  it('lets no hostile text become HTML, a mention or a fence', () => {
    const markdown = renderMarkdown(hostile())
    const outside = markdown.replace(/^(`{3,})sql\n[\s\S]*?\n\1$/gm, '')
    expect(outside).not.toMatch(/<img|<\/?script|@octocat|```|<!-- \{|[\0-\x08\x0b-\x1f\u202e]|\ud800/)
    expect(new Set(tagsOf(outside))).toEqual(new Set(['br', 'kbd', 'b', 'code', 'details', 'summary']))
  })

  it('fences SQL with more backticks than the SQL has', () => {
    const model = changed('a', 'b')
    model.verify!.differences[0]!.sql.source = 'SELECT 1\n```\n</details>'
    expect(renderMarkdown(model)).toContain('````sql\nSELECT 1\n```\n</details>\n````')
  })

  it('fits into a comment and says what it leaves out', () => {
    const model = noGo()
    model.verify!.tables = [table('orders', 5000, { changed: 2000, matched: 3000, target_checksum: 'ab' })]
    model.verify!.differences = Array.from({ length: 2000 }, (_, id) => ({
      ...differences[0]!,
      table: 'orders',
      key: { id: String(id) },
    }))
    const markdown = renderMarkdown(model)
    expect(markdown.length).toBeLessThan(65_536)
    expect(markdown).toMatch(/_1,9\d\d more in the HTML and JSON reports\._/)
    expect(markdown).toContain('2,000 rows in 1 table differ.')
  })
})

describe('the JSON report', () => {
  it('holds the whole model and nothing else', () => {
    for (const model of [go(), noGo(), excusing(), withoutRuns(), hostile()]) {
      expect(JSON.parse(renderJson(model))).toEqual(JSON.parse(JSON.stringify(model)))
    }
  })

  it('does not depend on the order in which the model was built', () => {
    const model = noGo()
    const turned = Object.fromEntries(Object.entries(model).reverse()) as unknown as ReportModel
    expect(renderJson(turned)).toBe(renderJson(model))
    expect(renderJson(model)).toMatch(/^\{\n {2}"coverage"[\s\S]*\}\n$/)
  })
})

describe('the JUnit report', () => {
  it('is well-formed XML 1.0, whatever the values hold', () => {
    for (const model of [go(), noGo(), excusing(), withoutRuns(), hostile()]) {
      expect(readXml(renderJunit(model)).name).toBe('testsuites')
    }
    const { element } = suite(hostile(), 'not covered')
    expect(element.children[0]!.attributes.name).toContain('</script><img onerror=alert(1)> "q" \'s\' & a|b')
    expect(element.children[0]!.attributes.name).toContain(']]> \\u0000\\u0001\\u001B')
  })

  it('has one suite per area and passes on GO', () => {
    const document = readXml(renderJunit(go()))
    const names = document.children.map(each => each.attributes.name)
    expect(names).toEqual(['gate criteria', 'tables', 'excused', 'checks', 'not covered', 'ledger'])
    expect(document.attributes).toMatchObject({ failures: '0', errors: '0', skipped: '1' })
  })

  it('turns a mismatch into a failure, what has no evidence into an error, and what is accepted into a skip', () => {
    const model = noGo()
    expect(suite(model, 'gate criteria').outcomes).toEqual({
      'data matches': 'failure',
      'ledger balances': 'passed',
      'checks pass': 'failure',
      'evidence is complete': 'error',
    })
    expect(suite(model, 'tables').outcomes).toMatchObject({
      customers: 'failure',
      orders: 'failure',
      products: 'passed',
    })
    expect(suite(model, 'checks').outcomes).toMatchObject({
      'orphans orders.customer_id': 'failure',
      'distribution orders.total': 'error',
      'unique customers.email': 'passed',
    })
    expect(suite(model, 'not covered').outcomes).toEqual({
      'trigger orders_touch': 'error',
      'view active_customers': 'skipped',
    })
  })

  it('counts what it holds', () => {
    for (const each of readXml(renderJunit(noGo())).children) {
      const outcomes = each.children.map(outcomeOf)
      expect(Number(each.attributes.tests)).toBe(outcomes.length)
      expect(Number(each.attributes.failures)).toBe(outcomes.filter(name => name === 'failure').length)
      expect(Number(each.attributes.errors)).toBe(outcomes.filter(name => name === 'error').length)
    }
  })

  it('never passes where there is no run', () => {
    expect(suite(withoutRuns(), 'tables').outcomes).toEqual({ verify: 'error' })
    expect(suite(withoutRuns(), 'checks').outcomes).toEqual({ verify: 'error' })
    expect(suite(withoutRuns(), 'ledger').outcomes).toEqual({ migrate: 'skipped' })
  })

  it('fails a table whose rows do not balance', () => {
    const model = go()
    model.migrate!.tables[0]!.written -= 4
    expect(suite(model, 'ledger').outcomes).toMatchObject({ customers: 'failure', orders: 'passed' })
    expect(renderHtml(model)).toContain('4 unaccounted for')
  })
})
