// The old stack, which answers as a Flask application does: DATABASE=old.db PORT=5001 SECRET_KEY=… node old-stack.mjs
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { escapeHtml, jsonify, page } from './flask-answers.mjs'
import { cookieOf, readSession } from './flask-session.mjs'
import { routes } from './old-routes.mjs'

/** What an interpreter, an ORM and a template engine take for each request. */
const pythonMs = 12

/** Listens on 127.0.0.1; port 0 is any free one. */
export async function startOldStack({ file, secret, port = 0 }) {
  const database = new Database(file, { fileMustExist: true })
  database.pragma('foreign_keys = ON')
  const statements = new Map()
  const sql = text => {
    if (!statements.has(text)) statements.set(text, database.prepare(text))
    return statements.get(text)
  }
  const server = createServer(async (request, response) => {
    const { status, headers, body } = await answer(request, { sql, secret }).catch(serverError)
    response.writeHead(status, {
      server: 'Werkzeug/3.1.3 Python/3.12.3',
      ...headers,
      'content-length': Buffer.byteLength(body),
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  })
  server.keepAliveTimeout = 60_000
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      database.close()
    },
  }
}

async function answer(request, { sql, secret }) {
  const url = new URL(request.url, 'http://old')
  await sleep(pythonMs)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  for (const route of routes) {
    const found = route.method === method ? route.path.exec(url.pathname) : null
    if (found === null) continue
    const session = readSession(cookieOf(request.headers.cookie, 'session'), secret)
    if (route.signedIn && session === null) return jsonify({ error: 'sign in first' }, 401)
    const body = method === 'POST' ? await jsonOf(request) : null
    if (method === 'POST' && body === null) return jsonify({ error: 'no JSON object' }, 400)
    const { headers } = request
    return route.handle({
      sql,
      secret,
      params: found.slice(1),
      query: url.searchParams,
      session,
      body,
      headers,
    })
  }
  return jsonify({ error: 'not found' }, 404)
}

async function jsonOf(request) {
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  try {
    const value = JSON.parse(Buffer.concat(pieces).toString())
    return typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

function serverError(error) {
  process.stderr.write(`${error.stack}\n`)
  const title = escapeHtml('500 Internal Server Error')
  return page(
    `<!doctype html>\n<html lang=en>\n<title>${title}</title>\n<h1>Internal Server Error</h1>\n`,
    500,
  )
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { DATABASE = 'old.db', SECRET_KEY = 'development', PORT = '5001' } = process.env
  const { url, close } = await startOldStack({ file: DATABASE, secret: SECRET_KEY, port: Number(PORT) })
  process.stdout.write(`listening on ${url}\n`)
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, close)
}
