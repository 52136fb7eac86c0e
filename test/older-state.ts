/** SQL that makes the tables of a state as older versions had them of those that are new; see `src/store/state-file.ts`. */
export const asVersion6 = `
  DROP TABLE pilot_parts; DROP TABLE pilot_boards; DROP TABLE pilot_control;
  PRAGMA user_version = 6;`

export const asVersion4 = `
  ${asVersion6}
  DROP TABLE quarantine; DROP TABLE backups; DROP TABLE rollback_progress;
  CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (id), name TEXT NOT NULL, key TEXT NOT NULL,
    column_name TEXT, reason TEXT NOT NULL, row TEXT NOT NULL, redacted TEXT NOT NULL
  );
  CREATE INDEX quarantine_run ON quarantine (run, name);
  PRAGMA user_version = 4;`
