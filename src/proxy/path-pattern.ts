import { pathSegments } from './route-match.ts'

/**
 * Whether the segments of a path fit a pattern in which `*` stands for one segment and `**` for any number of them, none
 * included. Takes at most pattern × path steps: only the last `**` is ever gone back to.
 */
export function pathPattern(written: string): (segments: readonly string[]) => boolean {
  const pattern = pathSegments(written)
  return segments => {
    let at = 0
    let afterStars = -1
    let taken = 0
    for (let index = 0; index < segments.length; ) {
      const wanted = pattern[at]
      if (wanted === '**') {
        at += 1
        afterStars = at
        taken = index
      } else if (wanted !== undefined && (wanted === '*' || wanted === segments[index])) {
        at += 1
        index += 1
      } else if (afterStars !== -1) {
        at = afterStars
        taken += 1
        index = taken
      } else return false
    }
    while (pattern[at] === '**') at += 1
    return at === pattern.length
  }
}
