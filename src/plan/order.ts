import type { Mapping } from './mapping.ts'
import { dependenciesOf } from './phases.ts'

/**
 * Mappings in the order they can be loaded: parents before children, tables that refer to each other in a circle together
 * (Tarjan's strongly connected components, SIAM J. Comput. 1(2), 1972).
 */
export function loadOrder(mappings: Mapping[]): Mapping[][] {
  const state = new Map<Mapping, { index: number; low: number; open: boolean }>()
  const stack: Mapping[] = []
  const groups: Mapping[][] = []

  const visit = (mapping: Mapping): number => {
    const own = { index: state.size, low: state.size, open: true }
    state.set(mapping, own)
    stack.push(mapping)
    for (const { on: parent } of dependenciesOf(mapping, mappings)) {
      const seen = state.get(parent)
      if (!seen) own.low = Math.min(own.low, visit(parent))
      else if (seen.open) own.low = Math.min(own.low, seen.index)
    }
    if (own.low === own.index) {
      const group = stack.splice(stack.indexOf(mapping))
      for (const member of group) state.get(member)!.open = false
      groups.push(group)
    }
    return own.low
  }
  for (const mapping of mappings) if (!state.has(mapping)) visit(mapping)
  return groups
}
