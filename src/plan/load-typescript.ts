import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { ParitygateError } from '../model/error.ts'
import type { FileHash } from '../model/ledger.ts'
import type { CutoverFactory, Environment } from './define.ts'
import { type ParsedPlan, type PlanPath, planDocument } from './parse.ts'
import type { ColumnDocument, ComputeColumn } from './schema-columns.ts'

/** A parsed plan, and the files it is made of: first its own, then those of the same project that it imports. */
export interface LoadedPlan extends ParsedPlan {
  files: FileHash[]
}

/**
 * Runs a plan in TypeScript or JavaScript, and validates what it exports like any other. Its parts have no place in the file
 * that could be told for certain: they are named by their path.
 *
 * @param path absolute
 * @param file the name shown in messages
 * @throws {ParitygateError} plan.syntax or plan.invalid
 */
export async function parseTypescriptPlan(path: string, file: string, env: Environment): Promise<LoadedPlan> {
  const locate = (parts: PlanPath) => (parts.length > 0 ? `${file}: ${parts.join('.')}` : file)
  const { exported, files } = await oneByOne(() => importPlan(path, file))
  const invalid = (message: string) => new ParitygateError('plan.invalid', message, { where: file })
  if (!('default' in exported))
    throw invalid('the file has no default export: export default defineCutover({ … })')
  let plan = exported.default
  if (typeof plan === 'function') {
    try {
      plan = await (plan as CutoverFactory)(env)
    } catch (error) {
      throw failure(error, path, file)
    }
  }
  if (typeof plan !== 'object' || plan === null || Array.isArray(plan))
    throw invalid(`the default export is no plan, but ${describe(plan)}`)
  const functions: { path: PlanPath; compute: ComputeColumn }[] = []
  const document = planDocument(plainData(plan, [], functions, locate), locate)
  const code = digest(files.map(({ sha256 }) => sha256).join('\n'))
  for (const { path: at, compute } of functions) {
    const [, table, , column] = at as string[]
    Object.assign(document.tables[table!]!.columns![column!] as ColumnDocument, { compute, code })
  }
  return { document, locate, files }
}

let last: Promise<unknown> = Promise.resolve()

/** Which files belong to a plan is told by what is loaded meanwhile. */
function oneByOne<Result>(load: () => Promise<Result>): Promise<Result> {
  const next = last.then(load, load)
  last = next.catch(() => {})
  return next
}

async function importPlan(
  path: string,
  file: string,
): Promise<{ exported: Record<string, unknown>; files: FileHash[] }> {
  const { createJiti } = await import('jiti')
  // The package as this process has it, wherever the plan lies. It imports this file, so that it is asked for only now.
  const paritygate = await import(new URL('../index.js', import.meta.url).href)
  const jiti = createJiti(path, {
    fsCache: false,
    interopDefault: false,
    virtualModules: { paritygate },
  })
  const before = new Set(Object.keys(jiti.cache))
  const added = () => Object.keys(jiti.cache).filter(name => !before.has(name) && !isInstalled(name))
  try {
    const exported = await jiti.import<Record<string, unknown>>(path)
    const imported = added().filter(name => name !== path)
    return { exported, files: [path, ...imported.sort()].map(name => hashed(name, dirname(path))) }
  } catch (error) {
    throw failure(error, path, file)
  } finally {
    // The files may have changed when they are asked for again.
    for (const name of added()) delete jiti.cache[name]
  }
}

/** What is installed is no part of the plan: the lock file says what it is. */
function isInstalled(path: string): boolean {
  return /[\\/]node_modules[\\/]/.test(path)
}

function hashed(path: string, folder: string): FileHash {
  return { path: relative(folder, path), sha256: digest(readFileSync(path)) }
}

function digest(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

/** Lines stay where they are when the file is translated; columns do not. */
function failure(error: unknown, path: string, file: string): ParitygateError {
  if (error instanceof ParitygateError) return error
  const message = error instanceof Error ? error.message : String(error)
  const syntax = /^ParseError: (.*?)\s*\n\s*(.+?):(\d+):(\d+)\s*$/s.exec(message)
  if (syntax) {
    const [, what, name, line, column] = syntax
    const where = `${name === path ? file : name}:${line}:${column}`
    return new ParitygateError('plan.syntax', what!, { where })
  }
  const [reason] = message.split('\nRequire stack:')
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const frames = [...stack.matchAll(/^\s+at (?:.*\()?(?:file:\/\/)?(\/?.+?):(\d+):\d+\)?$/gm)]
  const frame = frames.find(([, name]) => name === path)
  const where = frame ? `${file}:${frame[2]}` : file
  return new ParitygateError('plan.invalid', `the file failed: ${reason}`, { where, cause: error })
}

/**
 * A copy without the functions that compute columns, which are listed; others, and keys that are undefined, are none of a
 * plan's.
 */
function plainData(
  value: unknown,
  path: PlanPath,
  functions: { path: PlanPath; compute: ComputeColumn }[],
  locate: (path: PlanPath) => string,
): unknown {
  if (Array.isArray(value))
    return value.map((part, index) => plainData(part, [...path, index], functions, locate))
  if (typeof value !== 'object' || value === null) return value
  const inColumn = path.length === 4 && path[0] === 'tables' && path[2] === 'columns'
  const copy: Record<string, unknown> = {}
  for (const [key, part] of Object.entries(value)) {
    const at = [...path, key]
    if (part === undefined) continue
    if (inColumn && key === 'compute' && typeof part === 'function') {
      functions.push({ path: at, compute: part as ComputeColumn })
    } else if (typeof part === 'function') {
      throw new ParitygateError(
        'plan.invalid',
        `${at.join('.')} must not be a function: only compute is one`,
        {
          where: locate(at),
        },
      )
    } else copy[key] = plainData(part, at, functions, locate)
  }
  return copy
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
