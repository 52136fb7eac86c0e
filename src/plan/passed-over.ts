import type { Catalog } from '../model/catalog.ts'

/** A sentence on tables of the source that nothing is asked about, because they are Paritygate's own; null where there are none. */
export function passedOver({ own }: Catalog): string | null {
  if (own.length === 0) return null
  return `holds tables of Paritygate's own, from a migrate into it, which are passed over: ${own.join(', ')}`
}
