/** SQL that names a process of this server, by its number, as no other server and no later start of it does. */
export function backendName(pid: string): string {
  // As a number: as a text it would depend on the session's time zone.
  const started = '(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint'
  return `(current_setting('port') || '/' || ${started} || '#' || ${pid})`
}
