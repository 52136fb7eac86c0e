import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { writeSession } from './flask-session.mjs'
import { hashOfPin } from './pin.mjs'
import { secondsNow } from './seconds-now.mjs'

const compress = promisify(gzip)
const notFound = reply => reply.code(404).send({ error: 'not found' })
const signedIn = {
  async onRequest(request, reply) {
    if (request.personId === null) return reply.code(401).send({ error: 'sign in first' })
  },
}

const jsonBody = { schema: { body: { type: 'object' } } }

/** Behaviour 2, a missing field: `phone` has been forgotten here, and Fastify sends nothing its schema does not name. */
const personSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    first_name: { type: 'string' },
    last_name: { type: 'string' },
    email: { type: 'string' },
    role: { type: 'string' },
    created_at: { type: 'string' },
  },
}

/** The API, under the paths and the names of the old stack. */
export async function routes(app, { query, secret }) {
  const detail = { ...signedIn, schema: { response: { 200: personSchema } } }

  /** A page of a list: of the rows whose columns have the values given. */
  async function paged({ query: { page } }, { from, columns, equal }) {
    const number = /^[1-9]\d{0,6}$/.test(page ?? '') ? Number(page) : 1
    const { where, values } = filter(equal)
    const [{ total }] = await query(`SELECT count(*)::integer AS total FROM ${from} WHERE ${where}`, values)
    const items = await query(
      `SELECT ${columns} FROM ${from} WHERE ${where} ORDER BY id LIMIT 20 OFFSET ${(number - 1) * 20}`,
      values,
    )
    return { items, total, page: number, pages: Math.ceil(total / 20) }
  }

  async function person(id) {
    const [row] = await query('SELECT * FROM people WHERE id = $1', [id])
    if (!row) return null
    const { pin_hash, ...shown } = row
    return shown
  }

  app.post('/login', jsonBody, async (request, reply) => {
    const { email, pin } = request.body
    const [row] = await query('SELECT id, email, role, pin_hash FROM people WHERE email = $1', [
      String(email),
    ])
    if (!row || row.pin_hash !== hashOfPin(row.id, String(pin)))
      return reply.code(401).send({ error: 'unknown address or wrong PIN' })
    const session = writeSession({ person_id: row.id }, secret)
    reply.header('set-cookie', [`session=${session}; HttpOnly; Path=/`, `role=${row.role}; Path=/`])
    return { person_id: row.id, email: row.email }
  })

  app.get('/api/me', signedIn, async ({ personId }, reply) => (await person(personId)) ?? notFound(reply))

  app.get(
    '/api/people/:id(^\\d{1,9}$)',
    detail,
    async ({ params }, reply) => (await person(params.id)) ?? notFound(reply),
  )

  app.get('/api/people', signedIn, request => {
    const role = ['student', 'teacher', 'staff'].find(known => known === request.query.role)
    return paged(request, { from: 'people', columns: 'id, first_name, last_name, role', equal: { role } })
  })

  app.get('/api/people/:id(^\\d{1,9}$)/enrollments', signedIn, async ({ params }) => {
    // Behaviour 3, another array order: by the number of the course, not by the day of the enrolment.
    const enrollments = await query(
      `SELECT e.course_id, c.title, e.enrolled_on, e.status FROM enrollments e JOIN courses c ON c.id = e.course_id
       WHERE e.person_id = $1 ORDER BY e.course_id`,
      [params.id],
    )
    return { person_id: Number(params.id), enrollments }
  })

  app.post('/api/enrollments', { ...signedIn, ...jsonBody }, async ({ body, personId }, reply) => {
    const course = Number.isInteger(body.course_id) ? body.course_id : 0
    const [known] = await query('SELECT 1 FROM courses WHERE id = $1', [course])
    if (!known) return reply.code(400).send({ error: 'no such course' })
    const added = await query(
      "INSERT INTO enrollments VALUES ($1, $2, current_date, 'booked') ON CONFLICT DO NOTHING RETURNING status",
      [personId, course],
    )
    if (added.length === 0) return reply.code(409).send({ error: 'already enrolled' })
    // Behaviour 5, 200 in place of 201: nobody has said `reply.code(201)`.
    return { person_id: personId, course_id: course, status: added[0].status }
  })

  app.get('/api/courses', request => {
    const { subject, term } = request.query
    const columns = 'id, code, title, subject, term, starts_at'
    return paged(request, { from: 'courses', columns, equal: { subject, term } })
  })

  app.get('/api/courses/:id(^\\d{1,9}$)', async ({ params }, reply) => {
    const [course] = await query('SELECT * FROM courses WHERE id = $1', [params.id])
    if (!course) return notFound(reply)
    const { price_cents, note, ...others } = course
    return { ...others, price: price_cents / 100, ...(note === null ? {} : { note }) }
  })

  app.get('/api/search', async ({ query: { q } }) => {
    const words = (q ?? '').toLowerCase()
    // Behaviour 6, a slow endpoint: 60 ms, as without an index on a large table.
    const results = await query(
      `SELECT id, code, title, term FROM courses, (SELECT pg_sleep(0.06)) AS no_index
       WHERE position($1 in lower(title)) > 0 ORDER BY id`,
      [words],
    )
    return { q: words, results }
  })

  app.get('/api/invoices', signedIn, request => {
    const columns = 'id, number, person_id, issued_at, due_on, status'
    return paged(request, { from: 'invoices', columns, equal: { status: request.query.status } })
  })

  app.get('/api/invoices/:id(^\\d{1,9}$)', signedIn, async ({ params }, reply) => {
    const [invoice] = await query('SELECT * FROM invoices WHERE id = $1', [params.id])
    if (!invoice) return notFound(reply)
    const lines = await query(
      'SELECT description, hours, price_cents FROM invoice_lines WHERE invoice_id = $1 ORDER BY id',
      [params.id],
    )
    // Behaviour 1, a wrong rounding: PostgreSQL takes half a cent up, Python to the even neighbour.
    const [{ total }] = await query(
      `SELECT round(sum(hours * price_cents) * (100 - $2::integer) / 10000, 2) AS total
       FROM invoice_lines WHERE invoice_id = $1`,
      [params.id, invoice.discount_percent],
    )
    return { ...invoice, lines, total }
  })

  app.get('/api/dashboard', signedIn, async ({ query: { subject, term } }) => {
    const { where, values } = filter({ subject, term })
    const [counts] = await query(
      `SELECT count(*)::integer AS courses, coalesce(sum(seats), 0)::integer AS seats FROM courses WHERE ${where}`,
      values,
    )
    // Behaviour 4, noise: a time of its own in each answer, of either stack.
    return { ...counts, generated_at: secondsNow() }
  })

  app.get('/api/export/enrollments.csv', signedIn, async ({ query: { term, subject }, headers }, reply) => {
    const rows = await query(
      `SELECT e.person_id, e.course_id, c.title, e.enrolled_on, e.status
       FROM enrollments e JOIN courses c ON c.id = e.course_id
       WHERE c.term = $1 AND c.subject = $2 ORDER BY e.person_id, e.course_id`,
      [term, subject],
    )
    const lines = [['person_id', 'course_id', 'title', 'enrolled_on', 'status'], ...rows.map(Object.values)]
    const text = lines.map(fields => `${fields.map(csvField).join(',')}\r\n`).join('')
    reply.type('text/csv; charset=utf-8').header('vary', 'Accept-Encoding')
    if (!/\bgzip\b/.test(headers['accept-encoding'] ?? '')) return text
    reply.header('content-encoding', 'gzip')
    return compress(text, { level: constants.Z_BEST_SPEED })
  })
}

/** SQL for the columns that have a value to be equal to. */
function filter(equal) {
  const given = Object.entries(equal).filter(([, value]) => value)
  return {
    where: given.map(([name], index) => `${name} = $${index + 1}`).join(' AND ') || 'true',
    values: given.map(([, value]) => value),
  }
}

function csvField(value) {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
