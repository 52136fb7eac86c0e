import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Statement, StatementFailure, StatementOutcome } from '../port/statement.ts'
import type { ServerError } from './failure.ts'

/** See `TargetSession.runStatement`. */
export async function runStatement(client: pg.Client, statement: Statement): Promise<StatementOutcome> {
  try {
    // The extended protocol takes one statement at a time, so that none can hide behind another.
    if (statement.data === undefined)
      await client.query({ text: statement.sql, queryMode: 'extended' } as pg.QueryConfig)
    else await pipeline(Readable.from(pieces(statement.data)), client.query(copyFrom(statement.sql)))
    return { committed: false, failure: null }
  } catch (error) {
    return { committed: false, failure: described(error as ServerError) }
  }
}

const PIECE = 1024 * 1024

function* pieces(data: string): Generator<Buffer> {
  // Cut after a line, as a character of two code units could be cut in the middle.
  for (let at = 0; at < data.length; ) {
    const end = data.indexOf('\n', at + PIECE) + 1 || data.length
    yield Buffer.from(data.slice(at, end))
    at = end
  }
}

const ACTIVE_TRANSACTION = '25001'

function described(error: ServerError): StatementFailure {
  const failure: StatementFailure = { error }
  // What follows the colon is the value, or the statement of a function.
  const context = /^(COPY .*?, line \d+(?:, column [^:]+)?|PL\/pgSQL function .* line \d+ at .*)/.exec(
    error.where?.split('\n')[0] ?? '',
  )?.[1]
  if (context) failure.context = context
  if (error.code === ACTIVE_TRANSACTION)
    failure.hint =
      'A script is one transaction, and this statement cannot be part of one: take it out, and run it by itself, for example by psql -c.'
  else if (/at or near ":"/.test(error.message))
    failure.hint = 'Variables of psql are not known here: write their values.'
  return failure
}
