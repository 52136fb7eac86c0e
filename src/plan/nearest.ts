import { closest } from 'fastest-levenshtein'

/** `; nearest: "users"`, for messages about a name that is not there. */
export function nearest(wanted: string, among: { name: string }[]): string {
  if (among.length === 0) return ''
  return `; nearest: "${closest(
    wanted,
    among.map(one => one.name),
  )}"`
}
