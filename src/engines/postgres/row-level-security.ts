import type pg from 'pg'
import { ParitygateError } from '../../model/error.ts'
import { quote } from './quoting.ts'

const remedy =
  'Use a role with BYPASSRLS, or the owner of the table; where it has FORCE ROW LEVEL SECURITY, only the former.'

/**
 * Sessions ask for all rows or none (`row_security = off`), so the server refuses to read a table whose policies apply to the
 * role. Any other error is returned as it is.
 *
 * @param place the connection without secrets
 */
export async function policyRefusal(error: unknown, client: pg.Client, place: string): Promise<unknown> {
  const { code, routine, message } = error as { code?: string; routine?: string; message: string }
  if (code !== '42501' || routine !== 'check_enable_rls') return error
  const { rows } = await client.query<{ role: string }>('SELECT current_user AS role')
  return new ParitygateError(
    'source.refused',
    `${message}: it applies to role "${rows[0]!.role}" of ${place}, which would not see every row. ${remedy}`,
    {
      hint: 'Nothing of this table stays behind; connect as such a role and run the same command again.',
      cause: error,
    },
  )
}

/**
 * Why rows cannot be written under the policies of a table.
 *
 * @param owned whether the role owns the table
 */
export function policyObstacle(role: string, table: string, owned: boolean): string {
  const why = owned ? ', though it owns the table (FORCE ROW LEVEL SECURITY)' : ''
  const what = owned
    ? `Use a role with BYPASSRLS, or take the word away for the load: ALTER TABLE ${quote(table)} NO FORCE ROW LEVEL SECURITY`
    : remedy
  return `the row-level security of "${table}" applies to role "${role}"${why}, which could neither write nor see the rows it forbids. ${what}`
}
