import { spread } from './measure.mjs'

/** What was measured, for programs: every single measurement, and what they come to. */
export function asDocument({ rows, series, ratios }, command, environment) {
  return {
    command,
    rows,
    environment,
    series: series.map(one => ({
      name: one.name,
      rows: one.rows,
      seconds: { ...spread(one.seconds), rounds: one.seconds },
      rows_per_second: Math.round(one.rows / spread(one.seconds).median),
      peak_bytes: one.peakBytes.includes(null) ? null : { ...spread(one.peakBytes), rounds: one.peakBytes },
    })),
    ratios: ratios.map(({ figure, floor, rounds }) => ({ figure, floor, ...spread(rounds), rounds })),
  }
}

/** The same for people. */
export function asText({ command, rows, environment, series, ratios }) {
  const { node, platform, cpus, runs, postgres, mysql } = environment
  const servers = [
    `PostgreSQL ${postgres.version}${postgres.own ? ' of its own' : ''}, fsync=${postgres.fsync}`,
  ]
  if (mysql) servers.push(`${mysql.version}, innodb_flush_log_at_trx_commit=${mysql.flush}`)
  const parts = [
    `${command}, ${count(rows)} rows${command.startsWith('memory') ? ' and twice as many' : ''}, median (least–most) of ${runs}`,
    `${servers.join('; ')}; Node ${node}, ${platform}, ${cpus} CPUs`,
    '',
    columns(
      ['', 'rows', 'seconds', 'rows/s', 'peak memory'],
      series.map(one => [
        one.name,
        count(one.rows),
        range(one.seconds, value => value.toFixed(2)),
        count(one.rows_per_second),
        one.peak_bytes === null ? '' : `${range(one.peak_bytes, value => (value / 2 ** 20).toFixed(0))} MiB`,
      ]),
    ),
  ]
  if (ratios.length > 0) {
    parts.push(
      '',
      columns(
        ['', 'ratio'],
        ratios.map(one => [
          `${one.figure} / ${one.floor.slice(0, 1)}`,
          range(one, value => value.toFixed(2)),
        ]),
      ),
    )
  }
  return parts.join('\n')
}

function range({ median, min, max }, text) {
  return `${text(median)} (${text(min)}–${text(max)})`
}

function count(value) {
  return value.toLocaleString('en-US')
}

function columns(head, rows) {
  const all = [head, ...rows]
  const widths = head.map((_, index) => Math.max(...all.map(row => row[index].length)))
  return all
    .map(row =>
      row
        .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
