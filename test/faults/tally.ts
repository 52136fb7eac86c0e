import { momentName } from './moment.ts'
import type { RoundResult } from './round.ts'

interface Cell {
  times: number
  /** Of those, how many belong to rounds in which rows were lost or doubled, and in which anything else was wrong. */
  lost: number
  wrong: number
}

/** How often something happened where, and how many of those rounds went wrong. */
export class Tally {
  readonly #cells = new Map<string, Cell>()
  readonly #failed: string[] = []

  get failed(): boolean {
    return this.#failed.length > 0
  }

  add({ name, subject, moments, problems }: RoundResult): void {
    const accident = name.split(':')[0]!
    const lost = problems.rows.length > 0 ? 1 : 0
    const wrong = problems.rest.length > 0 ? 1 : 0
    if (lost + wrong > 0) this.#failed.push(name)
    for (const moment of moments) {
      const key = `${accident}\t${subject.name}\t${momentName(moment)}`
      const cell = this.#cells.get(key) ?? { times: 0, lost: 0, wrong: 0 }
      this.#cells.set(key, { times: cell.times + 1, lost: cell.lost + lost, wrong: cell.wrong + wrong })
    }
  }

  count(accident: string): number {
    return [...this.#cells]
      .filter(([key]) => key.startsWith(`${accident}\t`))
      .reduce((sum, [, { times }]) => sum + times, 0)
  }

  text(): string {
    const head = ['accident', 'where', 'at', 'times', 'lost or doubled', 'otherwise wrong']
    const rows = [...this.#cells].map(([key, { times, lost, wrong }]) => [
      ...key.split('\t'),
      ...[times, lost, wrong].map(String),
    ])
    const order = (row: string[]) => row.slice(0, 2).join('\t')
    const all = [head, ...rows.sort((a, b) => order(a).localeCompare(order(b)))]
    const widths = head.map((_, column) => Math.max(...all.map(row => row[column]!.length)))
    const lines = all.map(row =>
      row
        .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
    const totals = [...new Set(rows.map(([accident]) => accident!))].map(
      accident => `${accident} ${this.count(accident)}`,
    )
    const end = this.failed ? `FAILED: ${this.#failed.join(', ')}` : 'Nothing lost, nothing doubled.'
    return [...lines, `In all: ${totals.join(', ')}`, end].join('\n')
  }
}
