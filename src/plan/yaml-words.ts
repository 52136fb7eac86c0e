import { type Document, type Scalar, visit } from 'yaml'

/**
 * Words YAML takes for a number, true, false or null, and that would come out as another text than they are written:
 * `9007199254740993` loses its last digit, the key `01` becomes `1`, and the key `null` the empty text.
 */
export function changedWords(yaml: Document): { offset: number; message: string }[] {
  const found: { offset: number; message: string }[] = []
  visit(yaml, {
    Scalar(place, node) {
      const { value, source, range } = node as Scalar & { source?: string }
      if (typeof value === 'string' || source === undefined || !range) return
      const read = value === null ? '' : String(value)
      const same = place === 'key' ? read === source : typeof value !== 'number' || isKept(source, read)
      if (!same)
        found.push({
          offset: range[0],
          message: `${source} would be read as ${read === '' ? 'an empty text' : read}: write "${source}"`,
        })
    },
  })
  return found
}

/** Zeros at the end of a fraction say nothing of the number; those before it are no part of one. */
function isKept(source: string, read: string): boolean {
  const [, sign, digits, fraction = ''] = /^([-+]?)(\d+)(\.\d*)?$/.exec(source) ?? []
  if (digits === undefined) return true
  const written = digits + fraction.replace(/\.?0*$/, '')
  return (sign === '-' && written !== '0' ? '-' : '') + written === read
}
