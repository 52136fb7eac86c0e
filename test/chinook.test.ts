import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  gate,
  loadPlan,
  migrate,
  openStore,
  pairFingerprint,
  type VerifyResult,
  verify,
} from '../src/index.ts'
import { paritygate } from './command.ts'
import { postgresDatabase, temporaryFolder } from './databases.ts'
import { chinook } from './real-data.ts'
import { shownDifferences } from './shown-differences.ts'

interface Accident {
  what: string
  sql: string
  /** `kind table key columns`, one per row. */
  differences: string[]
  /** `check table.column`, one per failing check. */
  checks?: string[]
}

const accidents: Accident[] = [
  {
    what: 'a changed cell',
    sql: `UPDATE "Artist" SET "Name" = 'AC-DC' WHERE "ArtistId" = 1`,
    differences: ['changed Artist ArtistId=1 Name'],
  },
  {
    what: 'a deleted row',
    sql: `DELETE FROM "PlaylistTrack" WHERE "PlaylistId" = 1 AND "TrackId" = 3402`,
    differences: ['missing PlaylistTrack PlaylistId=1,TrackId=3402 PlaylistId,TrackId'],
  },
  {
    what: 'an inserted row',
    sql: `INSERT INTO "Genre" ("Name") VALUES ('Skiffle')`,
    differences: ['extra Genre GenreId=26 GenreId,Name'],
  },
  {
    what: 'NULL become the empty string',
    sql: `UPDATE "Customer" SET "Company" = '' WHERE "CustomerId" = 2`,
    differences: ['changed Customer CustomerId=2 Company'],
  },
  {
    what: 'a trailing space',
    sql: `UPDATE "Track" SET "Name" = "Name" || ' ' WHERE "TrackId" = 1`,
    differences: ['changed Track TrackId=1 Name'],
  },
  {
    what: 'a timestamp 1 ms off',
    sql: `UPDATE "Invoice" SET "InvoiceDate" = "InvoiceDate" + interval '1 millisecond' WHERE "InvoiceId" = 98`,
    differences: ['changed Invoice InvoiceId=98 InvoiceDate'],
  },
  {
    what: "a decimal's last digit",
    sql: `UPDATE "InvoiceLine" SET "UnitPrice" = "UnitPrice" - 0.01 WHERE "InvoiceLineId" = 7`,
    differences: ['changed InvoiceLine InvoiceLineId=7 UnitPrice'],
  },
  {
    what: 'two values swapped between two rows',
    sql: `UPDATE "Album" a SET "Title" = b."Title" FROM "Album" b WHERE (a."AlbumId", b."AlbumId") IN ((1, 2), (2, 1))`,
    differences: ['changed Album AlbumId=1 Title', 'changed Album AlbumId=2 Title'],
  },
  {
    what: 'the same change on an even number of rows',
    sql: `UPDATE "Employee" SET "Title" = 'Sales Support' WHERE "EmployeeId" IN (3, 4)`,
    differences: ['changed Employee EmployeeId=3 Title', 'changed Employee EmployeeId=4 Title'],
  },
  {
    what: 'an orphan',
    sql: `SET session_replication_role = replica; UPDATE "InvoiceLine" SET "TrackId" = 999999 WHERE "InvoiceLineId" = 5;
      SET session_replication_role = DEFAULT`,
    differences: ['changed InvoiceLine InvoiceLineId=5 TrackId'],
    checks: ['orphans InvoiceLine.TrackId'],
  },
  {
    what: 'a sequence set back',
    sql: `SELECT setval(pg_get_serial_sequence('"MediaType"', 'MediaTypeId'), 2)`,
    differences: [],
    checks: ['sequence MediaType.MediaTypeId'],
  },
]

function found(result: VerifyResult) {
  return {
    differences: shownDifferences(result),
    checks: result.checks
      .filter(({ status }) => status !== 'pass')
      .map(({ check, table, column }) => `${check} ${table}.${column}`),
  }
}

/** Chinook moved into a new database by the plan init drafts. */
async function moved() {
  const { url, client } = await postgresDatabase()
  const folder = temporaryFolder()
  const init = await paritygate(['init', '--source', chinook, '--target', url], { cwd: folder })
  expect(init.code).toBe(0)
  const plan = loadPlan(join(folder, 'cutover.yaml'), { ...process.env, TARGET_DATABASE_URL: url })
  const store = openStore(join(folder, 'state.db'), pairFingerprint(plan))
  await migrate(plan, store, { createSchema: true })
  return { plan, store, client, folder, url }
}

// The same accidents on data of our own are in demo.test.ts.
describe.skipIf(!existsSync(chinook))('Chinook', () => {
  test('Chinook is drafted, moved, verified and judged without a word edited: every row matches', async () => {
    const { plan, store } = await moved()
    const result = await verify(plan, store)
    expect(result.verdict).toBe('match')
    expect(result.tables).toHaveLength(11)
    expect(result.tables.reduce((sum, table) => sum + table.matched, 0)).toBe(15_607)
    expect(gate(plan, store).verdict).toBe('GO')
    store.close()
  })

  for (const { what, sql, differences, checks = [] } of accidents) {
    test(`in Chinook ${what} is found, and nothing else`, async () => {
      const { plan, store, client } = await moved()
      await client.query(sql)
      const result = await verify(plan, store)
      expect(found(result)).toEqual({ differences, checks })
      expect(result.verdict).toBe('mismatch')
      expect(gate(plan, store).verdict).toBe('NO-GO')
      store.close()
    })
  }
})
