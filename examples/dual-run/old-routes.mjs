import { csv, escapeHtml, Float, jsonify, moment, page, pythonRound, redirect } from './flask-answers.mjs'
import { writeSession } from './flask-session.mjs'
import { hashOfPin } from './pin.mjs'
import { secondsNow } from './seconds-now.mjs'

const roles = ['student', 'teacher', 'staff']
const notFound = () => jsonify({ error: 'not found' }, 404)
const id = '(\\d{1,9})'

function route(method, path, handle, { signedIn = false } = {}) {
  return { method, path: new RegExp(`^${path}$`), handle, signedIn }
}

/** The first that fits answers. */
export const routes = [
  route('GET', '/', () => redirect('/courses')),
  route('GET', '/courses', coursesPage),
  route('GET', `/courses/${id}`, coursePage),
  route('GET', `/course/${id}`, ({ params }) => redirect(`/courses/${params[0]}`)),
  route('POST', '/login', login),
  route('GET', '/api/courses', courseList),
  route('GET', `/api/courses/${id}`, courseDetail),
  route('GET', '/api/search', search),
  route('GET', '/api/me', ({ sql, session }) => person(sql, session.person_id), { signedIn: true }),
  route('GET', '/api/people', peopleList, { signedIn: true }),
  route('GET', `/api/people/${id}`, ({ sql, params }) => person(sql, params[0]), { signedIn: true }),
  route('GET', `/api/people/${id}/enrollments`, enrollmentsOf, { signedIn: true }),
  route('POST', '/api/enrollments', enrol, { signedIn: true }),
  route('GET', '/api/invoices', invoiceList, { signedIn: true }),
  route('GET', `/api/invoices/${id}`, invoice, { signedIn: true }),
  route('GET', '/api/dashboard', dashboard, { signedIn: true }),
  route('GET', '/api/export/enrollments.csv', enrollmentsCsv, { signedIn: true }),
]

/** A page of a list; `where` is SQL, and `values` are its parameters. */
function paged({ sql, query }, { from, columns, where, values, shown }) {
  const number = /^[1-9]\d{0,6}$/.test(query.get('page') ?? '') ? Number(query.get('page')) : 1
  const { total } = sql(`SELECT count(*) AS total FROM ${from} WHERE ${where}`).get(...values)
  const rows = sql(`SELECT ${columns} FROM ${from} WHERE ${where} ORDER BY id LIMIT 20 OFFSET ?`)
  const items = rows.all(...values, (number - 1) * 20).map(shown)
  return jsonify({ items, page: number, pages: Math.ceil(total / 20), total })
}

function filter(query, names) {
  const given = names.filter(name => query.get(name))
  return {
    where: given.map(name => `${name} = ?`).join(' AND ') || 'true',
    values: given.map(name => query.get(name)),
  }
}

function courseList(asked) {
  return paged(asked, {
    from: 'course',
    columns: 'id, code, title, subject, term, starts_at',
    ...filter(asked.query, ['subject', 'term']),
    shown: ({ starts_at, ...course }) => ({ ...course, starts_at: moment(starts_at) }),
  })
}

function courseDetail({ sql, params }) {
  const course = sql('SELECT * FROM course WHERE id = ?').get(params[0])
  if (!course) return notFound()
  const { price_cents, starts_at, ...others } = course
  return jsonify({ ...others, price: new Float(price_cents / 100), starts_at: moment(starts_at) })
}

function search({ sql, query }) {
  const words = (query.get('q') ?? '').toLowerCase()
  const found = sql('SELECT id, code, title, term FROM course WHERE instr(lower(title), ?) > 0 ORDER BY id')
  return jsonify({ q: words, results: found.all(words) })
}

function peopleList(asked) {
  const role = roles.indexOf(asked.query.get('role'))
  return paged(asked, {
    from: 'person',
    columns: 'id, first_name, last_name, role',
    where: role < 0 ? 'true' : 'role = ?',
    values: role < 0 ? [] : [role],
    shown: row => ({ ...row, role: roles[row.role] }),
  })
}

function person(sql, number) {
  const row = sql('SELECT * FROM person WHERE id = ?').get(number)
  if (!row) return notFound()
  const { pin_hash, role, created_at, ...others } = row
  return jsonify({ ...others, role: roles[role], created_at: moment(created_at) })
}

function enrollmentsOf({ sql, params }) {
  const rows = sql(
    `SELECT e.course_id, e.enrolled_on, e.status, c.title FROM enrollment e JOIN course c ON c.id = e.course_id
     WHERE e.person_id = ? ORDER BY e.enrolled_on, e.course_id`,
  )
  return jsonify({ enrollments: rows.all(params[0]), person_id: Number(params[0]) })
}

function enrol({ sql, session, body }) {
  const course = Number.isInteger(body.course_id) ? body.course_id : 0
  if (!sql('SELECT 1 FROM course WHERE id = ?').get(course)) return jsonify({ error: 'no such course' }, 400)
  const { changes } = sql(
    "INSERT INTO enrollment VALUES (?, ?, date('now'), 'booked') ON CONFLICT DO NOTHING",
  ).run(session.person_id, course)
  if (changes === 0) return jsonify({ error: 'already enrolled' }, 409)
  return jsonify({ course_id: course, person_id: session.person_id, status: 'booked' }, 201)
}

function invoiceList(asked) {
  return paged(asked, {
    from: 'invoice',
    columns: 'id, number, person_id, issued_at, due_on, status',
    ...filter(asked.query, ['status']),
    shown: ({ issued_at, ...others }) => ({ ...others, issued_at: moment(issued_at) }),
  })
}

function invoice({ sql, params }) {
  const row = sql('SELECT * FROM invoice WHERE id = ?').get(params[0])
  if (!row) return notFound()
  const lines = sql(
    'SELECT description, hours, price_cents FROM invoice_line WHERE invoice_id = ? ORDER BY id',
  )
  const rows = lines.all(params[0])
  const net = rows.reduce((sum, { hours, price_cents }) => sum + hours * price_cents, 0)
  const cents = pythonRound((net * (100 - row.discount_percent)) / 100)
  return jsonify({
    ...row,
    issued_at: moment(row.issued_at),
    lines: rows.map(line => ({ ...line, hours: new Float(line.hours) })),
    total: new Float(cents / 100),
  })
}

function dashboard({ sql, query }) {
  const { where, values } = filter(query, ['subject', 'term'])
  const counts = sql(
    `SELECT count(*) AS courses, coalesce(sum(seats), 0) AS seats FROM course WHERE ${where}`,
  )
  // Behaviour 4, noise: a time of its own in each answer, of either stack.
  return jsonify({ ...counts.get(...values), generated_at: new Float(secondsNow()) })
}

function enrollmentsCsv({ sql, query, headers }) {
  const rows = sql(
    `SELECT e.person_id, e.course_id, c.title, e.enrolled_on, e.status FROM enrollment e JOIN course c ON c.id = e.course_id
     WHERE c.term = ? AND c.subject = ? ORDER BY e.person_id, e.course_id`,
  )
  const found = rows.raw().all(query.get('term'), query.get('subject'))
  return csv(
    [['person_id', 'course_id', 'title', 'enrolled_on', 'status'], ...found],
    headers['accept-encoding'],
  )
}

function coursesPage({ sql }) {
  const rows = sql("SELECT id, title FROM course WHERE term = '2026-1' ORDER BY id").all()
  const items = rows.map(
    ({ id, title }) => `
    <li>
      <a href="/courses/${id}">${escapeHtml(title)}</a>
    </li>
    `,
  )
  return page(`<!doctype html>
<html lang="en">
  <head>
    <title>Courses</title>
  </head>
  <body>
    <h1>Courses</h1>
    <ul>
    ${items.join('')}
    </ul>
  </body>
</html>
`)
}

function coursePage({ sql, params }) {
  const course = sql(
    `SELECT c.title, c.code, c.term, c.note, p.first_name || ' ' || p.last_name AS teacher
     FROM course c JOIN person p ON p.id = c.teacher_id WHERE c.id = ?`,
  ).get(params[0])
  if (!course) return page('<!doctype html>\n<title>Not found</title>\n<h1>Not found</h1>\n', 404)
  const { title, code, term, note, teacher } = course
  return page(`<!doctype html>
<html lang="en">
  <head>
    <title>${escapeHtml(title)}</title>
  </head>
  <body>
    <h1>${escapeHtml(title)}</h1>
    <dl>
      <dt>Code</dt>
      <dd>${code}</dd>
      <dt>Term</dt>
      <dd>${term}</dd>
      <dt>Teacher</dt>
      <dd>${escapeHtml(teacher)}</dd>
    </dl>
    
    ${note === null ? '' : `<p class="note">${escapeHtml(note)}</p>`}
    
  </body>
</html>
`)
}

function login({ sql, secret, body }) {
  const row = sql('SELECT id, email, role, pin_hash FROM person WHERE email = ?').get(String(body.email))
  if (!row || row.pin_hash !== hashOfPin(row.id, String(body.pin)))
    return jsonify({ error: 'unknown address or wrong PIN' }, 401)
  const answer = jsonify({ email: row.email, person_id: row.id })
  const session = writeSession({ person_id: row.id }, secret)
  answer.headers['set-cookie'] = [`session=${session}; HttpOnly; Path=/`, `role=${roles[row.role]}; Path=/`]
  return answer
}
