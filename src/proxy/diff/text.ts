import { type Findings, shownText } from './findings.ts'
import { textKind } from './value-kind.ts'

/** Texts but for how their lines end. @returns whether they differ; told is the first line that does */
export function compareTexts(primary: string, shadow: string, findings: Findings): boolean {
  const [was, is] = [lineEndings(primary), lineEndings(shadow)]
  if (was === is) return false
  let at = 0
  while (at < was.length && was.charCodeAt(at) === is.charCodeAt(at)) at++
  const start = at === 0 ? 0 : was.lastIndexOf('\n', at - 1) + 1
  const lines = [lineAt(was, start), lineAt(is, start)] as const
  const number = countLines(was, start)
  const more = lines[0] === null || lines[1] === null
  findings.add({
    field: 'body text',
    path: `line ${number}`,
    kind: more ? (lines[0] === null ? 'extra lines' : 'lines absent') : textKind(lines[0]!, lines[1]!),
    primary: lines[0] === null ? null : shownText(lines[0]),
    shadow: lines[1] === null ? null : shownText(lines[1]),
  })
  return true
}

function lineEndings(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}

/** null behind the last line. */
function lineAt(text: string, start: number): string | null {
  if (start > text.length || (start === text.length && start > 0)) return null
  const end = text.indexOf('\n', start)
  return text.slice(start, end === -1 ? text.length : end)
}

function countLines(text: string, end: number): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
