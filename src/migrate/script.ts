import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Dialect } from '../engines/port/dialect.ts'
import type { Statement, StatementFailure } from '../engines/port/statement.ts'
import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError, throwIfAborted } from '../model/error.ts'
import { shownMessage, shownStatement } from './shown-statement.ts'
import { placeOf, withoutControl } from './transaction-control.ts'

export interface ScriptOptions {
  /** Ends the statement under way, with the connection. */
  signal?: AbortSignal
  /** Done within the transaction, before the first statement. */
  first?: () => Promise<void>
  /** After each statement. */
  onProgress?: (progress: { statements: number; total: number }) => void
}

export interface ScriptResult {
  file: string
  /** Of the file's bytes, in hexadecimal digits. */
  sha256: string
  /** How many ran. */
  statements: number
  /** What was left out or committed by itself, and what else is worth saying. */
  notices: string[]
  ms: number
}

/**
 * Runs an SQL script in one transaction of the target, and stops at the first error. A script may set what it likes, so it
 * is to have a session of its own.
 *
 * @throws {ParitygateError} script.refused before anything is run; script.failed with what ran and what stands;
 * connection.lost, target.read-only, interrupted
 */
export async function runScript(
  target: TargetSession,
  file: string,
  { signal, first, onProgress }: ScriptOptions = {},
): Promise<ScriptResult> {
  const started = performance.now()
  const { text, sha256 } = await readScript(file)
  const { statements, notices } = withoutControl(target.dialect.splitStatements(text), file)
  if (statements.length === 0) notices.push('the script holds no statement')
  const run: Run = { target, file, statements, committed: [], committing: false }
  const interrupt = () => target.interrupt()
  throwIfAborted(signal)
  signal?.addEventListener('abort', interrupt, { once: true })
  try {
    await target.begin()
    await first?.()
    for (const [index, statement] of statements.entries()) {
      const { committed, failure } = await target.runStatement(statement)
      if (failure) throw await failed(run, index, committed, failure)
      if (committed) run.committed.push(index)
      onProgress?.({ statements: index + 1, total: statements.length })
      throwIfAborted(signal)
    }
    run.committing = true
    await target.commit().catch(async error => {
      throw await failed(run, statements.length, false, { error })
    })
  } catch (error) {
    if (signal?.aborted)
      throw new ParitygateError('interrupted', interruption(run), { where: file, cause: error })
    throw target.failure(error, file)
  } finally {
    signal?.removeEventListener('abort', interrupt)
  }
  if (run.committed.length > 0) notices.push(commits(run))
  return { file, sha256, statements: statements.length, notices, ms: Math.round(performance.now() - started) }
}

interface Run {
  target: TargetSession
  file: string
  statements: Statement[]
  /** Which statements have committed by themselves. */
  committed: number[]
  /** The commit at the end is under way. */
  committing: boolean
}

/** @throws {ParitygateError} script.refused, where it cannot be read, or holds what cannot be run */
export async function requireScript(file: string, dialect: Dialect): Promise<void> {
  withoutControl(dialect.splitStatements((await readScript(file)).text), file)
}

/** @throws {ParitygateError} script.refused, where it cannot be read */
export async function readScript(file: string): Promise<{ text: string; sha256: string }> {
  try {
    const bytes = await readFile(file)
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { text, sha256: createHash('sha256').update(bytes).digest('hex') }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    const reason = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'the file is not UTF-8' : message
    throw new ParitygateError('script.refused', reason, { where: file, cause: error })
  }
}

/** @param index of the statement that failed; as many as there are for the commit after them */
async function failed(
  run: Run,
  index: number,
  committed: boolean,
  { error, context, hint, lasting }: StatementFailure,
): Promise<ParitygateError> {
  const { target, file, statements } = run
  // After a lost connection, or where the engine has rolled back already, there is nothing left to do it for.
  await target.rollback().catch(() => {})
  const statement = statements[index]
  const where = statement ? placeOf(file, statement) : file
  const cause = target.failure(error, where)
  const message = statement
    ? shownMessage(cause.message, statement.sql)
    : `the commit at the end: ${cause.message}`
  const detail = [
    context ? `${message} (${context})` : message,
    ...(statement ? [`statement: ${shownStatement(statement.sql)}`] : []),
    standing(run, index, { committed, lasting, lost: cause.code === 'connection.lost' }),
  ].join('\n  ')
  const code = cause.code === 'target.refused' ? 'script.failed' : cause.code
  return new ParitygateError(code, detail, {
    where,
    cause: error,
    ...(hint ? { hint } : code === 'connection.lost' ? { hint: 'Look whether the server is well.' } : {}),
  })
}

const UNKNOWN = 'whether the server still took the commit is not known: look before you run it again'

/** How many statements had run, and what stands of them. */
function standing(
  run: Run,
  index: number,
  { committed, lasting, lost }: { committed: boolean; lasting: string | undefined; lost: boolean },
): string {
  const { statements } = run
  const ran = `${index} of ${statements.length} statements had run`
  if (lost && index === statements.length) return `${ran}; ${UNKNOWN}`
  const stand = committed ? index : (run.committed.at(-1) ?? -1) + 1
  const kept = lasting ? `, but for ${lasting}` : ''
  if (index === 0)
    return `${ran}${kept ? `${kept}, which stand` : ', and nothing of the script stays behind'}`
  if (stand === 0) return `${ran}, and all of it was rolled back${kept}`
  const ended = statements[committed ? index : stand - 1]!
  const by = `${shownStatement(ended.sql).split(' ', 2).join(' ')} in line ${ended.line}`
  if (stand === index) return `${ran}. ALL OF THEM STAND: ${by} committed them${kept}`
  return `${ran}. THE FIRST ${stand} STAND: ${by} committed them. The others were rolled back${kept}`
}

function interruption(run: Run): string {
  if (run.committing) return `stopped on request while the script was committed; ${UNKNOWN}`
  const last = run.committed.at(-1)
  if (last === undefined) return 'stopped on request; all of the script was rolled back'
  return `stopped on request. The first ${last + 1} statements of the script stand: the engine commits with some of them`
}

function commits({ statements, committed }: Run): string {
  const lines = committed.map(index => statements[index]!.line)
  const shown = lines.slice(0, 20).join(', ')
  const more = lines.length > 20 ? `, … (${lines.length} statements)` : ''
  return `the engine committed by itself with the statements in line ${shown}${more}: the script was not one transaction`
}
