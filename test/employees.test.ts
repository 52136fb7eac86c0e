import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { VerifyResult } from '../src/index.ts'
import type { EngineName } from '../src/model/catalog.ts'
import { paritygate } from './command.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase, temporaryFolder } from './databases.ts'
import { noMysql } from './no-mysql.ts'
import { employees } from './real-data.ts'

/** A load script with the scripts it includes, without what only its engine's own client understands. */
function script(folder: string, file = 'employee.sql'): string {
  return readFileSync(join(employees, folder, file), 'utf8')
    .split('\n')
    .map(line => {
      const included = /^\s*(?:source|\.read|\\i)\s+([\w.]+)\s*;?\s*$/.exec(line)?.[1]
      return included === undefined ? line.replace(/^\\echo .*/, '') : `${script(folder, included)};`
    })
    .join('\n')
    .replace(/;(\s*;)+/g, ';')
}

/** The same rows, each loaded by the script that was written for its engine. */
const load: Record<EngineName, () => Promise<string>> = {
  sqlite: async () => sqliteDatabase(script('sqlite_small')),
  async postgres() {
    return (await postgresDatabase(script('pg_small'))).url
  },
  async mysql() {
    const { url, client } = await mysqlDatabase()
    const name = new URL(url).pathname.slice(1)
    const own = script('mysql_small')
      .replace(/^((?:DROP|CREATE) DATABASE IF (?:NOT )?EXISTS|USE) employee;/gm, `$1 ${name};`)
      // A server may be others' as well.
      .replace(/^flush .*logs;/m, '')
    await client.query(own)
    return url
  },
}

const rows = { department: 9, dept_emp: 1103, dept_manager: 16, employee: 1000, salary: 9488, title: 1470 }

async function verified(source: EngineName, target: EngineName) {
  const folder = temporaryFolder()
  const urls = [await load[source](), await load[target]()] as const
  const drafted = await paritygate(['init', '--source', urls[0], '--target', urls[1], '--json'], {
    cwd: folder,
  })
  const { decisions } = JSON.parse(drafted.stdout) as { decisions: number }
  const env = { SOURCE_DATABASE_URL: urls[0], TARGET_DATABASE_URL: urls[1] }
  const { stdout, code } = await paritygate(['verify', '--json'], { cwd: folder, env })
  return { decisions, code, result: JSON.parse(stdout) as VerifyResult }
}

// Real data that stands beside the checkout where it is there; its licence keeps it out of the repository.
const isThere = existsSync(join(employees, 'pg_small')) && !noMysql

describe.skipIf(!isThere)('the employee sample database, loaded by the scripts of three engines', () => {
  test.each([
    ['sqlite', 'postgres'],
    ['sqlite', 'mysql'],
    ['mysql', 'postgres'],
    ['mysql', 'sqlite'],
  ] as const)(
    '%s and %s: a drafted plan is enough to see that all 13,086 rows match',
    async (source, target) => {
      const { decisions, code, result } = await verified(source, target)
      expect(decisions).toBe(0)
      expect(result.differences).toEqual([])
      expect(Object.fromEntries(result.tables.map(table => [table.table, table.matched]))).toEqual(rows)
      expect(result.tables.reduce((sum, table) => sum + table.matched, 0)).toBe(13_086)
      expect(result.not_covered).toEqual([])
      const failing = result.checks.filter(({ status }) => status !== 'pass')
      if (target !== 'postgres') {
        expect(failing).toEqual([])
        expect([result.verdict, code]).toEqual(['match', 0])
        return
      }
      // The script gives every employee a number and leaves the sequence at its start: the next insert would fail.
      expect(failing).toEqual([
        {
          check: 'sequence',
          table: 'employee',
          column: 'emp_no',
          status: 'fail',
          found: 1,
          detail: 'the next value is 1, the highest in the table 11000',
          sql: expect.stringContaining('emp_no'),
        },
      ])
      expect([result.verdict, code]).toEqual(['mismatch', 1])
    },
  )

  test.each(['sqlite', 'mysql'] as const)(
    'postgres and %s: all rows match, and the audit table nobody decided about is named',
    async target => {
      const { decisions, code, result } = await verified('postgres', target)
      expect(decisions).toBe(1)
      expect(result.differences).toEqual([])
      expect(Object.fromEntries(result.tables.map(table => [table.table, table.matched]))).toEqual(rows)
      expect(result.not_covered).toEqual([
        { subject: 'audit', reason: expect.stringMatching(/the plan does not mention this table/) },
      ])
      expect(result.checks.filter(({ status }) => status !== 'pass')).toEqual([])
      expect([result.verdict, code]).toEqual(['inconclusive', 3])
    },
  )
})
