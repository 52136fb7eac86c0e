import type { Answer, AnswerBody, Exchange, MirroredRequest, Observation, Unscored } from '../exchange.ts'

/**
 * Observations as they cross to the judge's thread. A view crosses with all of the memory it looks at, so bodies are copied
 * side by side into memory that is handed over; and a text crosses faster than a list of texts.
 */
export interface Batch {
  bodies: ArrayBuffer
  observations: (PackedExchange | Unscored)[]
}

interface PackedExchange extends Omit<Exchange, 'primary' | 'shadow' | 'control'> {
  request: MirroredRequest
  primary: PackedAnswer
  shadow: PackedAnswer
  control: PackedAnswer | null
}

interface PackedAnswer extends Omit<Answer, 'headers' | 'body'> {
  /** By line feeds, which no header holds. */
  headers: string
  body: Extract<AnswerBody, { kind: 'digest' }> | { kind: 'whole' | 'prefix'; start: number; length: number }
}

export function pack(observations: Observation[]): Batch {
  let length = 0
  for (const observation of observations) length += bytesOf(observation)
  const bodies = new Uint8Array(length)
  let end = 0
  const packed = (answer: Answer): PackedAnswer => {
    const { headers, body, ...rest } = answer
    const text = headers.join('\n')
    if (body.kind === 'digest') return { ...rest, headers: text, body }
    const start = end
    bodies.set(body.bytes, start)
    end += body.bytes.length
    return { ...rest, headers: text, body: { kind: body.kind, start, length: body.bytes.length } }
  }
  return {
    bodies: bodies.buffer,
    observations: observations.map(observation =>
      observation.kind === 'unscored'
        ? observation
        : {
            kind: 'exchange',
            request: observation.request,
            primary: packed(observation.primary),
            shadow: packed(observation.shadow),
            control: observation.control && packed(observation.control),
          },
    ),
  }
}

export function unpack({ bodies, observations }: Batch): Observation[] {
  const answer = ({ headers, body, ...rest }: PackedAnswer): Answer => ({
    ...rest,
    headers: headers === '' ? [] : headers.split('\n'),
    body:
      body.kind === 'digest'
        ? body
        : { kind: body.kind, bytes: new Uint8Array(bodies, body.start, body.length) },
  })
  return observations.map(observation =>
    observation.kind === 'unscored'
      ? observation
      : {
          kind: 'exchange',
          request: observation.request,
          primary: answer(observation.primary),
          shadow: answer(observation.shadow),
          control: observation.control && answer(observation.control),
        },
  )
}

/** Of the bodies an observation carries. */
export function bytesOf(observation: Observation): number {
  if (observation.kind === 'unscored') return 0
  const { primary, shadow, control } = observation
  return bodyBytes(primary) + bodyBytes(shadow) + (control ? bodyBytes(control) : 0)
}

function bodyBytes({ body }: Answer): number {
  return body.kind === 'digest' ? 0 : body.bytes.length
}
