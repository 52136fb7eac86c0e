import { inject } from 'vitest'

/**
 * There is no MySQL or MariaDB on this machine, and none could be started: what needs one is shown as skipped, a banner says
 * why, and with `CI` set the whole run fails instead (`mysql-server.ts`).
 */
export const noMysql: boolean = (inject('mysqlUrl') ?? null) === null
