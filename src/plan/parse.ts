import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject } from 'ajv'
import { closest, distance } from 'fastest-levenshtein'
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { ParitygateError } from '../model/error.ts'
import type { PlanDocument } from './schema.ts'
import { changedWords } from './yaml-words.ts'

export type PlanPath = (string | number)[]

/** A parsed plan, and where each of its parts stands in the file. */
export interface ParsedPlan {
  document: PlanDocument
  /** `cutover.yaml:12:5` for a path into the document; the nearest place above it where the path has none. */
  locate(path: PlanPath): string
}

interface Problem {
  path: PlanPath
  /** Points at the key instead of its value. */
  atKey?: boolean
  message: string
}

/**
 * Parses and validates a plan. Every problem is reported at once, each with file:line:column.
 *
 * @param file the name shown in messages
 * @param env values for `${NAME}` and `${NAME:-default}`; `$${NAME}` stands for a literal `${NAME}`
 */
export function parsePlan(text: string, file: string, env: Record<string, string | undefined>): ParsedPlan {
  const lines = new LineCounter()
  const yaml = parseDocument(shieldVariables(text), { lineCounter: lines, prettyErrors: false })
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const syntax = yaml.errors[0]
  if (syntax) throw new ParitygateError('plan.syntax', syntax.message, { where: at(syntax.pos[0]) })
  if (!isMap(yaml.contents))
    throw new ParitygateError('plan.invalid', 'the file holds no plan', { where: `${file}:1:1` })
  interpolate(yaml, env, at)
  const changed = changedWords(yaml).map(({ offset, message }) => `${at(offset)}: ${message}`)
  if (changed.length > 0) throw new ParitygateError('plan.invalid', changed.join('\n  '))

  const locate = (path: PlanPath, atKey = false) => at(offsetOf(yaml, path, atKey))
  return { document: planDocument(yaml.toJS(), locate), locate: path => locate(path) }
}

/**
 * @param value plain data, which becomes the plan
 * @throws {ParitygateError} plan.invalid, naming every problem
 */
export function planDocument(
  value: unknown,
  locate: (path: PlanPath, atKey?: boolean) => string,
): PlanDocument {
  const document = withoutPrototypes(fillEmptyTables(value))
  const problems = validate(document)
  if (problems.length === 0) return document as PlanDocument
  const described = problems.map(problem => `${locate(problem.path, problem.atKey)}: ${problem.message}`)
  throw new ParitygateError('plan.invalid', described.join('\n  '))
}

/**
 * `{ url: ${NAME} }` is a nested map to YAML. The punctuation of a variable is moved to the private use area, which YAML
 * takes for plain text, and back in `interpolate`; every character keeps its place.
 */
function shieldVariables(text: string): string {
  return text.replace(/\$\$?\{[^}\n]*\}/g, variable =>
    variable.replace(/[^A-Za-z0-9_$]/g, character =>
      character < '\u0080' ? String.fromCharCode(SHIELD + character.charCodeAt(0)) : character,
    ),
  )
}

const SHIELD = 0xe000

function unshield(text: string): string {
  return text.replace(/[\ue000-\ue07f]/g, character => String.fromCharCode(character.charCodeAt(0) - SHIELD))
}

function interpolate(
  yaml: Document,
  env: Record<string, string | undefined>,
  at: (offset: number) => string,
): void {
  visit(yaml, {
    Scalar(key, node) {
      if (typeof node.value !== 'string') return
      node.value = node.value.replace(
        /\$(\$?)\ue07b([^\ue07d]*)\ue07d/g,
        (_, escaped: string, shielded: string) => {
          const inner = unshield(shielded)
          if (escaped !== '' || key === 'key') return `\${${inner}}`
          const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inner) ?? []
          const where = at(node.range![0])
          if (name === undefined)
            throw new ParitygateError('plan.variable', `"\${${inner}}" is no variable`, { where })
          // As in a shell, `:-` also stands in for an empty value.
          const value = env[name] || fallback
          if (value !== undefined) return value
          throw new ParitygateError('plan.variable', `${name} is ${env[name] === '' ? 'empty' : 'not set'}`, {
            where,
          })
        },
      )
    },
  })
}

/** A table may be called `constructor`: names are looked up in what the plan says and nowhere else. */
function withoutPrototypes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) withoutPrototypes(part)
  return Array.isArray(value) ? value : Object.setPrototypeOf(value, null)
}

/** `users:` alone means: this table, everything by name. */
function fillEmptyTables(document: unknown): unknown {
  const tables = (document as { tables?: Record<string, unknown> }).tables
  if (tables && typeof tables === 'object') {
    for (const [name, mapping] of Object.entries(tables)) if (mapping === null) tables[name] = {}
  }
  return document
}

// Written from `schema.ts` by `npm run generate`: to load TypeBox at every start would take longer than all else.
const schema = JSON.parse(readFileSync(new URL('../../cutover.schema.json', import.meta.url), 'utf8'))

// That the schema is one is tested; to see to it here would take a third of the time.
const ajv = new Ajv({ allErrors: true, strict: false, verbose: true, meta: false, validateSchema: false })
const validator = ajv.compile(schema)

function validate(document: unknown): Problem[] {
  if (validator(document)) return []
  const errors = validator.errors!.filter(error => error.keyword !== 'anyOf' && error.keyword !== 'if')
  // A column mapping is a text or a map; for a map, that it is no text is no news.
  const relevant = errors.filter(
    error =>
      !(
        error.keyword === 'type' &&
        error.schemaPath.includes('anyOf') &&
        errors.some(other => other !== error && other.instancePath.startsWith(error.instancePath))
      ),
  )
  return (relevant.length > 0 ? relevant : errors).map(describe)
}

function describe(error: ErrorObject): Problem {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(part => (/^\d+$/.test(part) ? Number(part) : part))
  const name = path.join('.') || 'the plan'
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty)
      if (key === 'compute')
        return {
          path: [...path, key],
          atKey: true,
          message: 'compute takes a function, which only a plan in TypeScript can hold',
        }
      const valid = Object.keys((error.parentSchema as { properties?: object }).properties ?? {})
      const nearest = valid.length > 0 ? closest(key, valid) : ''
      const meant =
        nearest !== '' && distance(key, nearest) <= Math.max(2, key.length / 3)
          ? `; did you mean "${nearest}"?`
          : ''
      const known = `valid here: ${valid.join(', ')}`
      return { path: [...path, key], atKey: true, message: `unknown key "${key}"${meant || `; ${known}`}` }
    }
    case 'required':
      return { path, message: `"${error.params.missingProperty}" is missing in ${name}` }
    case 'type':
      return { path, message: `${name} must be ${error.params.type}, not ${describeValue(error.data)}` }
    case 'const':
    case 'enum': {
      const valid = [error.params.allowedValues ?? error.params.allowedValue].flat()
      return { path, message: `${name} must be ${valid.join(' or ')}; it is ${describeValue(error.data)}` }
    }
    case 'minProperties':
    case 'maxProperties':
      return {
        path,
        message: `${name} must have ${error.params.limit} of its keys, not ${Object.keys(error.data as object).length}`,
      }
    case 'minLength':
      return { path, message: `${name} must say something: it is ${describeValue(error.data)}` }
    default:
      return { path, message: `${name} ${error.message}; it is ${describeValue(error.data)}` }
  }
}

/** A text may be a connection URL in the wrong place, so only a harmless one is repeated. */
function describeValue(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'string' && (value.length > 40 || /[@:]/.test(value))) return 'a text'
  return JSON.stringify(value)
}

function offsetOf(yaml: Document, named: PlanPath, atKey: boolean): number {
  const path = asWritten(yaml, named)
  for (let length = path.length; length >= 0; length--) {
    const parent = yaml.getIn(path.slice(0, length - 1), true)
    if ((atKey || length > 0) && isMap(parent)) {
      const pair = parent.items.find(item => isScalar(item.key) && item.key.value === path[length - 1])
      const node = (atKey ? pair?.key : (pair?.value ?? pair?.key)) as Node | undefined
      if (node?.range) return node.range[0]
    }
    const node = yaml.getIn(path.slice(0, length), true) as Node | undefined
    if (node?.range) return node.range[0]
  }
  return 0
}

/** A key may be a number to YAML: `0:` of the phases, or a table called 2024. */
function asWritten(yaml: Document, path: PlanPath): PlanPath {
  let node: unknown = yaml.contents
  return path.map(step => {
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      : undefined
    node = pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined
    return isScalar(pair?.key) ? (pair.key.value as string | number) : step
  })
}
