import { gzipSync } from 'node:zlib'

/** A Python float: written with a decimal point even where it is whole. */
export class Float {
  constructor(value) {
    this.value = value
  }
}

/** As `jsonify` answers: keys sorted, ASCII only, moments as RFC 9110 dates, a line feed at the end. */
export function jsonify(value, status = 200) {
  return { status, headers: { 'content-type': 'application/json' }, body: `${pythonJson(value)}\n` }
}

export function page(body, status = 200) {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body }
}

/** The body is Werkzeug's own. */
export function redirect(location) {
  const body = `<!doctype html>
<html lang=en>
<title>Redirecting...</title>
<h1>Redirecting...</h1>
<p>You should be redirected automatically to the target URL: <a href="${location}">${location}</a>. If not, click the link.
`
  const { status, headers } = page(body, 302)
  return { status, headers: { ...headers, location }, body }
}

/** As csv.writer writes, compressed where the client takes it. */
export function csv(lines, acceptEncoding) {
  const text = lines.map(fields => `${fields.map(csvField).join(',')}\r\n`).join('')
  const headers = { 'content-type': 'text/csv; charset=utf-8', vary: 'Accept-Encoding' }
  if (!/\bgzip\b/.test(acceptEncoding ?? '')) return { status: 200, headers, body: text }
  return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(text) }
}

/** As Jinja escapes. */
export function escapeHtml(text) {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;', '"': '&#34;' }
  return text.replace(/[&<>'"]/g, character => entities[character])
}

/** A stored DATETIME, which is UTC. */
export function moment(stored) {
  return new Date(`${stored.slice(0, 19).replace(' ', 'T')}Z`)
}

/** Python's round(): halves go to the even neighbour. */
export function pythonRound(value) {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

function pythonJson(value) {
  if (value instanceof Float) return Number.isInteger(value.value) ? `${value.value}.0` : String(value.value)
  if (value instanceof Date) return `"${value.toUTCString()}"`
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(',')}]`
  if (typeof value === 'string') {
    const escaped = character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escaped)
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map(key => `${pythonJson(key)}:${pythonJson(value[key])}`)
  return `{${members.join(',')}}`
}

function csvField(value) {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
