import { expect } from 'vitest'
import { ParitygateError } from '../src/model/error.ts'

/** What something under way fails with. */
export async function failure(running: Promise<unknown>): Promise<ParitygateError> {
  const error = await running.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ParitygateError)
  return error as ParitygateError
}
