import type { Rounding } from '../../model/logical-type.ts'

/** SQL that tells this server from any other. */
export const serverName = "CONCAT_WS(':', @@hostname, @@port, @@datadir, @@server_id)"

/** What the code of this folder must know of the server. */
export interface Server {
  schema: string
  version: string
  mariadb: boolean
  rounding: Rounding
}
