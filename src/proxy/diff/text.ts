import { type Findings, shownText } from './findings.ts'
import { textKind } from './value-kind.ts'

/** Texts but for how their lines end. Told is the first line that differs. */
export function compareTexts(primary: string, shadow: string, findings: Findings): void {
  const [was, is] = [lineEndings(primary), lineEndings(shadow)]
  if (was === is) return
  let at = 0
  while (at < was.length && was.charCodeAt(at) === is.charCodeAt(at)) at++
  let start = at === 0 ? 0 : was.lastIndexOf('\n', at - 1) + 1
  let lines = [lineAt(was, start), lineAt(is, start)] as const
  // One of them ends here; what the other has is on its next line.
  if (lines[0] === lines[1]) {
    start += lines[0]!.length + 1
    lines = [lineAt(was, start), lineAt(is, start)]
  }
  const [left, right] = lines
  const shown = (line: string | null) => (line === null ? null : shownText(line))
  findings.add({
    field: 'body text',
    path: `line ${lineNumber(was.length > is.length ? was : is, start)}`,
    kind: kindOf(left, right),
    primary: shown(left),
    shadow: shown(right),
  })
}

function kindOf(primary: string | null, shadow: string | null): string {
  if ((primary ?? '') === (shadow ?? '')) return 'last line end'
  if (primary === null) return 'extra lines'
  return shadow === null ? 'lines absent' : textKind(primary, shadow)
}

function lineEndings(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}

/** null behind the last line. */
function lineAt(text: string, start: number): string | null {
  if (start > text.length) return null
  const end = text.indexOf('\n', start)
  return text.slice(start, end === -1 ? text.length : end)
}

function lineNumber(text: string, end: number): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
