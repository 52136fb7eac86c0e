import { readFileSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import { ParitygateError } from '../../model/error.ts'
import type { Template } from './endpoints.ts'

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query']

/**
 * The paths of an OpenAPI 3 or Swagger 2 document, JSON or YAML, behind the paths of its servers or its basePath.
 * References of whole path items into other files are not followed; their paths hold for any method.
 *
 * @param file absolute
 * @throws {ParitygateError} plan.invalid, which names the file
 */
export function openapiTemplates(file: string): Template[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw invalid(file, `it cannot be read: ${(error as Error).message}`)
  }
  return templatesOf(text, file)
}

/** @param file how messages call it */
export function templatesOf(text: string, file: string): Template[] {
  const document = record(parsed(text, file))
  const paths = record(document?.paths)
  const version = String(document?.openapi ?? document?.swagger ?? '')
  if (document === null || !/^(3\.|2\.)/.test(version))
    throw invalid(file, 'it is no OpenAPI document: neither openapi: 3.x nor swagger: 2.0 is said at its top')
  // OpenAPI 3.1 allows a document of webhooks or components alone.
  if (paths === null) throw invalid(file, 'it has no paths')
  const prefixes = prefixesOf(document)
  return Object.entries(paths).flatMap(([path, item]) => {
    if (!path.startsWith('/')) return []
    const operations = record(item) ?? {}
    const own = Array.isArray(operations.servers) ? prefixesOf(operations) : prefixes
    const methods = METHODS.filter(method => method in operations).map(method => method.toUpperCase())
    return own.flatMap(prefix =>
      (methods.length > 0 ? methods : ['*']).map(method => ({ method, path: prefix + path })),
    )
  })
}

function parsed(text: string, file: string): unknown {
  const lines = new LineCounter()
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: false })
  const [error] = yaml.errors
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    throw invalid(`${file}:${line}:${col}`, error.message)
  }
  try {
    return yaml.toJS({ maxAliasCount: 1000 })
  } catch (error) {
    throw invalid(file, (error as Error).message)
  }
}

/** Where several servers differ in their path alone, each is a prefix of its own. Never ends with a slash. */
function prefixesOf(document: Record<string, unknown>): string[] {
  const base = typeof document.basePath === 'string' ? [document.basePath] : []
  const servers = Array.isArray(document.servers) ? document.servers : []
  const prefixes = [...base, ...servers.map(serverPath)].map(prefix => prefix.replace(/\/+$/, ''))
  return prefixes.length === 0 ? [''] : [...new Set(prefixes)]
}

function serverPath(server: unknown): string {
  const said = record(server)
  const variables = record(said?.variables) ?? {}
  const url = String(said?.url ?? '').replace(/\{([^{}]+)\}/g, (_, name: string) =>
    String(record(variables[name])?.default ?? name),
  )
  const path = url.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  return path === '' || path.startsWith('/') ? path : `/${path.replace(/^\.\//, '')}`
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

function invalid(where: string, message: string): ParitygateError {
  return new ParitygateError('plan.invalid', message, { where })
}
