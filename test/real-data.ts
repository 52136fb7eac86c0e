import { resolve } from 'node:path'

/**
 * Real data nobody of this project made. The licences would allow a copy, but the project keeps none: the tests use it where a
 * variable of the environment names it or it lies in a folder `shared/data` beside the checkout, and are shown as skipped
 * elsewhere.
 */
const shared = (path: string) => resolve(import.meta.dirname, '../../shared/data', path)

/** The Chinook sample database (https://github.com/lerocha/chinook-database), a SQLite file. */
export const chinook = process.env.PARITYGATE_CHINOOK ?? shared('chinook/Chinook_Sqlite.sqlite')

/**
 * The employee sample database (https://github.com/bytebase/employee-sample-database): the folders `sqlite_small`, `pg_small`
 * and `mysql_small`, each with the same rows as a script for its engine.
 */
export const employees = process.env.PARITYGATE_EMPLOYEES ?? shared('employees')
