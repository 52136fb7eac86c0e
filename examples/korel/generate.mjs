// Writes korel's legacy SQLite database with the defects its cutover has to find: node examples/korel/generate.mjs [FILE]
import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'

const sizes = {
  User: 300,
  Account: 260,
  Session: 350,
  VerificationToken: 60,
  AuthorityPack: 420,
  AuthorityPackRepurpose: 500,
  AuthorityProfile: 180,
  Subscription: 160,
  SupportTicket: 90,
  Usage: 280,
  MarketingEvent: 400,
}

const orphanPacks = [17, 205, 388]
const orphanSessions = [44, 301]
const orphanRepurpose = 50
const packWithUnknownInput = 111
const packWithBrokenJson = 260
const subscriptionWithUnknownPlan = 73
const usageWithTextMonth = 199
const defectivePacks = [...orphanPacks, packWithUnknownInput, packWithBrokenJson]
/** Repurposes of packs the target refuses, by number; no other repurpose refers to a defective pack. */
const strandedRepurposes = new Map([
  [120, 205],
  [333, packWithBrokenJson],
])

const tones = ['PROFESSIONAL', 'CONVERSATIONAL', 'BOLD', 'ANALYTICAL', 'INSPIRATIONAL']
const plans = ['FREE', 'FREE', 'STARTER', 'PRO', 'AGENCY']
const inputs = ['TEXT', 'TEXT', 'URL', 'VIDEO', 'AUDIO']
const angles = ['CONTRARIAN', 'EDUCATIONAL', 'STORY', 'DATA_DRIVEN', 'THOUGHT_LEADERSHIP']
const names = [
  'Ana Kovač',
  'Björn Ångström',
  "Sinéad O'Brien",
  'Zoe\u0308 Weiß',
  '山田 太郎',
  'نور حداد',
  'Max 🚀',
  '',
]
const topics = [
  'pricing',
  'hiring',
  'burn-out',
  'café culture',
  'AI 🤖',
  'the "no" meeting',
  'C:\\temp\\ideas',
  'שיווק',
]
const day = 86_400_000
const launch = Date.UTC(2025, 2, 1, 7)

/** Writes the database, the same rows every time. A file that is already there is replaced. */
export function generate(file) {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(file + suffix, { force: true })
  const database = new Database(file)
  try {
    database.exec(readFileSync(new URL('./schema.sqlite.sql', import.meta.url), 'utf8'))
    // As the app ran for months: SQLite checks references only on connections that ask for it.
    database.pragma('foreign_keys = off')
    database.transaction(() => {
      for (const [table, row] of Object.entries(rows)) {
        const columns = Object.keys(row(1))
        const insert = database.prepare(
          `insert into "${table}" (${columns.map(column => `"${column}"`).join(', ')})
           values (${columns.map(column => `@${column}`).join(', ')})`,
        )
        for (let n = 1; n <= sizes[table]; n++) insert.run(row(n))
      }
    })()
    const counts = {}
    for (const table of Object.keys(sizes)) {
      counts[table] = database.prepare(`select count(*) from "${table}"`).pluck().get()
    }
    return { counts, planted: planted() }
  } finally {
    database.close()
  }
}

function planted() {
  return {
    orphans: [
      ...orphanPacks.map(n => ({
        table: 'AuthorityPack',
        id: id('AuthorityPack', n),
        column: 'userId',
        value: goneUser(n),
      })),
      ...orphanSessions.map(n => ({
        table: 'Session',
        id: id('Session', n),
        column: 'userId',
        value: goneUser(n),
      })),
      {
        table: 'AuthorityPackRepurpose',
        id: id('AuthorityPackRepurpose', orphanRepurpose),
        column: 'packId',
        value: gonePack,
      },
    ],
    stranded: [...strandedRepurposes].map(([n, pack]) => ({
      table: 'AuthorityPackRepurpose',
      id: id('AuthorityPackRepurpose', n),
      column: 'packId',
      value: id('AuthorityPack', pack),
    })),
    unknownEnumValues: [
      {
        table: 'AuthorityPack',
        id: id('AuthorityPack', packWithUnknownInput),
        column: 'inputType',
        value: 'TRANSCRIPT',
      },
      {
        table: 'Subscription',
        id: id('Subscription', subscriptionWithUnknownPlan),
        column: 'plan',
        value: 'LIFETIME',
      },
    ],
    brokenJson: [
      {
        table: 'AuthorityPack',
        id: id('AuthorityPack', packWithBrokenJson),
        column: 'strategicHooks',
        value: brokenHooks,
      },
    ],
    wrongTypes: [{ table: 'Usage', id: id('Usage', usageWithTextMonth), column: 'month', value: '2026-02' }],
  }
}

// The model's answer was cut off at its token limit.
const brokenHooks = '[{"hook":"Stop selling hours","score":9},{"hook":"Your calendar is'

const rows = {
  User: n => ({
    id: id('User', n),
    name: n % 13 === 0 ? null : at(names, n),
    email: n % 20 === 0 ? null : `${n % 2 ? 'user' : 'User'}.${n}@korel.example`,
    emailVerified: n % 4 === 2 ? null : moment('User.emailVerified', n),
    image: n % 4 ? null : `https://img.korel.example/${n}.png?s=96&d=identicon`,
    password: n % 5 ? `$2a$12$${digest('password', n).toString('base64').replaceAll('+', '.')}` : null,
    role: n % 60 === 1 ? 'admin' : 'user',
    createdAt: moment('User', n),
  }),
  Account: n => ({
    id: id('Account', n),
    userId: id('User', n),
    type: 'oauth',
    provider: at(['google', 'linkedin', 'github'], n),
    providerAccountId: String(100_000_000_000_000_000_000n + BigInt(n) * 7919n),
    refresh_token: n % 3 ? null : digest('refresh', n).toString('hex'),
    access_token: `ya29.${digest('access', n).toString('base64url')}`,
    expires_at: n % 7 ? Math.floor((launch + n * day) / 1000) : null,
    token_type: n % 2 ? 'Bearer' : 'bearer',
    scope: 'openid email profile',
    id_token: n % 3 ? `eyJ.${digest('id', n).toString('base64url')}` : null,
    session_state: n % 5 ? null : '',
  }),
  Session: n => ({
    id: id('Session', n),
    sessionToken: uuid('session', n),
    userId: orphanSessions.includes(n) ? goneUser(n) : id('User', 1 + ((n * 7) % sizes.User)),
    expires: moment('Session', n),
  }),
  VerificationToken: n => ({
    identifier: `User.${1 + ((n * 3) % 40)}@korel.example`,
    token: digest('verification', n).toString('hex'),
    expires: moment('VerificationToken', n),
  }),
  AuthorityPack: n => {
    const draft = n % 9 === 0
    const published = n % 5 < 2
    return {
      id: id('AuthorityPack', n),
      title: `${at(topics, n)} – pack ${n}${n % 17 === 0 ? ' ' : ''}`,
      originalInput: `Notes on ${at(topics, n + 3)}:\n\t- first\r\n\t- "second" 💡\n`.repeat(1 + (n % 4)),
      userId: orphanPacks.includes(n) ? goneUser(n) : id('User', 1 + ((n * 11) % sizes.User)),
      inputType: n === packWithUnknownInput ? 'TRANSCRIPT' : at(inputs, n),
      angle: at(angles, n * 3 + 1),
      coreThesis: draft ? null : thesis(n),
      strategicHooks: n === packWithBrokenJson ? brokenHooks : draft ? null : hooks(n),
      highLeveragePosts: draft ? null : posts(n),
      insightBreakdown:
        n % 2 ? null : JSON.stringify({ why: at(topics, n), layers: [{ depth: 1, of: [{ depth: 2 }] }] }),
      repurposingMatrix:
        n % 4 ? null : JSON.stringify({ linkedin: ['post', 'carousel'], x: [], newsletter: null }),
      executiveSummary: n % 5 ? null : JSON.stringify(`One sentence about ${at(topics, n)}.`),
      published: Number(published),
      publishedAt: published ? moment('AuthorityPack.publishedAt', n) : null,
      regenerationCount: n % 6,
      lastGeneratedAt: moment('AuthorityPack.lastGeneratedAt', n + 1),
      qualityScore: n % 10 === 0 ? null : ((n * 37) % 1000) / 10 + 0.1 + 0.2,
      qualityBreakdown: n % 3 ? null : `{"clarity": 8.50, "depth": 1e1, "originality": ${n % 10}}`,
      status: draft ? 'draft' : published ? 'published' : 'ready',
      createdAt: moment('AuthorityPack', n),
      strategicMap:
        n % 7 ? null : JSON.stringify({ nodes: [{ id: 1, edges: [2, 3] }], meta: { version: 2 } }),
      messagingStrength: n % 8 ? null : '{"score":0.1,"weights":[0.30000000000000004,2.0]}',
      authorityConsistency: n % 6 ? null : '{}',
    }
  },
  AuthorityPackRepurpose: n => ({
    id: id('AuthorityPackRepurpose', n),
    packId: n === orphanRepurpose ? gonePack : id('AuthorityPack', strandedRepurposes.get(n) ?? soundPack(n)),
    type: at(['linkedin', 'twitter_thread', 'newsletter', 'carousel'], n),
    content: JSON.stringify({
      slides: [{ text: `${at(topics, n)}\n👉 swipe`, order: 1 }],
      hashtags: ['#growth', '#été'],
    }),
    createdAt: moment('AuthorityPackRepurpose', n),
  }),
  AuthorityProfile: n => ({
    id: id('AuthorityProfile', n),
    userId: id('User', n),
    coreThesis: n % 4 ? `Everything about ${at(topics, n)} is trust.` : null,
    positioning: n % 3 ? `The ${at(topics, n)} person` : '',
    targetAudience: n % 5 ? 'Founders, 1–10 people' : null,
    tone: at(tones, n),
    toneNotes: n % 6 ? null : 'No jargon.\nNo emoji 🙅.',
    createdAt: moment('AuthorityProfile', n),
    updatedAt: moment('AuthorityProfile.updatedAt', n + 2),
  }),
  Subscription: n => ({
    id: id('Subscription', n),
    userId: id('User', n + 100),
    stripeCustomerId: n <= 60 ? `cus_${id('stripe', n).slice(1, 15)}` : null,
    stripeSubId: n <= 45 ? `sub_${id('stripeSub', n).slice(1, 15)}` : null,
    plan: n === subscriptionWithUnknownPlan ? 'LIFETIME' : at(plans, n),
    status: at(['active', 'active', 'canceled', 'past_due', 'trialing'], n),
    currentPeriodEnd: n % 5 ? moment('Subscription.currentPeriodEnd', n) : null,
    createdAt: moment('Subscription', n + 1),
    updatedAt: moment('Subscription.updatedAt', n + 2),
    paddleCustomerId: n > 60 ? `ctm_${id('paddle', n).slice(1, 21)}` : null,
    paddleSubscriptionId: n > 75 ? `sub_${id('paddleSub', n).slice(1, 21)}` : null,
  }),
  SupportTicket: n => ({
    id: id('SupportTicket', n),
    userId: id('User', 1 + ((n * 13) % sizes.User)),
    subject: at(['Cannot log in', 'Refund?', 'Żółć in titles', 'Pack is empty 😕'], n),
    message: `Hello,\n\nmy ${at(topics, n)} pack shows \\N and "null".\n\n-- \n${at(names, n)}`,
    status: at(['open', 'closed', 'pending'], n),
    createdAt: moment('SupportTicket', n),
  }),
  Usage: n => ({
    id: id('Usage', n),
    userId: id('User', 1 + ((n - 1) % 140)),
    month: n === usageWithTextMonth ? '2026-02' : n <= 140 ? 1 : 2,
    year: 2026,
    packsUsed: n % 12,
    createdAt: moment('Usage', n),
    updatedAt: moment('Usage.updatedAt', n + 1),
  }),
  MarketingEvent: n => ({
    id: id('MarketingEvent', n),
    createdAt: moment('MarketingEvent', n),
    sessionId: uuid('visit', Math.floor(n / 4)),
    userId: n % 3 ? null : id('User', 1 + (n % sizes.User)),
    path: at(['/', '/pricing', '/blog/authority?ref=x&y=%20', '/app'], n),
    referrer: n % 4 ? null : 'https://www.linkedin.com/',
    utmSource: n % 5 ? null : at(['linkedin', 'newsletter', ''], n),
    utmMedium: n % 5 ? null : 'social',
    utmCampaign: n % 10 ? null : 'launch 🚀 2025',
    eventType: at(['page_view', 'cta_click', 'signup', 'pricing_click'], n),
    meta:
      n % 4 === 3
        ? null
        : `{ "t": ${1_740_000_000_000 + n}, "scroll": ${n % 100}.50, "trace": ${9_007_199_254_740_993n + BigInt(n)} }`,
  }),
}

function at(values, n) {
  return values[n % values.length]
}

/** Depends on nothing but the table and the number, so adding rows never renames others. */
function digest(of, n) {
  return createHash('sha256').update(`${of}:${n}`).digest()
}

/** Shaped like the cuid that Prisma gives a row. */
function id(table, n) {
  return `c${BigInt(`0x${digest(table, n).toString('hex')}`)
    .toString(36)
    .slice(0, 24)}`
}

function uuid(of, n) {
  return digest(of, n)
    .toString('hex', 0, 16)
    .replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const gonePack = id('a pack that is gone', orphanRepurpose)

function goneUser(n) {
  return id('a user who is gone', n)
}

/** A pack without a defect, so that a defective pack strands the repurposes named above and no others. */
function soundPack(n) {
  let pack = 1 + ((n * 17) % sizes.AuthorityPack)
  while (defectivePacks.includes(pack)) pack += 1
  return pack
}

/** Prisma's three ways to store a DateTime in SQLite, next to each other in one column. */
function moment(of, n) {
  const time = new Date(launch + (digest(of, n).readUInt32BE() % (420 * day)) + (n % 420) * day)
  if (n % 3 === 0) return time.getTime()
  if (n % 3 === 1) return time.toISOString()
  return time.toISOString().slice(0, 19).replace('T', ' ')
}

function thesis(n) {
  const body = JSON.stringify({
    claim: `${at(topics, n)} beats luck`,
    proof: { sources: [{ url: null }], emoji: '🔥' },
  })
  return n % 10 === 1 ? `{"audience": 12345678901234567890, "thesis": ${body}}` : body
}

function hooks(n) {
  return JSON.stringify(
    [1, 2, 3].map(score => ({ hook: `${at(topics, n + score)}: "stop"\\n${score}`, score, tags: [] })),
  )
}

function posts(n) {
  return JSON.stringify({
    posts: [`Line one\nLine two ${at(names, n)} 👇`, at(topics, n)],
    reach: { low: 1e3, high: 2 ** 53 },
  })
}

function report({ counts, planted }) {
  const lines = Object.entries(counts).map(
    ([table, count]) => `  ${table.padEnd(24)}${String(count).padStart(6)}`,
  )
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  lines.push(`  ${'all rows'.padEnd(24)}${String(total).padStart(6)}`, '', 'Planted defects')
  for (const [kind, defects] of Object.entries(planted)) {
    for (const { table, id, column, value } of defects)
      lines.push(`  ${kind.padEnd(18)}${table} ${id}: ${column} = ${value}`)
  }
  return lines.join('\n')
}

const here = fileURLToPath(import.meta.url)
if (process.argv[1] !== undefined && resolve(process.argv[1]) === here) {
  const file = resolve(process.argv[2] ?? fileURLToPath(new URL('./legacy.db', import.meta.url)))
  const written = generate(file)
  console.log(`${file}\n${report(written)}`)
}
