import { startOwnMysql } from '../own-mysql.ts'
import type { FaultServer } from './servers.ts'

/** What is committed is with the operating system, and outlives the process. */
const lasting = ['--innodb-flush-log-at-trx-commit=2']

/** A MySQL or MariaDB server that can be killed, started again, and kept from growing. */
export async function startMysql(program: string): Promise<FaultServer> {
  // All tables in one file, whose size can be limited.
  const files = (most: string) => [
    '--innodb-file-per-table=0',
    `--innodb-data-file-path=ibdata1:12M:autoextend${most}`,
  ]
  const server = await startOwnMysql(program, [...lasting, ...files('')])
  let running = true
  return {
    url: server.url,
    async start({ totalBytes } = {}) {
      if (running) return
      await server.restart([
        ...lasting,
        ...files(totalBytes === undefined ? '' : `:max:${totalBytes >> 20}M`),
      ])
      running = true
    },
    async crash() {
      if (!running) return
      running = false
      await server.crash()
    },
    stop: () => server.stop(),
  }
}
