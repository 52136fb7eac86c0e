import type { ErrorCode } from '../model/error.ts'
import type { UnscorableCause } from '../model/scoreboard.ts'
import type { Beside } from './beside.ts'
import type { Answer, Ask, MirroredRequest } from './exchange.ts'
import {
  cutOut,
  type PackedAnswer,
  packAnswer,
  packHeaders,
  type Slab,
  type Slice,
  unpackAnswer,
  unpackHeaders,
} from './packed-answer.ts'

/** What the data path says of its exchanges, in order. */
export type Said =
  | { kind: 'ask'; ask: PackedAsk }
  | { kind: 'answered'; id: number; answer: PackedAnswer }
  | { kind: 'gave up'; id: number; cause: UnscorableCause }
  | { kind: 'unscored'; request: MirroredRequest; cause: UnscorableCause }

interface PackedAsk extends Omit<Ask, 'rawHeaders' | 'body'> {
  rawHeaders: string
  body: Slice | null
}

export type ToBeside =
  | { kind: 'said'; said: Said[]; bodies: ArrayBuffer[] }
  /** Exchanges of which nothing is known but that there were any. */
  | { kind: 'lost'; cause: UnscorableCause; count: number }
  | { kind: 'close'; drainMs: number }

export type FromBeside =
  | { kind: 'ready' }
  /** Nothing more needs to be said of these exchanges. */
  | { kind: 'ended'; ids: number[] }
  /** Sent every so often, as a sign of life too. */
  | { kind: 'mirroring'; on: boolean }
  | { kind: 'log'; level: 'info' | 'warn'; line: string }
  | { kind: 'failed'; code: ErrorCode; message: string; where: string | undefined }

export function packAsk({ rawHeaders, body, ...rest }: Ask, slab: Slab): Said {
  const slice = body === null ? null : slab.put(body)
  return { kind: 'ask', ask: { ...rest, rawHeaders: packHeaders(rawHeaders), body: slice } }
}

export function packAnswered(id: number, answer: Answer, slab: Slab): Said {
  return { kind: 'answered', id, answer: packAnswer(answer, slab) }
}

/** Says it again, on the other side. */
export function sayAgain(said: Said, bodies: ArrayBuffer[], beside: Beside): void {
  switch (said.kind) {
    case 'ask': {
      const { rawHeaders, body, ...rest } = said.ask
      beside.ask({
        ...rest,
        rawHeaders: unpackHeaders(rawHeaders),
        body: body === null ? null : cutOut(bodies, body),
      })
      break
    }
    case 'answered':
      beside.answered(said.id, unpackAnswer(said.answer, bodies))
      break
    case 'gave up':
      beside.gaveUp(said.id, said.cause)
      break
    case 'unscored':
      beside.unscored(said.request, said.cause)
      break
  }
}
