import { defectOf } from './defect.ts'
import type { TargetSession } from './port/target-session.ts'

/**
 * The first reader and those that `open` adds to it, or the first alone, with a notice why, where `open` fails. What fails
 * here costs time and no evidence, so the read goes on.
 *
 * @param open adds each session as soon as it is open, and returns once all see the moment the first sees
 */
export async function readersWith(
  first: TargetSession,
  count: number,
  open: (further: TargetSession[]) => Promise<void>,
): Promise<TargetSession[]> {
  if (count === 1) return [first]
  const further: TargetSession[] = []
  try {
    await open(further)
    return [first, ...further]
  } catch (error) {
    const defect = defectOf(error, first.describe)
    await Promise.all((defect ? [first, ...further] : further).map(session => session.close()))
    if (defect) throw defect
    first.notices.push(
      `${first.describe} is read over one connection instead of ${count}, which can take longer: ${(error as Error).message}`,
    )
    return [first]
  }
}
