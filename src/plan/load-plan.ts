import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, extname, relative, resolve } from 'node:path'
import { type Connection, parseConnectionUrl } from '../engines/connection-url.ts'
import { ParitygateError } from '../model/error.ts'
import type { FileHash } from '../model/ledger.ts'
import type { Environment } from './define.ts'
import { parseTypescriptPlan } from './load-typescript.ts'
import { type ParsedPlan, type PlanPath, parsePlan } from './parse.ts'
import type { PlanDocument } from './schema.ts'

/** A plan as the file says it, not yet held against the databases. */
export interface Plan extends PlanDocument {
  /** Absolute path of the plan file. */
  file: string
  /** Of the file's bytes. */
  sha256: string
  /** Local files that a plan in TypeScript imports, by their path from its folder: functions may depend on them. */
  imports: FileHash[]
  connections: { source: Connection; target: Connection }
  locate(path: PlanPath): string
}

/** Endings of plans that are programs. */
const programs = ['.ts', '.mts', '.js', '.mjs']

/**
 * Reads a plan: `cutover.yaml`, or one in TypeScript or JavaScript, which is run.
 *
 * @throws {ParitygateError} plan.missing, plan.syntax, plan.invalid, plan.variable or plan.url, each with its place
 */
export async function readPlan(file: string, env: Environment = process.env): Promise<Plan> {
  const path = resolve(file)
  if (!programs.includes(extname(path))) return loadPlan(file, env)
  // Missing is something else than wrong.
  readText(file)
  const { files, ...parsed } = await parseTypescriptPlan(path, shown(path), env)
  const [{ sha256 }, ...imports] = files as [FileHash, ...FileHash[]]
  return planFrom(parsed, path, { sha256, imports })
}

/**
 * Reads `cutover.yaml`. A plan in TypeScript takes `readPlan`.
 *
 * @throws {ParitygateError} plan.missing, plan.syntax, plan.invalid, plan.variable or plan.url, each with its place
 */
export function loadPlan(file: string, env: Environment = process.env): Plan {
  const path = resolve(file)
  if (programs.includes(extname(path)))
    throw new ParitygateError('plan.invalid', 'a plan that is a program is read by readPlan', {
      where: shown(path),
    })
  const text = readText(file)
  const sha256 = createHash('sha256').update(text).digest('hex')
  return planFrom(parsePlan(text, shown(path), env), path, { sha256, imports: [] })
}

function readText(file: string): string {
  try {
    return readFileSync(resolve(file), 'utf8')
  } catch (error) {
    throw new ParitygateError('plan.missing', `${file}: ${(error as Error).message}`)
  }
}

function planFrom(
  { document, locate }: ParsedPlan,
  path: string,
  files: Pick<Plan, 'sha256' | 'imports'>,
): Plan {
  const folder = dirname(path)
  return {
    ...document,
    file: path,
    ...files,
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
