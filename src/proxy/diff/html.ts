import { REDACTED } from '../../model/redact.ts'
import { cut, type Findings, shownText } from './findings.ts'
import { type HtmlToken, htmlTokens } from './html-tokens.ts'
import { isSecretField } from './secrets.ts'
import { textKind } from './value-kind.ts'

/**
 * Pages by their structure. Texts and attributes are told one by one as far as both have the same elements in the same
 * order; behind the first that is another, nothing more is told.
 *
 * @throws {Incomparable} answer too large, too deep
 */
export function compareHtml(primary: string, shadow: string, findings: Findings): void {
  if (primary === shadow) return
  const [was, is] = [htmlTokens(primary), htmlTokens(shadow)]
  let i = 0
  let j = 0
  while (i < was.length || j < is.length) {
    const [a, b] = [was[i], is[j]]
    if (a?.kind === 'text' && b?.kind !== 'text') {
      tell(findings, `${a.path} text`, 'absent', shownText(a.text), null)
      i++
    } else if (b?.kind === 'text' && a?.kind !== 'text') {
      tell(findings, `${b.path} text`, 'extra', null, shownText(b.text))
      j++
    } else if (a === undefined || b === undefined || a.kind !== b.kind || tagOf(a) !== tagOf(b)) {
      tell(findings, (a ?? b)!.path, 'structure', shownToken(a), shownToken(b))
      return
    } else {
      tellDifferences(a, b, findings)
      i++
      j++
    }
    if (findings.more) return
  }
}

function tagOf(token: HtmlToken): string {
  return token.kind === 'text' ? '' : token.tag
}

/** Of two tokens of one kind and tag. */
function tellDifferences(a: HtmlToken, b: HtmlToken, findings: Findings): void {
  if (a.kind === 'text' && b.kind === 'text') {
    if (a.text !== b.text)
      tell(findings, `${a.path} text`, textKind(a.text, b.text), shownText(a.text), shownText(b.text))
    return
  }
  if (a.kind !== 'open' || b.kind !== 'open') return
  const [was, is] = [new Map(a.attributes), new Map(b.attributes)]
  for (const name of new Set([...was.keys(), ...is.keys()])) {
    const [left = null, right = null] = [was.get(name), is.get(name)]
    if (left === right) continue
    const kind = left === null ? 'extra' : right === null ? 'absent' : textKind(left, right)
    const secret = isSecretField(name) || [was, is].some(map => isSecretField(nameGiven(map)))
    const shown = (value: string | null) => (value === null ? null : secret ? REDACTED : shownText(value))
    tell(findings, `${a.path}[${cut(name)}]`, kind, shown(left), shown(right))
  }
}

/** What `value` and `content` are values of: `<input name="csrf_token" value=…>`. */
function nameGiven(attributes: Map<string, string>): string {
  return attributes.get('name') ?? attributes.get('id') ?? attributes.get('property') ?? ''
}

function tell(
  findings: Findings,
  path: string,
  kind: string,
  primary: string | null,
  shadow: string | null,
): void {
  findings.add({ field: `body ${shortened(path)}`, path, kind, primary, shadow })
}

/** The innermost elements are what tells one place from another. */
function shortened(path: string): string {
  const parts = path.split(' > ')
  return parts.length <= 8 ? path : `… > ${parts.slice(-8).join(' > ')}`
}

function shownToken(token: HtmlToken | undefined): string | null {
  if (token === undefined) return null
  return token.kind === 'close'
    ? `</${token.tag}>`
    : token.kind === 'open'
      ? `<${token.tag}>`
      : shownText(token.text)
}
