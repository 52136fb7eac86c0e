import type { Command } from 'commander'
import { uuidOfKey } from '../engines/derived-fields.ts'
import { canonicalUuid } from '../engines/values/uuid.ts'
import { ParitygateError } from '../model/error.ts'
import { type IdTable, idTable } from '../plan/id-tables.ts'
import type { Plan } from '../plan/load-plan.ts'
import { findOldKey } from '../verify/find-old-key.ts'
import { type EvidenceOptions, evidenceCommand, interruptSignal, planOf, withPlan } from './options.ts'
import { output } from './output.ts'

interface Options extends EvidenceOptions {
  old?: boolean
}

/** What is said of one row. */
interface Identity {
  table: string
  old_key: (string | null)[]
  new_id: string
  /** `found`: by the latest verify of the table. */
  how: 'computed' | 'found'
}

export function idCommand(): Command {
  return evidenceCommand(
    'id',
    'Prints the new id of an old key, or with --old the old key of a new id.',
    'paritygate id users 17',
  )
    .argument('<table>', 'a target table of the plan, or the source table it comes from')
    .argument('<key...>', 'the old key, its columns in their order; with --old the new id')
    .option('--old', 'print the old key of a new id')
    .action(async (name: string, key: string[], options: Options) => {
      const plan = await planOf(options)
      const table = idTable(plan, name)
      const parts = options.old ? 1 : (table.parts ?? key.length)
      if (key.length !== parts) {
        const meant = options.old ? 'a new id' : `the old key of "${table.table}"`
        throw new ParitygateError(
          'usage.invalid',
          `${meant} has ${parts} ${parts === 1 ? 'part' : 'parts'}, not ${key.length}`,
        )
      }
      const identity = table.random
        ? await discovered(options, table, key)
        : await computed(options, plan, table, key)
      const out = output(options)
      out.document(identity)
      out.say(options.old ? identity.old_key.join(' ') : identity.new_id)
    })
}

/** To compute an id takes the plan alone. */
async function computed({ old }: Options, plan: Plan, { table }: IdTable, key: string[]): Promise<Identity> {
  if (!old) {
    const { namespace } = plan
    if (namespace === undefined)
      throw new ParitygateError('usage.invalid', 'ids are made in a namespace, and the plan has none')
    return { table, old_key: key, new_id: uuidOfKey({ namespace, table }, key), how: 'computed' }
  }
  const id = canonicalUuid(key[0]!)
  if (id === null) throw new ParitygateError('usage.invalid', `"${key[0]}" is no UUID`)
  const oldKey = await findOldKey(plan, table, id, interruptSignal())
  if (oldKey === null) throw unknown(`no row of the source gives "${table}" the id ${id}`)
  return { table, old_key: oldKey, new_id: id, how: 'computed' }
}

function discovered(options: Options, { table }: IdTable, key: string[]): Promise<Identity> {
  return withPlan(options, ({ store }) => {
    if (!store.hasDiscovered(table))
      throw new ParitygateError('state.empty', `the new ids of "${table}" are not known yet`, {
        hint: 'Run paritygate verify with this plan first: it finds them.',
      })
    if (options.old) {
      const id = canonicalUuid(key[0]!) ?? key[0]!
      const oldKey = store.oldKeyOf(table, id)
      if (oldKey === null)
        throw unknown(`the latest verify has found no old key for the id ${id} in "${table}"`)
      return { table, old_key: oldKey, new_id: id, how: 'found' as const }
    }
    const id = store.newIdOf(table, key)
    if (id === null)
      throw unknown(`the latest verify has found no row for the old key ${key.join(' ')} in "${table}"`)
    return { table, old_key: key, new_id: id, how: 'found' as const }
  })
}

function unknown(message: string): ParitygateError {
  return new ParitygateError('id.unknown', message)
}
