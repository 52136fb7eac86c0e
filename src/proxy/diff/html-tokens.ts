import { type DefaultTreeAdapterMap, defaultTreeAdapter, parse } from 'parse5'
import { Incomparable, MAX_DEPTH } from './limits.ts'

/** Longer pages would hold the judge up; the parser makes about 10 MB a second. */
const MAX_LENGTH = 2 ** 23
const MAX_NODES = 1_000_000

export type HtmlToken =
  | { kind: 'open'; tag: string; attributes: [name: string, value: string][]; path: string }
  | { kind: 'close'; tag: string; path: string }
  /** `exact`: within an element whose space is shown. */
  | { kind: 'text'; text: string; path: string; exact: boolean }

type Node = DefaultTreeAdapterMap['node']
type Element = DefaultTreeAdapterMap['element']

const EXACT = new Set(['pre', 'textarea', 'script', 'style', 'listing', 'plaintext', 'xmp'])

/** Space next to their beginning and end is not shown (HTML §15.3). */
const BLOCKS = new Set(
  `html head body title meta link base script style template noscript address article aside blockquote br center dd
  details dialog dir div dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr
  legend li main menu nav ol optgroup option p pre search section select summary table caption colgroup col tbody
  td tfoot th thead tr ul`.split(/\s+/),
)

const BOOLEANS = new Set(
  `allowfullscreen async autofocus autoplay checked controls default defer disabled formnovalidate inert ismap
  itemscope loop multiple muted nomodule novalidate open playsinline readonly required reversed selected`.split(
    /\s+/,
  ),
)

/**
 * A page as the parser of the HTML standard understands it, without comments and space that is not shown.
 *
 * @throws {Incomparable} answer too large, too deep
 */
export function htmlTokens(text: string): HtmlToken[] {
  if (text.length > MAX_LENGTH)
    throw new Incomparable('answer too large', `HTML of ${text.length} characters`)
  const tokens: HtmlToken[] = []
  // A stack of our own: a page may be nested deeper than calls may be.
  const open: { element: Node; next: number; path: string; exact: boolean }[] = []
  open.push({ element: parseBounded(text), next: 0, path: '', exact: false })
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const child = childrenOf(top.element)[top.next++]
    if (child === undefined) {
      open.pop()
      if ('tagName' in top.element) tokens.push({ kind: 'close', tag: top.element.tagName, path: top.path })
    } else if ('tagName' in child) {
      const path = top.path === '' ? child.tagName : `${top.path} > ${child.tagName}`
      tokens.push({ kind: 'open', tag: child.tagName, attributes: attributesOf(child), path })
      open.push({ element: child, next: 0, path, exact: top.exact || EXACT.has(child.tagName) })
    } else if (child.nodeName === '#text' && 'value' in child) addText(tokens, child.value, top)
    else if (child.nodeName === '#documentType' && 'name' in child)
      addText(tokens, `<!doctype ${child.name} ${child.publicId}>`.replace(/ >$/, '>'), top)
  }
  return withoutHiddenSpace(tokens)
}

function childrenOf(node: Node): Node[] {
  if (node.nodeName === 'template' && 'content' in node) return node.content.childNodes
  return 'childNodes' in node ? node.childNodes : []
}

/** Comments between two texts are gone: they are one. */
function addText(
  tokens: HtmlToken[],
  value: string,
  { path, exact }: { path: string; exact: boolean },
): void {
  const text = exact ? value : value.replace(/[\t\n\f\r ]+/g, ' ')
  const last = tokens.at(-1)
  if (last?.kind === 'text' && last.path === path) last.text += text
  else tokens.push({ kind: 'text', text, path, exact })
}

function parseBounded(text: string): Node {
  let depth = 0
  let nodes = 0
  // What a parser does for a tag grows with how deep it stands, and unclosed formatting is opened again and again.
  const adapter: typeof defaultTreeAdapter = {
    ...defaultTreeAdapter,
    onItemPush: () => {
      if (++depth > MAX_DEPTH) throw new Incomparable('too deep', `HTML nested deeper than ${MAX_DEPTH}`)
      if (++nodes > MAX_NODES)
        throw new Incomparable('answer too large', `HTML of more than ${MAX_NODES} elements`)
    },
    onItemPop: () => void depth--,
  }
  return parse(text, { treeAdapter: adapter, scriptingEnabled: false })
}

/** By name; classes are a set, and of boolean attributes only whether they are there. */
function attributesOf({ attrs }: Element): [string, string][] {
  return attrs
    .map(({ name, value, prefix }): [string, string] => {
      const known = prefix ? `${prefix}:${name}` : name
      if (BOOLEANS.has(known)) return [known, '']
      if (known === 'class') return [known, [...new Set(value.split(/\s+/).filter(Boolean))].sort().join(' ')]
      return [known, value]
    })
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

function withoutHiddenSpace(tokens: HtmlToken[]): HtmlToken[] {
  const kept: HtmlToken[] = []
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'text' || token.exact) {
      kept.push(token)
      continue
    }
    let text = token.text.replace(/ {2,}/g, ' ')
    if (isBoundary(kept.at(-1))) text = text.replace(/^ /, '')
    if (isBoundary(tokens[index + 1])) text = text.replace(/ $/, '')
    if (text !== '') kept.push({ ...token, text })
  }
  return kept
}

function isBoundary(token: HtmlToken | undefined): boolean {
  return token === undefined || (token.kind !== 'text' && BLOCKS.has(token.tag))
}
