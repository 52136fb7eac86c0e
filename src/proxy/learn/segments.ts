import { remembered } from '../remembered.ts'

/** One segment of a path, as it is called in the names of endpoints. */
export interface Segment {
  /** `students`, `{uuid}`, `{number}.json`; braces of the path itself are percent-encoded. */
  text: string
  /** `id`: certainly a value. `slug`: reads like one (digits, several hyphens). `word`: reads like a name of the application's. */
  shape: 'id' | 'slug' | 'word'
  /** What stays behind `{slug}` where such segments turn out to be values: `.json`. */
  extension: string
}

const EXTENSIONS = new Set(
  `json xml html htm xhtml js mjs cjs css map png jpg jpeg gif svg webp avif ico bmp woff woff2 ttf otf eot pdf csv tsv
   txt md zip gz tgz mp3 mp4 webm ogg wav mov php asp aspx jsp jspx do action cgi rss atom ics vcf yaml yml webmanifest
   wasm xls xlsx doc docx ppt pptx geojson jsonld ndjson turbo_stream`.split(/\s+/),
)

/** Nobody names a resource at such length. */
const LONGEST_NAME = 64
const LONGEST_SEGMENT = 400
const DEEPEST = 16

const SLUG: Segment = { text: '{slug}', shape: 'id', extension: '' }
/** What a path deeper than any application's goes on with. */
const REST: Segment = { text: '{rest}', shape: 'id', extension: '' }

/**
 * The segments of a request's target, without query and fragment.
 *
 * Empty segments are left out, so `/students/`, `/students` and `//students` are one endpoint: where a stack answers one
 * of them differently, the status shows it. `.` and `..` are not resolved, since the stacks are sent them as they are.
 * Parameters of a segment (`;jsessionid=…`, RFC 3986 section 3.3) are left out. Case counts.
 */
export function segmentsOf(target: string): Segment[] {
  const path = pathOf(target)
  const segments: Segment[] = []
  let start = 0
  while (start < path.length) {
    const slash = path.indexOf('/', start)
    const end = slash < 0 ? path.length : slash
    if (end > start) {
      const semicolon = path.indexOf(';', start)
      const stop = semicolon >= 0 && semicolon < end ? semicolon : end
      if (stop > start) {
        if (segments.length === DEEPEST) {
          segments.push(REST)
          break
        }
        segments.push(stop - start > LONGEST_SEGMENT ? SLUG : segmentOf(path.slice(start, stop)))
      }
    }
    start = end + 1
  }
  return segments
}

/** Path of a target, without query and fragment. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  const path = query < 0 ? target : target.slice(0, query)
  const fragment = path.indexOf('#')
  return fragment < 0 ? path : path.slice(0, fragment)
}

export const segmentOf = remembered(4096, classify)

function classify(raw: string): Segment {
  if (/^[A-Za-z]{1,24}$/.test(raw)) return { text: raw, shape: 'word', extension: '' }
  const text = decoded(raw)
  const extension = extensionOf(text)
  const stem = extension === '' ? text : text.slice(0, -extension.length)
  const named =
    extension === '' || stem.length > 128 || formOf(stem) !== null ? stem : withoutContentHash(stem)
  if (named !== stem && named.length <= LONGEST_NAME) {
    const pieces = named.split('{hash}').map(escaped)
    return { text: pieces.join('{hash}') + extension, shape: named === '{hash}' ? 'id' : 'slug', extension }
  }
  const value = placeholderOf(stem)
  if (value !== null) return { text: value + extension, shape: 'id', extension }
  const [, name, key] = /^([A-Za-z_]\w{0,63})\((.+)\)$/s.exec(stem) ?? []
  // OData: `Students(17)`.
  if (key !== undefined) return { text: `${name}({key})${extension}`, shape: 'word', extension }
  const [, of, verb] = /^(.+):([A-Za-z]{2,24})$/s.exec(stem) ?? []
  const verbOf = of === undefined ? null : placeholderOf(of)
  // Google's custom methods: `17:cancel`.
  if (verbOf !== null) return { text: `${verbOf}:${verb}${extension}`, shape: 'word', extension }
  if (text.length > LONGEST_NAME) return { text: `{slug}${extension}`, shape: 'id', extension }
  return { text: escaped(text), shape: isSlug(stem) ? 'slug' : 'word', extension }
}

/** What certainly is a value and no name, by its form alone; null for everything else. */
export function placeholderOf(text: string): string | null {
  return formOf(text) ?? (isRandom(text) ? '{token}' : null)
}

function formOf(text: string): string | null {
  if (/^[+-]?\d+(\.\d+)*$/.test(text)) return '{number}'
  if (/^[+-]?\d+(\.\d+)?(,[+-]?\d+(\.\d+)?)+$/.test(text)) return '{numbers}'
  if (/^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i.test(text)) return '{uuid}'
  if (/^\d{4}-\d{2}(-\d{2}([T ]\d{2}:?\d{2}(:?\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?$/.test(text))
    return '{date}'
  if (/^[0-9a-f]{16,}$/i.test(text) && (/\d/.test(text) || text.length >= 24)) return '{hash}'
  if (/^[^@\s/]+@[^@\s/]+\.[A-Za-z]{2,}$/.test(text)) return '{email}'
  if (/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)) return '{ulid}'
  if (/^\d+-[^\d]/.test(text)) return '{slug}'
  const digits = text.replace(/\D/g, '').length
  if (
    digits >= 4 &&
    digits * 2 >= text.replace(/[-_]/g, '').length &&
    /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(text)
  )
    return '{code}'
  return null
}

/**
 * Base64url, base62 and base36 of random bytes. Words come in long pieces of one kind of letter: `getStudentByName` has
 * four of 4 letters on average, random base62 pieces of less than 2; random base36 has its digits in many places.
 */
function isRandom(text: string): boolean {
  const bare = text.replace(/^[A-Za-z]{2,8}_(?=[A-Za-z0-9]{14})/, '').replace(/={1,2}$/, '')
  if (bare.length < 14 || !/^[A-Za-z0-9_-]+$/.test(bare)) return false
  const separators = bare.replace(/[^_-]/g, '').length
  if (separators > bare.length / 8) return false
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter(kind => kind.test(bare)).length
  const pieces = bare.match(/[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? []
  if (kinds >= 2 && pieces.length > 0 && (bare.length - separators) / pieces.length < 2.6) return true
  return separators === 0 && (bare.match(/\d+/g) ?? []).length >= 3
}

/** `v2`, `oauth2` and `sign-in` are names; `spring-sale-in-june`, `user4711` and `münchen` may be. */
function isSlug(stem: string): boolean {
  if (stem.length > 24 || /[^\x21-\x7e]|[/%@~+,!'"]/.test(stem)) return true
  if (/^v\d+(\.\d+)*((alpha|beta|rc)\d*)?$/i.test(stem)) return false
  if ((stem.match(/[-_.:]/g) ?? []).length >= 2) return true
  return /\d/.test(stem) && !/^[A-Za-z]+\d{1,2}$/.test(stem)
}

/** Known ones alone: `/download/v1.beta` has none, and strangers cannot make up new ones. */
function extensionOf(text: string): string {
  const [, last] = /.\.([A-Za-z0-9_]{1,12})$/.exec(text) ?? []
  if (last === undefined || !EXTENSIONS.has(last.toLowerCase())) return ''
  const double = /.(\.(?:js|mjs|css)\.map|\.tar\.gz)$/.exec(text)?.[1]
  return double ?? `.${last}`
}

/** `main.8e0d6f2c.chunk` and `index-BxK3f9aQ` of build tools are called the same after every build. */
function withoutContentHash(stem: string): string {
  return stem
    .replace(/(?<=^|[.\-_])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,64}(?=$|[.\-_])/g, '{hash}')
    .replace(/(?<=.[.-])(?=[A-Za-z0-9_-]*\d)(?=[A-Za-z0-9_-]*[A-Z])[A-Za-z0-9_-]{8}$/, '{hash}')
}

function decoded(raw: string): string {
  if (!raw.includes('%')) return raw
  try {
    return decodeURIComponent(raw)
  } catch {
    // `/50%-off` is sent as it is, and is called so.
    return raw
  }
}

/** Printable ASCII without braces and slashes, whatever was in the path. */
function escaped(text: string): string {
  return text.replace(/[^\x21-\x7e]+|[{}/?#]/g, piece =>
    [...Buffer.from(piece, 'utf8')]
      .map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  )
}
