import { type LogicalType, typeName } from '../model/logical-type.ts'

export interface Loss {
  /**
   * `rounding`: a value that would change is refused, unless the plan accepts the loss for its column; `refusal`: a value
   * that does not fit is refused, whatever the plan says; `form`: every value is kept, though not as it was.
   */
  kind: 'rounding' | 'refusal' | 'form'
  note: string
}

type Of<Kind extends LogicalType['kind']> = LogicalType & { kind: Kind }

/** Losses by the types alone, each engine holding its column to its type. */
export function lossesOf(own: LogicalType, target: LogicalType): Loss[] {
  switch (own.kind) {
    case 'boolean':
      return target.kind === 'integer' ? form('kept as 0 and 1') : changedKind(own, target)
    case 'integer':
      return ofInteger(own, target)
    case 'decimal':
      return ofDecimal(own, target)
    case 'float':
      return ofFloat(own, target)
    case 'date':
      return target.kind === 'timestamp' ? form('kept as its midnight') : changedKind(own, target)
    case 'time':
      return ofTime(own, target)
    case 'timestamp':
      return ofTimestamp(own, target)
    case 'text':
      return ofText(own, target)
    case 'bytes':
      return ofBytes(own, target)
    case 'bits':
      return ofBits(own, target)
    case 'enum':
    case 'set':
      return ofLabels(own, target)
    case 'json':
      if (target.kind !== 'json') return changedKind(own, target)
      return [
        ...(!own.binary && target.binary
          ? form('spaces, the order of keys, and all but the last of equal keys')
          : []),
        ...(!own.doubles && target.doubles
          ? refusal('numbers that are no 64-bit integer and no double')
          : []),
      ]
    case 'array':
      if (target.kind === 'array')
        return own.element === target.element ? [] : refusal(`what is no ${typeName(target)}`)
      return changedKind(own, target)
    case 'any':
      return target.kind === 'any' ? [] : form('numbers and blobs keep their text form')
    case 'other':
      return target.kind === 'other' && target.name === own.name ? [] : form('kept as its text')
    case 'uuid':
      return changedKind(own, target)
  }
}

function rounding(note: string): Loss[] {
  return [{ kind: 'rounding', note }]
}

function refusal(note: string): Loss[] {
  return [{ kind: 'refusal', note }]
}

function form(note: string): Loss[] {
  return [{ kind: 'form', note }]
}

/** Text, bytes and JSON take any value in some form; what another type takes depends on the value. */
function changedKind(own: LogicalType, target: LogicalType): Loss[] {
  if (own.kind === target.kind) return []
  if (['text', 'bytes', 'json', 'other', 'any'].includes(target.kind))
    return form(`kept as ${typeName(target)}`)
  return refusal(`what is no ${typeName(target)}`)
}

function ofInteger(own: Of<'integer'>, target: LogicalType): Loss[] {
  if (target.kind === 'boolean') return refusal('what is neither 0 nor 1')
  if (target.kind === 'float') {
    const exact = target.bits === 32 ? 24 : 53
    return own.bits - (own.unsigned ? 0 : 1) > exact ? rounding(`integers beyond 2^${exact}`) : []
  }
  if (target.kind === 'decimal') {
    const whole = wholeDigits(target)
    return whole < range(own)[1].toString().length ? refusal(`numbers of more than ${whole} digits`) : []
  }
  if (target.kind !== 'integer') return changedKind(own, target)
  const [[least, greatest], [low, high]] = [range(own), range(target)]
  return low <= least && greatest <= high ? [] : refusal(`numbers outside ${low}…${high}`)
}

function range({ bits, unsigned }: Of<'integer'>): [bigint, bigint] {
  const size = 2n ** BigInt(bits)
  return unsigned ? [0n, size - 1n] : [-size / 2n, size / 2n - 1n]
}

/** Digits before the point. */
function wholeDigits({ precision, scale }: Of<'decimal'>): number {
  return precision === undefined ? Number.POSITIVE_INFINITY : precision - (scale ?? 0)
}

function scaleOf({ precision, scale }: Of<'decimal'>): number {
  return precision === undefined ? Number.POSITIVE_INFINITY : (scale ?? 0)
}

function ofDecimal(own: Of<'decimal'>, target: LogicalType): Loss[] {
  if (target.kind === 'float') {
    const exact = target.bits === 32 ? 6 : 15
    return [
      ...((own.precision ?? Number.POSITIVE_INFINITY) > exact ? rounding(`digits beyond ${exact}`) : []),
      ...floatScale(scaleOf(own), target),
    ]
  }
  if (target.kind === 'integer')
    return [
      ...(scaleOf(own) > 0 ? refusal('what is no whole number') : []),
      ...(wholeDigits(own) >= range(target)[1].toString().length
        ? refusal(`numbers outside ${range(target).join('…')}`)
        : []),
    ]
  if (target.kind !== 'decimal') return changedKind(own, target)
  return [
    ...(scaleOf(own) > scaleOf(target)
      ? rounding(`more than ${scaleOf(target)} digits after the point`)
      : []),
    ...(wholeDigits(own) > wholeDigits(target)
      ? refusal(`numbers of more than ${wholeDigits(target)} digits before the point`)
      : []),
  ]
}

function ofFloat(own: Of<'float'>, target: LogicalType): Loss[] {
  if (target.kind === 'float')
    return [
      ...(own.bits > target.bits ? rounding('digits beyond those of 32 bits') : []),
      ...floatScale(own.scale ?? Number.POSITIVE_INFINITY, target),
    ]
  if (target.kind === 'integer') return refusal('what is no whole number, or too large')
  if (target.kind !== 'decimal') return changedKind(own, target)
  if (target.precision === undefined) return []
  return [
    ...rounding(`more than ${scaleOf(target)} digits after the point`),
    ...refusal(`infinities, and numbers of more than ${wholeDigits(target)} digits before the point`),
  ]
}

/** `FLOAT(m,d)` of MySQL keeps d digits. */
function floatScale(scale: number, target: Of<'float'>): Loss[] {
  return target.scale !== undefined && scale > target.scale
    ? rounding(`more than ${target.scale} digits after the point`)
    : []
}

function ofTime(own: Of<'time'>, target: LogicalType): Loss[] {
  if (target.kind !== 'time') return changedKind(own, target)
  return [
    ...fractions(own, target),
    ...(own.span && !target.span ? refusal('what is negative or passes 24 hours') : []),
  ]
}

function ofTimestamp(own: Of<'timestamp'>, target: LogicalType): Loss[] {
  if (target.kind === 'date') return rounding('the time of day')
  if (target.kind !== 'timestamp') return changedKind(own, target)
  return [
    ...fractions(own, target),
    ...(own.zone && !target.zone ? form('the time zone: kept in UTC') : []),
    ...(!own.zone && target.zone ? form('taken to be in UTC') : []),
  ]
}

function fractions(own: { precision: number }, target: { precision: number }): Loss[] {
  return own.precision > target.precision ? rounding(`digits of a second beyond ${target.precision}`) : []
}

function ofText(own: Of<'text'>, target: LogicalType): Loss[] {
  if (target.kind === 'enum') return refusal('what is none of its labels')
  if (target.kind === 'set') return refusal('what is no list of its members')
  if (target.kind === 'json') return refusal('what is no JSON')
  if (target.kind !== 'text') return changedKind(own, target)
  return [
    ...(shorter(own, target) ? refusal(`what is longer than ${target.length} characters`) : []),
    ...(!own.padded && target.padded ? form('spaces at the end') : []),
    ...(own.folded && !target.folded ? form("'A' is no longer the same as 'a'") : []),
    ...(!own.folded && target.folded ? form("'A' becomes the same as 'a'") : []),
  ]
}

function ofBytes(own: Of<'bytes'>, target: LogicalType): Loss[] {
  if (target.kind === 'uuid') return own.padded && own.length === 16 ? [] : refusal('what is not 16 bytes')
  if (target.kind !== 'bytes') return changedKind(own, target)
  const filled = target.padded && !(own.padded && own.length === target.length)
  return [
    ...(shorter(own, target) ? refusal(`what is longer than ${target.length} bytes`) : []),
    ...(filled ? form('shorter values are filled up with zero bytes') : []),
  ]
}

function shorter(own: { length?: number }, target: { length?: number }): boolean {
  return target.length !== undefined && (own.length === undefined || own.length > target.length)
}

function ofBits(own: Of<'bits'>, target: LogicalType): Loss[] {
  if (target.kind === 'boolean') return own.length > 1 ? refusal('what is neither 0 nor 1') : []
  if (target.kind === 'integer')
    return [
      ...(own.varying ? rounding('zeros at the beginning') : []),
      ...(own.length > range(target)[1].toString(2).length
        ? refusal(`numbers outside ${range(target).join('…')}`)
        : form('kept as a number')),
    ]
  if (target.kind !== 'bits') return changedKind(own, target)
  if (own.varying && !target.varying) return refusal(`what is not ${target.length} bits`)
  return own.length > target.length ? refusal(`what is longer than ${target.length} bits`) : []
}

const LABELS_SHOWN = 5

function ofLabels(own: Of<'enum'> | Of<'set'>, target: LogicalType): Loss[] {
  const what = own.kind === 'enum' ? 'labels' : 'members'
  if (target.kind === 'enum' || target.kind === 'set') {
    if (own.kind === 'set' && target.kind === 'enum') return refusal('more than one member')
    const missing = own.labels.filter(label => !target.labels.includes(label))
    const more = missing.length > LABELS_SHOWN ? ', …' : ''
    return missing.length > 0
      ? refusal(`${what} the target does not have: ${missing.slice(0, LABELS_SHOWN).join(', ')}${more}`)
      : []
  }
  return target.kind === 'text' ? form(`the ${what} are no longer enforced`) : changedKind(own, target)
}
