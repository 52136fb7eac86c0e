// The new stack, Fastify on PostgreSQL: NEW_DATABASE_URL=postgres://… PORT=5002 SECRET_KEY=… node new-stack.mjs
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Fastify from 'fastify'
import pg from 'pg'
import { cookieOf, readSession } from './flask-session.mjs'
import { pages } from './new-pages.mjs'
import { routes } from './new-routes.mjs'

/** Listens on 127.0.0.1; port 0 is any free one. */
export async function startNewStack({ databaseUrl, secret, port = 0 }) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 16, types: { getTypeParser } })
  // A server that goes away ends idle connections; the next query says so.
  pool.on('error', () => {})
  const app = Fastify({ forceCloseConnections: true, keepAliveTimeout: 60_000 })
  app.decorateRequest('personId', null)
  app.addHook('onRequest', async request => {
    const session = readSession(cookieOf(request.headers.cookie, 'session'), secret)
    request.personId = session?.person_id ?? null
  })
  app.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'not found' }))
  app.setErrorHandler((error, _, reply) => {
    if (error.statusCode < 500) return reply.code(400).send({ error: 'no JSON object' })
    process.stderr.write(`${error.stack}\n`)
    return reply.code(500).send({ error: 'internal error' })
  })
  const query = async (text, values = []) => (await pool.query(text, values)).rows
  await app.register(routes, { query, secret })
  await app.register(pages, { query })
  const url = await app.listen({ host: '127.0.0.1', port })
  return {
    url,
    async close() {
      await app.close()
      await pool.end()
    },
  }
}

/** Moments become ISO 8601 in UTC, days and all other types stay as PostgreSQL writes them. */
function getTypeParser(oid, format) {
  if (oid === pg.types.builtins.TIMESTAMP) return text => `${text.replace(' ', 'T')}Z`
  if (oid === pg.types.builtins.DATE) return text => text
  if (oid === pg.types.builtins.NUMERIC) return Number
  return pg.types.getTypeParser(oid, format)
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { NEW_DATABASE_URL: databaseUrl, SECRET_KEY = 'development', PORT = '5002' } = process.env
  if (!databaseUrl) throw new Error('name the database: NEW_DATABASE_URL')
  const { url, close } = await startNewStack({ databaseUrl, secret: SECRET_KEY, port: Number(PORT) })
  process.stdout.write(`listening on ${url}\n`)
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, close)
}
