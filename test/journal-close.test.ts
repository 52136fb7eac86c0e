import { expect, test } from 'vitest'
import { Journal } from '../src/migrate/journal.ts'
import { describeEngines } from './engine.ts'

describeEngines('a journal on $name', engine => {
  // Only one process at a time holds a SQLite target.
  test.skipIf(engine.name === 'sqlite')('is not dropped under a plan that claims its place', async () => {
    const target = await engine.create()
    const [one, other, third] = [await target.target(), await target.target(), await target.target()]
    const journal = await Journal.open(one, 'one', 'rollback')
    await journal.prepare()
    const { named } = other.own
    await other.begin()
    await other.execute(`INSERT INTO ${named('plan')} (plan, token, holder) VALUES ('other', 'token', '{}')`)
    const closing = journal.close()
    const state = () =>
      Promise.race([closing.then(() => 'closed'), new Promise(wait => setTimeout(wait, 300))])
    expect(await state()).toBeUndefined()
    await other.commit()
    await closing
    expect(await third.query(`SELECT plan FROM ${named('plan')}`)).toEqual([{ plan: 'other' }])
    for (const session of [one, other, third]) await session.close()
  })
})
