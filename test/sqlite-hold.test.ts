import { symlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseConnectionUrl } from '../src/engines/connection-url.ts'
import { openTarget } from '../src/engines/open.ts'
import { Journal } from '../src/migrate/journal.ts'
import { sqliteDatabase, temporaryFolder } from './databases.ts'

const open = (url: string) => openTarget(parseConnectionUrl(url, '/'))

test('one process at a time holds a file, by whatever path', async () => {
  const url = sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)')
  const link = join(temporaryFolder(), 'link.db')
  symlinkSync(url, link)
  const [first, second] = [await open(url), await open(link)]
  expect(await first.hold('a')).toBe(true)
  expect(await second.hold('a')).toBe(false)
  await first.close()
  expect(await second.hold('a')).toBe(true)
  await second.close()
})

test('a process that has ended is not said to hold a file that another plan does', async () => {
  const url = sqliteDatabase('CREATE TABLE t (id INTEGER PRIMARY KEY)')
  const [first, second] = [await open(url), await open(url)]
  await (await Journal.open(first, 'one plan', 'migrate')).prepare()
  const gone = {
    token: 't',
    command: 'migrate',
    user: 'gone',
    host: hostname(),
    pid: 2 ** 22 + 1,
    session: '',
  }
  await first.execute(
    `INSERT INTO ${first.own.named('plan')} VALUES ('another plan', 't', '${JSON.stringify({ ...gone, since: '' })}')`,
  )
  await expect(Journal.open(second, 'another plan', 'migrate')).rejects.toMatchObject({
    code: 'plan.held',
    message: expect.stringMatching(new RegExp(`\\(pid ${process.pid}\\) holds it`)),
  })
  await first.close()
  await second.close()
})
