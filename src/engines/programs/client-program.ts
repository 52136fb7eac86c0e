import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { ParitygateError } from '../../model/error.ts'
import { REDACTED, redactUrl } from '../../model/redact.ts'
import { type Ending, untilEnd } from './until-end.ts'

/** How the programs of a database's own client are run: they are told their secrets by the environment or a file. */
export interface Surroundings {
  env: NodeJS.ProcessEnv
  /** What is never repeated. */
  secrets: string[]
  signal: AbortSignal | undefined
}

/**
 * The path of the first of these programs that is in the folder, or else on PATH.
 *
 * @param folder the only place to look, where one is named
 */
export function findProgram(names: string[], folder: string | undefined): string | null {
  const folders = folder === undefined ? (process.env.PATH ?? '').split(delimiter) : [folder]
  const places = names.flatMap(name => folders.filter(Boolean).map(place => join(place, name)))
  return places.find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** A list of a hundred thousand tables is far shorter. */
const LONGEST_TEXT = 64 * 1024 * 1024

/**
 * Runs a program to its end, and gives what it wrote: errors, and its standard output unless `output` takes that.
 *
 * @throws {ParitygateError} backup.failed where it cannot be started or ends with anything but 0; interrupted
 */
export async function runProgram(
  command: string[],
  surroundings: Surroundings,
  { input, output }: { input?: Readable; output?: Writable } = {},
): Promise<string> {
  const [ended, text] = await outcome(command, surroundings, { input, output })
  requireSuccess(command, ended, text, surroundings)
  return text
}

/**
 * Runs one program into another, and blames the second first: where it ends early, the first cannot go on.
 *
 * @throws as `runProgram`
 */
export async function runIntoProgram(
  writer: { command: string[]; output: Writable },
  reader: { command: string[]; input: Readable },
  surroundings: Surroundings,
): Promise<void> {
  const [wrote, read] = await Promise.all([
    outcome(writer.command, surroundings, { output: writer.output }),
    outcome(reader.command, surroundings, { input: reader.input }),
  ])
  if (read[0].stopped !== 'broken') requireSuccess(reader.command, ...read, surroundings)
  if (wrote[0].stopped !== 'broken') requireSuccess(writer.command, ...wrote, surroundings)
  requireSuccess(reader.command, ...read, surroundings)
  requireSuccess(writer.command, ...wrote, surroundings)
}

async function outcome(
  command: string[],
  { env, signal }: Surroundings,
  streams: { input?: Readable | undefined; output?: Writable | undefined },
): Promise<[Ending, string]> {
  const pieces: Buffer[] = []
  let size = 0
  const take = (chunk: Buffer) => {
    if (size >= LONGEST_TEXT) return
    pieces.push(chunk)
    size += chunk.length
  }
  const ending = await untilEnd(command, {
    cwd: process.cwd(),
    env,
    take,
    ...streams,
    timeLimitMs: Number.POSITIVE_INFINITY,
    signal,
  })
  return [ending, Buffer.concat(pieces).toString()]
}

function requireSuccess(
  [program]: string[],
  { code, signal, stopped, error }: Ending,
  text: string,
  { secrets }: Surroundings,
): void {
  if (stopped === 'interrupted') throw new ParitygateError('interrupted', 'stopped on request')
  if (code === 0 && stopped === null && error === undefined) return
  const last = lastLines(text)
  const hidden = secrets.filter(Boolean).reduce((rest, secret) => rest.replaceAll(secret, REDACTED), last)
  const reason =
    code !== null && code !== 0
      ? `ended with exit code ${code}`
      : signal !== null && stopped === null
        ? `was ended by ${signal}`
        : `did not get through: ${error?.message ?? 'it was ended'}`
  throw new ParitygateError(
    'backup.failed',
    [`${program} ${reason}`, ...(hidden === '' ? [] : [redactUrl(hidden)])].join('\n  '),
    error ? { cause: error } : {},
  )
}

const LINES = 20

function lastLines(text: string): string {
  const lines = stripVTControlCharacters(text).trimEnd().split(/\r?\n/).slice(-LINES)
  return lines.map(line => line.slice(0, 500)).join('\n  ')
}
