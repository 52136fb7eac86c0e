import type { Exchange, Observation, Unscored } from '../exchange.ts'
import { keptBytesOf, type PackedAnswer, packAnswer, Slab, unpackAnswer } from '../packed-answer.ts'

/** Observations as they cross to the judge's thread. */
export interface Batch {
  bodies: ArrayBuffer[]
  observations: (PackedExchange | Unscored)[]
}

interface PackedExchange extends Omit<Exchange, 'primary' | 'shadow' | 'control'> {
  primary: PackedAnswer
  shadow: PackedAnswer
  control: PackedAnswer | null
}

export function pack(observations: Observation[]): Batch {
  const slab = new Slab()
  const packed = observations.map((observation): PackedExchange | Unscored => {
    if (observation.kind === 'unscored') return observation
    const { primary, shadow, control } = observation
    return {
      ...observation,
      primary: packAnswer(primary, slab),
      shadow: packAnswer(shadow, slab),
      control: control && packAnswer(control, slab),
    }
  })
  return { bodies: slab.memory(), observations: packed }
}

export function unpack({ bodies, observations }: Batch): Observation[] {
  return observations.map(observation => {
    if (observation.kind === 'unscored') return observation
    const { primary, shadow, control } = observation
    return {
      ...observation,
      primary: unpackAnswer(primary, bodies),
      shadow: unpackAnswer(shadow, bodies),
      control: control && unpackAnswer(control, bodies),
    }
  })
}

/** Of the bodies an observation carries. */
export function bytesOf(observation: Observation): number {
  if (observation.kind === 'unscored') return 0
  const { primary, shadow, control } = observation
  return keptBytesOf(primary) + keptBytesOf(shadow) + (control ? keptBytesOf(control) : 0)
}
