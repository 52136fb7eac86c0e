/** The pages people look at, and what leads to them. */
export async function pages(app, { query }) {
  app.get('/', (_, reply) => redirect(reply, '/courses'))

  app.get('/course/:id(^\\d{1,9}$)', (request, reply) => redirect(reply, `/courses/${request.params.id}`))

  app.get('/courses', async (_, reply) => {
    const courses = await query("SELECT id, title FROM courses WHERE term = '2026-1' ORDER BY id")
    const items = courses.map(({ id, title }) => `<li><a href="/courses/${id}">${escapeHtml(title)}</a></li>`)
    return html(reply, document('Courses', `<h1>Courses</h1><ul>${items.join('')}</ul>`))
  })

  app.get('/courses/:id(^\\d{1,9}$)', async (request, reply) => {
    const [course] = await query(
      `SELECT c.title, c.code, c.term, c.note, concat(p.first_name, ' ', p.last_name) AS teacher
       FROM courses c JOIN people p ON p.id = c.teacher_id WHERE c.id = $1`,
      [request.params.id],
    )
    if (!course) return html(reply.code(404), '<!DOCTYPE html><title>Not found</title><h1>Not found</h1>')
    const terms = { Code: course.code, Term: course.term, Teacher: course.teacher }
    const list = Object.entries(terms).map(([name, text]) => `<dt>${name}</dt><dd>${escapeHtml(text)}</dd>`)
    const note = course.note === null ? '' : `<p class="note">${escapeHtml(course.note)}</p>`
    const title = escapeHtml(course.title)
    return html(reply, document(course.title, `<h1>${title}</h1><dl>${list.join('')}</dl>${note}`))
  })
}

/** With the text Werkzeug sends along, which some clients of the school show. */
function redirect(reply, location) {
  const text = `You should be redirected automatically to the target URL: <a href="${location}">${location}</a>`
  html(
    reply.code(302).header('location', location),
    `${head('Redirecting...')}<body><h1>Redirecting...</h1><p>${text}. If not, click the link.</p></body></html>`,
  )
  return reply
}

function html(reply, text) {
  return reply.type('text/html; charset=utf-8').send(text)
}

function document(title, body) {
  return `${head(title)}<body>${body}</body></html>`
}

function head(title) {
  return `<!DOCTYPE html><html lang="en"><head><title>${escapeHtml(title)}</title></head>`
}

function escapeHtml(text) {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, character => entities[character])
}
