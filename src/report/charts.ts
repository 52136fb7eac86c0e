import type { Coverage } from '../model/coverage.ts'
import {
  agreementCounts,
  count,
  differenceCounts,
  type LedgerFigures,
  number,
  type VerifyFigures,
} from './figures.ts'
import { escapeHtml } from './html-text.ts'

/** Each texture is told from the others without colour. */
type Texture = 'plain' | 'stripes' | 'dots' | 'grid' | 'lines'

interface Part {
  name: string
  texture: Texture
}

interface Bar {
  name: string
  /** One figure for each part of the chart. */
  figures: number[]
  text: string
}

const WIDTH = 820
const NAME_WIDTH = 176
const BAR_WIDTH = 280
const ROW = 24
const LEGEND = 30
const NAME_CHARACTERS = 26
/** A part that is there at all stays visible beside a million others. */
const LEAST = 4
const MOST_BARS = 40

const SHARES = 'Each bar is the rows of one table; a share too thin to see is drawn wider.'
const COVERED = 'What the plan does with each subject of the source.'

/** One bar per compared table, those that differ first; empty where no table was compared. */
export function tablesChart(verify: VerifyFigures): string {
  const parts: Part[] = [
    { name: 'matched', texture: 'plain' },
    { name: 'missing', texture: 'stripes' },
    { name: 'extra', texture: 'dots' },
    { name: 'changed', texture: 'grid' },
    { name: 'excused', texture: 'lines' },
  ]
  const bars = verify.tables.map(table => ({
    name: table.table,
    figures: [table.matched, table.missing, table.extra, table.changed, table.excused_rows],
    text: table.differences > 0 ? differenceCounts(table) : agreementCounts(table),
  }))
  return chart(
    'tables-chart',
    'Rows per table: matched, missing, extra, changed and excused',
    SHARES,
    parts,
    bars,
  )
}

/** What becomes of the source's subjects, as one bar; empty where the plan names none. */
export function coverageChart(coverage: Coverage): string {
  const figures = [coverage.mapped.length, coverage.archived.length, coverage.ignored.length]
  const [mapped, archived, ignored] = figures.map(number)
  const parts: Part[] = [
    { name: 'mapped', texture: 'plain' },
    { name: 'archived', texture: 'dots' },
    { name: 'ignored', texture: 'stripes' },
  ]
  const text = `${mapped} mapped, ${archived} archived, ${ignored} ignored`
  const bars = figures.every(value => value === 0) ? [] : [{ name: 'Source', figures, text }]
  return chart('coverage-chart', 'Source: mapped, archived and ignored', COVERED, parts, bars)
}

/** One bar per moved table, those that do not balance first. */
export function ledgerChart(ledger: LedgerFigures): string {
  const parts: Part[] = [
    { name: 'written', texture: 'plain' },
    { name: 'quarantined', texture: 'stripes' },
    { name: 'excluded', texture: 'dots' },
    { name: 'unaccounted for', texture: 'grid' },
  ]
  const bars = ledger.entries.map(entry => ({
    name: entry.table,
    figures: [entry.written, entry.quarantined, entry.excluded, Math.max(0, entry.unaccounted)],
    text: `${number(entry.written)} of ${count(entry.read, 'row')} written`,
  }))
  return chart('ledger-chart', 'Rows read per table: written, quarantined, excluded', SHARES, parts, bars)
}

function chart(id: string, title: string, caption: string, parts: Part[], bars: Bar[]): string {
  if (bars.length === 0) return ''
  const drawn = bars.slice(0, MOST_BARS)
  const height = LEGEND + drawn.length * ROW
  const rest = bars.length - drawn.length
  const undrawn =
    rest > 0 ? ` ${count(rest, 'further table is', 'further tables are')} in the table only.` : ''
  return `<figure class="chart"><div class="scroll" role="group" aria-label="${title}" tabindex="0">
<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="${id}-title">
<title id="${id}-title">${title}</title>
<defs>${parts.map(part => pattern(id, part.texture)).join('')}</defs>
${legend(id, parts)}
${drawn.map((bar, index) => barSvg(id, parts, bar, LEGEND + index * ROW)).join('\n')}
</svg></div><figcaption>${caption}${undrawn}</figcaption></figure>`
}

function legend(id: string, parts: Part[]): string {
  return parts
    .map((part, index) => {
      const x = NAME_WIDTH + index * 112
      return `<rect class="${part.texture}" fill="url(#${id}-${part.texture})" x="${x}" y="4" width="14" height="12"/><text x="${x + 20}" y="14">${part.name}</text>`
    })
    .join('')
}

function barSvg(id: string, parts: Part[], bar: Bar, y: number): string {
  const name = escapeHtml(bar.name)
  let x = NAME_WIDTH
  const rects = widths(bar.figures).map((width, index) => {
    const texture = parts[index]!.texture
    const rect = `<rect class="${texture}" fill="url(#${id}-${texture})" x="${round(x)}" y="${y}" width="${round(width)}" height="15"/>`
    x += width
    return width === 0 ? '' : rect
  })
  const empty = x === NAME_WIDTH
  const frame = `<rect class="frame" x="${NAME_WIDTH}" y="${y}" width="${BAR_WIDTH}" height="15"/>`
  const text = empty ? 'no rows' : escapeHtml(bar.text)
  return `<g><title>${name}: ${text}</title><text x="${NAME_WIDTH - 10}" y="${y + 12}" text-anchor="end">${shortName(bar.name)}</text>${rects.join('')}${frame}<text x="${NAME_WIDTH + BAR_WIDTH + 10}" y="${y + 12}">${text}</text></g>`
}

/** Widths that fill the bar; what the thin parts need beyond their share comes from the others. */
function widths(figures: number[]): number[] {
  const total = figures.reduce((sum, value) => sum + value, 0)
  if (total === 0) return figures.map(() => 0)
  const share = (value: number) => (value / total) * BAR_WIDTH
  const thin = (value: number) => value > 0 && share(value) < LEAST
  const taken = figures.filter(thin).length * LEAST
  const wide = figures.filter(value => !thin(value)).reduce((sum, value) => sum + value, 0)
  return figures.map(value => (thin(value) ? LEAST : (value / wide) * (BAR_WIDTH - taken)))
}

function shortName(name: string): string {
  const characters = [...name]
  if (characters.length <= NAME_CHARACTERS) return escapeHtml(name)
  return `${escapeHtml(characters.slice(0, NAME_CHARACTERS - 1).join(''))}…`
}

const textures: Record<Texture, string> = {
  plain: '',
  stripes: '<path class="ink" d="M0 6L6 0M-1 1L1 -1M5 7L7 5"/>',
  dots: '<circle class="spot" cx="3" cy="3" r="1.4"/>',
  grid: '<path class="ink" d="M0 0L6 6M0 6L6 0"/>',
  lines: '<path class="ink" d="M3 0V6"/>',
}

function pattern(id: string, texture: Texture): string {
  return `<pattern id="${id}-${texture}" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="ground-${texture}" width="6" height="6"/>${textures[texture]}</pattern>`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
