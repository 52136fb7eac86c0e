import { installedMysqld } from '../own-mysql.ts'
import { endText, runCommand } from './command.ts'
import { mysqlDatabases } from './mysql-databases.ts'
import { startMysql } from './mysql-server.ts'
import { postgresDatabases } from './postgres-databases.ts'
import { postgresPrograms, startPostgres } from './postgres-server.ts'
import { type Accident, judgeRound, type Round, untilReached } from './round.ts'
import type { FaultServer } from './servers.ts'
import { makeCutover, type Subject } from './subject.ts'

/** The disk is full in the middle of a table; when there is room again, the same command is given again. */
export const disk: Accident = {
  // Into PostgreSQL from PostgreSQL, the source would lie on the full disk as well.
  subjects: ({ subjects }) => subjects.filter(({ source }) => source.engine === 'sqlite'),
  async run(round) {
    const { target } = round.subject
    if (target === 'sqlite') return runWithFullFile(round)
    const server =
      target === 'postgres' ? await startPostgres(postgresPrograms()!) : await startMysql(installedMysqld()!)
    try {
      await runWithFullServer(round, server)
    } finally {
      await server.stop()
    }
  },
}

/** A part of the undisturbed rows: between a third and two thirds, as text. */
async function room({ arena, subject, random }: Round): Promise<{ largest: number; all: number }> {
  const { dump } = await arena.undisturbed(subject)
  const sizes = [...dump.tables.values()].map(rows => rows.reduce((sum, row) => sum + row.length, 0))
  const share = (33 + random.below(34)) / 100
  return { largest: Math.max(...sizes) * share, all: sizes.reduce((sum, size) => sum + size, 0) * share }
}

const MEGABYTE = 1024 * 1024

async function runWithFullServer(round: Round, server: FaultServer): Promise<void> {
  const { target } = round.subject
  const targets = target === 'postgres' ? postgresDatabases(server.url) : mysqlDatabases(server.url)
  const { largest, all } = await room(round)
  const cutover = await makeCutover(on(round.subject, targets), round.arena.folder, round.arena)
  await server.crash()
  await server.start({
    // The log and the catalog take a file of a megabyte.
    fileBytes: Math.max(largest, 1.5 * MEGABYTE),
    // So much there is before the first row.
    totalBytes: 12 * MEGABYTE + all,
  })
  noteRefusal(round, await runCommand(cutover.migrateWords))
  await server.crash()
  await server.start()
  await judgeRound(round, cutover, await untilReached(cutover.migrateWords, round))
}

function on(subject: Subject, targets: Subject['targets']): Subject {
  return { ...subject, targets }
}

async function runWithFullFile(round: Round): Promise<void> {
  const cutover = await makeCutover(round.subject, round.arena.folder, round.arena)
  const fileBlocks = Math.floor((await room(round)).all / 512)
  try {
    noteRefusal(round, await runCommand(cutover.migrateWords, { fileBlocks }))
    await judgeRound(round, cutover, await untilReached(cutover.migrateWords, round))
  } finally {
    await cutover.dispose()
  }
}

/** A full disk is no reason to be unclear: the table is named, and the way on. */
function noteRefusal({ log, moments, problems }: Round, end: Parameters<typeof endText>[0]): void {
  log.push(`full: ${endText(end)}`)
  moments.push({ step: null, afterMs: Math.round(end.ms) })
  if (end.exitCode !== 1 || !/\btable "\w+"/.test(end.stderr) || /\[internal\]/.test(end.stderr))
    problems.rest.push(
      `a full disk is not said clearly, with exit code 1 and the table: ${end.stderr.trim()}`,
    )
}
