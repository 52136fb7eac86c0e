import type { TargetSession } from '../engines/port/target-session.ts'
import { ParitygateError } from '../model/error.ts'
import type { Mapping, PlanProblem, ResolvedPlan } from './mapping.ts'
import { nearest } from './nearest.ts'
import type { Pair } from './pair.ts'

/** Triggers of a target table that concern a load, by name. */
export interface LoadTriggers {
  /** Those the plan turns off; what takes rows out again sets some of them off, too. */
  off: string[]
  /** Those that fire for rows that are loaded. */
  firing: string[]
}

/** Of a table that is there; of one that is to be created there are none. */
export async function triggersOf(target: TargetSession, mapping: Mapping): Promise<LoadTriggers> {
  if (mapping.toBeCreated || !mapping.copied) return { off: [], firing: [] }
  const { disable_triggers: said = [] } = mapping.document
  const enabled = (await target.triggersOn(mapping.target.name)).filter(trigger => trigger.enabled)
  const isOff = ({ name }: { name: string }) => said === true || said.includes(name)
  return {
    off: enabled.filter(isOff).map(({ name }) => name),
    firing: enabled
      .filter(trigger => trigger.events.includes('insert') && !isOff(trigger))
      .map(({ name }) => name),
  }
}

/**
 * Triggers the plan turns off that are not there, or that could not be brought back.
 *
 * @throws what the target refuses to say
 */
export async function triggerProblems(
  targetOf: Pair<TargetSession>['targetOf'],
  { plan }: Pick<ResolvedPlan, 'plan'>,
  mappings: Mapping[],
): Promise<PlanProblem[]> {
  const problems: PlanProblem[] = []
  for (const mapping of mappings.filter(one => one.copied && !one.toBeCreated)) {
    const { disable_triggers: said } = mapping.document
    if (said === undefined) continue
    const target = targetOf(mapping)
    const path = [...mapping.path, 'disable_triggers']
    const known = await target.triggersOn(mapping.target.name)
    for (const [index, name] of (said === true ? [] : said).entries()) {
      if (known.some(trigger => trigger.name === name)) continue
      const message = `table "${mapping.table}" has no trigger "${name}" that a load sets off${nearest(name, known)}`
      problems.push({ where: plan.locate([...path, index]), message })
    }
    const { off } = await triggersOf(target, mapping)
    await target.plannedTriggers(mapping.target.name, off).catch((error: unknown) => {
      if (!(error instanceof ParitygateError)) throw error
      problems.push({ where: plan.locate(path), message: error.message })
    })
  }
  return problems
}

/** What is to be said of a table's triggers, after its name; `handled` where the plan has said what is to become of them. */
export async function triggerNotices(
  target: TargetSession,
  mapping: Mapping,
): Promise<{ handled: boolean; message: string }[]> {
  const { off, firing } = await triggersOf(target, mapping)
  const notices: { handled: boolean; message: string }[] = []
  if (firing.length > 0) {
    const [fire, them] = firing.length === 1 ? ['it fires', 'it'] : ['they fire', 'them']
    const message = `has ${named(firing)}: ${fire} for every row that is loaded; disable_triggers turns ${them} off for the load`
    notices.push({ handled: false, message })
  }
  if (off.length > 0) {
    const meanwhile = target.transactionalDdl ? '' : '; until it is loaded, also for what others write'
    notices.push({ handled: true, message: `is loaded without ${named(off)}${meanwhile}` })
  }
  if (mapping.document.disable_triggers && mapping.toBeCreated)
    notices.push({
      handled: true,
      message: 'is to be created, and will have no triggers: disable_triggers counts for nothing',
    })
  return notices
}

function named(triggers: string[]): string {
  return `the trigger${triggers.length === 1 ? '' : 's'} ${triggers.map(name => `"${name}"`).join(', ')}`
}
