/** Schemas that are nobody's but the server's. */
export const ownSchemas = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

/** Objects made since the cluster was, which a dump may hold. */
const made = 'oid >= 16384'

/** A dump begins with the schema public of a new database: what else stands there is of the dump. */
const standardPublic = [
  `EXECUTE format('CREATE SCHEMA public AUTHORIZATION %I', CASE WHEN current_setting('server_version_num')::int >= 150000
    THEN 'pg_database_owner' ELSE (SELECT rolname FROM pg_roles WHERE oid = 10) END);`,
  `IF current_setting('server_version_num')::int >= 150000 THEN GRANT USAGE ON SCHEMA public TO PUBLIC;`,
  'ELSE GRANT ALL ON SCHEMA public TO PUBLIC; END IF;',
  `COMMENT ON SCHEMA public IS 'standard public schema';`,
].join('\n  ')

/**
 * SQL that takes a database back to what CREATE DATABASE makes: event triggers first, which would see the rest go. Part of
 * the transaction that fills it again.
 */
export const emptyDatabase = `
SET lock_timeout = '60s';
SET client_min_messages = error;
DO $paritygate$
DECLARE statement text;
BEGIN
  FOREACH statement IN ARRAY ARRAY(
    SELECT format('DROP EVENT TRIGGER IF EXISTS %I CASCADE', evtname) FROM pg_event_trigger WHERE ${made}
  ) || ARRAY(
    SELECT format('DROP PUBLICATION IF EXISTS %I CASCADE', pubname) FROM pg_publication WHERE ${made}
  ) || ARRAY(
    SELECT format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_extension WHERE ${made}
  ) || ARRAY(
    SELECT format('DROP SCHEMA IF EXISTS %I CASCADE', n.nspname) FROM pg_namespace n WHERE ${ownSchemas}
  ) || ARRAY(
    SELECT format('DROP CAST IF EXISTS (%s AS %s)', castsource::regtype, casttarget::regtype) FROM pg_cast WHERE ${made}
  ) || ARRAY(
    SELECT format('DROP FOREIGN DATA WRAPPER IF EXISTS %I CASCADE', fdwname) FROM pg_foreign_data_wrapper WHERE ${made}
  ) || ARRAY(
    SELECT format('DROP LANGUAGE IF EXISTS %I CASCADE', lanname) FROM pg_language WHERE ${made}
  ) || ARRAY(
    SELECT format('DROP ACCESS METHOD IF EXISTS %I CASCADE', amname) FROM pg_am WHERE ${made}
  ) LOOP
    EXECUTE statement;
  END LOOP;
  PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
  ${standardPublic}
END
$paritygate$;
`
