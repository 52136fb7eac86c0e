// Writes the old stack's SQLite database, the same rows every time: node examples/dual-run/generate.mjs [FILE]
import { readFileSync, realpathSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { emailOf, hashOfPin, pinOf } from './pin.mjs'
import { firstNames, lastNames, terms, titles } from './words.mjs'

export const sizes = { person: 1_200, course: 336, enrollment: 3_600, invoice: 2_400, invoice_line: 4_800 }

/** The first of them work at the school: staff in the office, then teachers. */
const staff = 12
const teachers = 60
const day = 86_400_000
const opening = Date.UTC(2023, 0, 9, 8, 30)
const subjects = Object.keys(titles)
const perTerm = sizes.course / terms.length

/** Replaces a file that is already there. */
export function generate(file) {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(file + suffix, { force: true })
  const database = new Database(file)
  try {
    database.exec(readFileSync(new URL('./schema.source.sql', import.meta.url), 'utf8'))
    database.transaction(() => {
      for (const [table, row] of Object.entries(rows)) {
        const columns = Object.keys(row(1))
        const values = columns.map(column => `@${column}`)
        const insert = database.prepare(`INSERT INTO ${table} (${columns}) VALUES (${values})`)
        for (let n = 1; n <= sizes[table]; n++) insert.run(row(n))
      }
    })()
  } finally {
    database.close()
  }
  return { counts: { ...sizes } }
}

const rows = {
  person: n => ({
    id: n,
    first_name: pick(firstNames, n, 1),
    last_name: pick(lastNames, n, 2),
    email: emailOf(n),
    phone: `+00 555 ${String(100_000 + n * 37)}`,
    role: n <= staff ? 2 : n <= staff + teachers ? 1 : 0,
    pin_hash: hashOfPin(n, pinOf(n)),
    created_at: moment(opening + n * 14_700_000),
  }),
  course: n => {
    const term = Math.floor((n - 1) / perTerm)
    const subject = subjects[n % subjects.length]
    return {
      id: n,
      code: `C${String(n).padStart(4, '0')}`,
      title: `${pick(titles[subject], n, 3)} ${1 + (n % 4)}`,
      subject,
      term: terms[term],
      teacher_id: staff + 1 + (n % teachers),
      seats: 8 + (hash(n, 4) % 13),
      price_cents: 4_500 + (hash(n, 5) % 40) * 250,
      starts_at: moment(opening + term * 182 * day + (n % 40) * day + (hash(n, 6) % 10) * 3_600_000),
      note: n % 3 === 0 ? 'Please bring your own materials.' : null,
    }
  },
  // Three courses for each person, all of terms that are over, and on days that do not follow the numbers of the courses.
  enrollment: n => {
    const nth = (n - 1) % 3
    const person = (n - 1 - nth) / 3 + 1
    return {
      person_id: person,
      course_id: 1 + nth * 96 + (hash(person, 7 + nth) % 96),
      enrolled_on: moment(opening + (hash(n, 10) % 900) * day).slice(0, 10),
      status: n % 11 === 0 ? 'cancelled' : 'attended',
    }
  },
  invoice: n => {
    const issued = opening + n * 39_600_000
    return {
      id: n,
      number: `${new Date(issued).getUTCFullYear()}-${String(n).padStart(5, '0')}`,
      person_id: 1 + (hash(n, 11) % sizes.person),
      issued_at: moment(issued),
      due_on: moment(issued + 30 * day).slice(0, 10),
      // Members pay half, which leaves half a cent on every second of their invoices.
      discount_percent: [0, 50, 50, 10][n % 4],
      status: ['paid', 'paid', 'paid', 'open', 'reminded'][hash(n, 12) % 5],
    }
  },
  invoice_line: n => {
    const subject = subjects[hash(n, 13) % subjects.length]
    return {
      id: n,
      invoice_id: 1 + ((n - 1) % sizes.invoice),
      description: pick(titles[subject], n, 14),
      hours: n <= sizes.invoice ? 1 + (hash(n, 15) % 8) : 1.5 + (hash(n, 15) % 4),
      price_cents: 1_250 + (hash(n, 16) % 20) * 30,
    }
  },
}

function pick(list, n, use) {
  return list[hash(n, use) % list.length]
}

/** A number from n and what it is used for, evenly spread and the same on every machine. */
function hash(n, use) {
  let mixed = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(use, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

/** As SQLAlchemy stores a DATETIME. */
function moment(milliseconds) {
  return new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '000')
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const file = resolve(process.argv[2] ?? 'old.db')
  for (const [table, count] of Object.entries(generate(file).counts))
    process.stdout.write(`${table.padEnd(14)} ${String(count).padStart(6)}\n`)
}
