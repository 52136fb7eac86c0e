import { floatOf, formatFloat } from '../values/float.ts'

const float32 = { kind: 'float', bits: 32 } as const

/** `[1,2.5]` of the 32-bit floats a VECTOR is on the wire; the server's own function writes six digits of each. */
export function vectorText(bytes: Buffer): string | null {
  if (bytes.length % 4 !== 0) return null
  const numbers: string[] = []
  for (let at = 0; at < bytes.length; at += 4) numbers.push(formatFloat(bytes.readFloatLE(at), 32))
  return `[${numbers.join(',')}]`
}

/** The same backwards; null for a text that is no list of 32-bit floats, or has digits they would lose. */
export function vectorBytes(text: string): Buffer | null {
  const list = /^\s*\[(.*)\]\s*$/s.exec(text)?.[1]
  if (list === undefined) return null
  const items = list.trim() === '' ? [] : list.split(',')
  const bytes = Buffer.alloc(items.length * 4)
  for (const [index, item] of items.entries()) {
    const float = Number(floatOf(item, float32, 'refuse') ?? Number.NaN)
    if (!Number.isFinite(float)) return null
    bytes.writeFloatLE(float, index * 4)
  }
  return bytes
}
