import type pg from 'pg'
import { ParitygateError } from '../../model/error.ts'
import { ownConnections } from '../own-connections.ts'
import type { Monitor } from '../port/session.ts'
import { serverOf } from '../server-of.ts'
import { backendName } from './backend.ts'
import { connectedClient, socketOf } from './connect.ts'
import { WalTimes } from './wal-times.ts'

const settings = { statement_timeout: '5s', lock_timeout: '5s', synchronous_commit: 'off' }

/** See `Monitor`. Each query is a transaction of its own: within one, PostgreSQL would show the same picture again. */
export async function openPostgresMonitor(url: string): Promise<Monitor> {
  const client = await connectedClient(url, settings)
  const server = serverOf(url)
  return {
    server,
    active: () => active(client, server),
    lag: lag(client, server),
    replicasLag: replicasLag(client, server),
    close: () => socketOf(client).destroy(),
  }
}

/** Another run of Paritygate is not the application either, and two would wait for each other for ever. */
async function active(client: pg.Client, server: string): Promise<number> {
  await requireSight(client, server)
  const { rows } = await client.query<{ active: string }>(
    `SELECT count(*) AS active FROM pg_stat_activity
     WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
       AND application_name <> 'paritygate' AND ${backendName('pid')} <> ALL ($1)`,
    [ownConnections.all()],
  )
  return Number(rows[0]!.active)
}

/**
 * How long ago what the primary had told of was no longer than what is replayed. Where that was before the first look, or
 * nothing arrives any more, the age of the last transaction is the most it can be behind.
 */
function lag(client: pg.Client, server: string): () => Promise<number> {
  const told = new WalTimes()
  return async () => {
    const { rows } = await client.query<Record<'replica' | 'told' | 'replayed' | 'age', string | null>>(
      `SELECT pg_is_in_recovery() AS replica, ${walLength('pg_last_wal_replay_lsn()')} AS replayed,
         CASE WHEN r.pid IS NOT NULL AND coalesce(r.status, 'streaming') = 'streaming'
           THEN ${walLength('greatest(pg_last_wal_receive_lsn(), r.latest_end_lsn)')} END AS told,
         greatest(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) AS age
       FROM (SELECT) AS this LEFT JOIN pg_stat_wal_receiver r ON true`,
    )
    const [found] = rows
    if (found!.replica !== 't') throw unmeasurable(server, 'it is no replica: it is not in recovery')
    const replayed = Number(found!.replayed)
    if (found!.told !== null) {
      const length = Number(found!.told)
      told.note(length)
      const seconds = replayed >= length ? 0 : told.secondsSince(replayed)
      told.forget(replayed)
      if (seconds !== null) return seconds
    }
    if (found!.age === null)
      throw unmeasurable(server, 'it receives nothing from its primary, and has replayed no transaction yet')
    return Number(found!.age)
  }
}

/** The slowest of all replicas. One that is gone is no replica without a lag, so those that have been there are counted. */
function replicasLag(client: pg.Client, server: string): () => Promise<number> {
  const written = new WalTimes()
  let most = 0
  return async () => {
    await requireSight(client, server)
    // What only stores WAL replays nothing, and the first copy of a logical subscription comes and goes.
    const { rows } = await client.query<Record<'written' | 'replayed' | 'lag', string | null>>(
      `SELECT ${walLength('pg_current_wal_lsn()')} AS written, ${walLength('replay_lsn')} AS replayed,
         CASE state WHEN 'streaming' THEN extract(epoch FROM coalesce(replay_lag, '0')
           + greatest(clock_timestamp() - reply_time, '0')) END AS lag
       FROM pg_stat_replication
       WHERE state <> 'backup' AND (state <> 'streaming' OR replay_lsn IS NOT NULL)
         AND application_name !~ '^pg_[0-9]+_sync_[0-9]+_'`,
    )
    if (rows.length === 0)
      throw unmeasurable(server, 'no replica is to be seen in pg_stat_replication: name one with --replica')
    most = Math.max(most, rows.length)
    if (rows.length < most)
      throw unmeasurable(server, `it shows ${rows.length} of the ${most} replicas it has shown`)
    const now = Number(rows[0]!.written)
    written.note(now)
    const replayed = rows.map(row => (row.replayed === null ? -1 : Number(row.replayed)))
    const seconds = replayed.map((length, index) => {
      if (length >= now) return 0
      // Before the first look, the server's own word is all there is; a replica that catches up has none.
      const found = written.secondsSince(length) ?? rows[index]!.lag
      if (found === null)
        throw unmeasurable(server, 'a replica is catching up, and does not say how far behind it is')
      return Number(found)
    })
    written.forget(Math.min(...replayed))
    const slowest = Math.max(...seconds)
    // A replica says what it has replayed when it gets something new, and else every ten seconds: while a copy waits there
    // may be nothing.
    if (slowest > 0) await client.query(`SELECT pg_logical_emit_message(true, 'paritygate', '')`)
    return slowest
  }
}

/** SQL for a position in the write-ahead log as a number of bytes. */
function walLength(position: string): string {
  return `pg_wal_lsn_diff(${position}, '0/0')`
}

/** What a role may not see is NULL there, and would count as nothing. */
async function requireSight(client: pg.Client, server: string): Promise<void> {
  const { rows } = await client.query<{ may: string; role: string }>(
    `SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS may, quote_ident(current_user) AS role`,
  )
  if (rows[0]!.may === 't') return
  throw unmeasurable(
    server,
    `role ${rows[0]!.role} may not see what others do: GRANT pg_monitor TO ${rows[0]!.role}`,
  )
}

function unmeasurable(server: string, reason: string): ParitygateError {
  return new ParitygateError('limit.unmeasurable', reason, { where: server })
}
