import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from './measure.mjs'

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/**
 * A whole `paritygate migrate --create-schema` into an empty database, without evidence of any earlier run.
 *
 * @param pair `{ source, target, columns? }`: two URLs, and what the plan says about columns
 * @param words further options
 */
export async function runMigrate(pair, rows, context, words = []) {
  rmSync(planFolder(context), { recursive: true, force: true })
  const { stdout, ...measured } = await runCli(['migrate', '--create-schema', ...words], pair, context)
  const [grades] = JSON.parse(stdout).tables
  if (grades.written !== rows) throw new Error(`migrate wrote ${grades.written} rows, not ${rows}`)
  return measured
}

/** A whole `paritygate verify`; it must find exactly the rows that were changed. */
export async function runVerify(pair, expected, context) {
  const { stdout, ...measured } = await runCli(['verify'], pair, {
    ...context,
    exitCodes: [expected.changed > 0 ? 1 : 0],
  })
  const [grades] = JSON.parse(stdout).tables
  const { source_rows, missing, extra, changed } = grades
  const right = source_rows === expected.rows && missing === 0 && extra === 0 && changed === expected.changed
  if (!right) {
    throw new Error(
      `verify found ${changed} changed, ${missing} missing and ${extra} extra of ${source_rows} rows; it is ${expected.changed} changed of ${expected.rows}`,
    )
  }
  return measured
}

function runCli(words, { source, target, columns }, context) {
  const folder = planFolder(context)
  const plan = join(folder, 'cutover.yaml')
  mkdirSync(folder, { recursive: true })
  writeFileSync(plan, planText(columns))
  return runProgram([cli, ...words, '--config', plan, '--json', '--quiet'], {
    ...context,
    env: { BENCH_SOURCE_URL: source, BENCH_TARGET_URL: target },
  })
}

function planFolder({ folder }) {
  return join(folder, 'plan')
}

/** JSON is YAML. The URLs, which may hold a password, stay out of the file. */
function planText(columns = {}) {
  return JSON.stringify({
    name: 'bench',
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the plan's own syntax
    source: { url: '${BENCH_SOURCE_URL}' },
    target: { url: '${BENCH_TARGET_URL}' },
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the plan's own syntax
    tables: { grades: { columns } },
  })
}

/**
 * Changes `count` of `rows` rows, spread evenly over the keys: the more places differ, the more a verify has to read
 * again, so for a given number of rows this is the most work.
 */
export function damageSql(rows, count) {
  return `UPDATE grades SET score = CASE WHEN score < 50 THEN score + 0.01 ELSE score - 0.01 END
    WHERE id IN (SELECT 1 + i * ${rows} / ${count} FROM generate_series(0::bigint, ${count - 1}) AS i)`
}
