import type Database from 'better-sqlite3'
import { ParitygateError } from '../model/error.ts'
import type { Scoreboard } from '../model/scoreboard.ts'

/** The dual run: a scoreboard for each way of judging it, in parts that are written as they change; and the switch of mirroring. */
export const pilotTables = `
  CREATE TABLE pilot_boards (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pair TEXT NOT NULL, fingerprint TEXT NOT NULL, format INTEGER NOT NULL,
    updated_at TEXT NOT NULL, scoreboard TEXT, UNIQUE (pair, fingerprint)
  );
  CREATE TABLE pilot_parts (
    board INTEGER NOT NULL REFERENCES pilot_boards (id) ON DELETE CASCADE, name TEXT NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (board, name)
  ) WITHOUT ROWID;
  CREATE TABLE pilot_control (
    pair TEXT PRIMARY KEY, mirroring INTEGER NOT NULL, why TEXT, at TEXT NOT NULL
  ) WITHOUT ROWID;`

/** Of what is kept of a pilot; another one is not read. */
const FORMAT = 1

/** What was kept under one fingerprint. */
export interface KeptPilot {
  /** To be named when it is saved. */
  board: number
  /** By name, as it was saved last; empty where nothing was. */
  parts: Map<string, Uint8Array>
}

export interface PilotChanges {
  board: number
  scoreboard: Scoreboard
  /** Parts that are new or have changed. */
  parts: [name: string, content: Uint8Array][]
  /** Names of parts that have gone. */
  removed: string[]
}

/** A scoreboard, and under which fingerprint it was kept. */
export interface KeptScoreboard {
  fingerprint: string
  scoreboard: Scoreboard
}

/** The evidence of the dual run. */
export interface PilotEvidence {
  /**
   * Evidence of other fingerprints is left alone.
   *
   * @param fingerprint see `pilotFingerprint`
   * @throws {ParitygateError} state.unusable, where it was kept in another form
   */
  loadPilot(fingerprint: string): KeptPilot
  /**
   * Writes all of it or nothing.
   *
   * @returns false, and nothing is written, where the board was cleared meanwhile: load it again and begin anew
   */
  savePilot(changes: PilotChanges): boolean
  /**
   * The scoreboard as it was saved last; null where there is none under this fingerprint.
   *
   * @throws {ParitygateError} state.unusable
   */
  scoreboard(fingerprint: string): Scoreboard | null
  /** Of every fingerprint, the latest first. */
  scoreboards(): KeptScoreboard[]
  /** What an operator has said last; on where nobody has said anything. */
  mirroring(): Scoreboard['mirroring']
  setMirroring(on: boolean, why: string | null): void
  /** Removes the evidence of all fingerprints; mirroring stays as it was switched. */
  clearPilot(): void
}

export function pilotEvidence(database: Database.Database, pair: string): PilotEvidence {
  const boardOf = (fingerprint: string) =>
    database
      .prepare('SELECT id, format, scoreboard FROM pilot_boards WHERE pair = ? AND fingerprint = ?')
      .get(pair, fingerprint) as { id: number; format: number; scoreboard: string | null } | undefined
  const now = () => new Date().toISOString()

  const load = (fingerprint: string): KeptPilot => {
    const known = boardOf(fingerprint)
    if (known === undefined) {
      const { lastInsertRowid } = database
        .prepare('INSERT INTO pilot_boards (pair, fingerprint, format, updated_at) VALUES (?, ?, ?, ?)')
        .run(pair, fingerprint, FORMAT, now())
      return { board: Number(lastInsertRowid), parts: new Map() }
    }
    requireFormat(known.format)
    const parts = database
      .prepare('SELECT name, content FROM pilot_parts WHERE board = ?')
      .raw()
      .all(known.id) as [string, Buffer][]
    return { board: known.id, parts: new Map(parts) }
  }

  const save = ({ board, scoreboard, parts, removed }: PilotChanges): boolean => {
    const { changes } = database
      .prepare('UPDATE pilot_boards SET updated_at = ?, scoreboard = ? WHERE id = ? AND pair = ?')
      .run(now(), JSON.stringify(scoreboard), board, pair)
    if (changes === 0) return false
    const remove = database.prepare('DELETE FROM pilot_parts WHERE board = ? AND name = ?')
    for (const name of removed) remove.run(board, name)
    const write = database.prepare('INSERT OR REPLACE INTO pilot_parts VALUES (?, ?, ?)')
    for (const [name, content] of parts) write.run(board, name, content)
    return true
  }

  const loadAtOnce = database.transaction(load)
  const saveAtOnce = database.transaction(save)
  const clearAtOnce = database.transaction(() => {
    database
      .prepare('DELETE FROM pilot_parts WHERE board IN (SELECT id FROM pilot_boards WHERE pair = ?)')
      .run(pair)
    database.prepare('DELETE FROM pilot_boards WHERE pair = ?').run(pair)
  })

  return {
    loadPilot: fingerprint => loadAtOnce.immediate(fingerprint),
    savePilot: changes => saveAtOnce.immediate(changes),
    scoreboard(fingerprint) {
      const board = boardOf(fingerprint)
      if (board === undefined || board.scoreboard === null) return null
      requireFormat(board.format)
      return readScoreboard(board.scoreboard)
    },
    scoreboards() {
      const rows = database
        .prepare(
          `SELECT fingerprint, format, scoreboard FROM pilot_boards
           WHERE pair = ? AND scoreboard IS NOT NULL ORDER BY updated_at DESC, id DESC`,
        )
        .all(pair) as { fingerprint: string; format: number; scoreboard: string }[]
      return rows.map(({ fingerprint, format, scoreboard }) => {
        requireFormat(format)
        return { fingerprint, scoreboard: readScoreboard(scoreboard) }
      })
    },
    mirroring() {
      const said = database
        .prepare('SELECT mirroring, why, at FROM pilot_control WHERE pair = ?')
        .get(pair) as { mirroring: number; why: string | null; at: string } | undefined
      return said === undefined
        ? { on: true, why: null, at: null }
        : { on: said.mirroring === 1, why: said.why, at: said.at }
    },
    setMirroring(on, why) {
      database
        .prepare('INSERT OR REPLACE INTO pilot_control VALUES (?, ?, ?, ?)')
        .run(pair, on ? 1 : 0, why, now())
    },
    clearPilot: () => clearAtOnce.immediate(),
  }
}

function readScoreboard(text: string): Scoreboard {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unusablePilot(`the scoreboard cannot be read: ${(error as Error).message}`)
  }
}

function requireFormat(format: number): void {
  if (format !== FORMAT) throw unusablePilot(`it was kept in form ${format}, this program knows ${FORMAT}`)
}

/** Evidence of the dual run that cannot be gone on with. */
export function unusablePilot(detail: string, cause?: unknown): ParitygateError {
  return new ParitygateError('state.unusable', `the evidence of the dual run: ${detail}`, {
    hint: 'Nothing was changed. Use the version that wrote it, name another state with --state, or begin anew with paritygate pilot reset.',
    cause,
  })
}
