import type { Rounding } from '../../model/logical-type.ts'

/** What the code of this folder must know of the server. */
export interface Server {
  schema: string
  version: string
  mariadb: boolean
  rounding: Rounding
}
