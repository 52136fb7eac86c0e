import { type ArraySpot, type Side, type Spot, spotIn } from './spot.ts'

/** Which elements belong together: indices of primary and shadow, null where one has no partner. */
export interface Pairing {
  pairs: [number | null, number | null][]
  /** What is to be said of the array besides: `array order`. */
  notes: { kind: string; primary: string; shadow: string }[]
}

/** The elements of an array that are not ignored. */
export class Elements {
  readonly spot: ArraySpot
  readonly side: Side
  readonly indices: number[] = []
  /** Numbers of the rules that leave elements out. */
  readonly ignoring = new Set<number>()

  constructor(spot: ArraySpot, side: Side) {
    this.spot = spot
    this.side = side
    for (let index = 0; index < spot.value.length; index++) {
      const ignored = side.rules.of(spot.value, index).find(({ excuse }) => excuse.kind === 'ignore')
      if (ignored === undefined) this.indices.push(index)
      else this.ignoring.add(ignored.number)
    }
  }

  get length(): number {
    return this.indices.length
  }

  at(index: number): Spot {
    return spotIn(this.spot, index)
  }
}
