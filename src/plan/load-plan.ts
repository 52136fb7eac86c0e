import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { type Connection, parseConnectionUrl } from '../engines/connection-url.ts'
import { ParitygateError } from '../model/error.ts'
import { type ParsedPlan, type PlanPath, parsePlan } from './parse.ts'
import type { PlanDocument } from './schema.ts'

/** A plan as the file says it, not yet held against the databases. */
export interface Plan extends PlanDocument {
  /** Absolute path of the plan file. */
  file: string
  /** Of the file's bytes. */
  sha256: string
  connections: { source: Connection; target: Connection }
  locate(path: PlanPath): string
}

/**
 * Reads `cutover.yaml`.
 *
 * @throws {ParitygateError} plan.missing, plan.syntax, plan.invalid, plan.variable or plan.url, each with its place
 */
export function loadPlan(file: string, env: Record<string, string | undefined> = process.env): Plan {
  const path = resolve(file)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ParitygateError('plan.missing', `${file}: ${(error as Error).message}`)
  }
  return planFrom(parsePlan(text, shown(path), env), path, digest(text))
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function planFrom({ document, locate }: ParsedPlan, path: string, sha256: string): Plan {
  const folder = dirname(path)
  return {
    ...document,
    file: path,
    sha256,
    connections: {
      source: parseConnectionUrl(document.source.url, folder, locate(['source', 'url'])),
      target: parseConnectionUrl(document.target.url, folder, locate(['target', 'url'])),
    },
    locate,
  }
}

/** The path as the user would type it. */
function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
