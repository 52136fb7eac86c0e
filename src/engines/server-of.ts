/** Host and port of a server's URL, for people. */
export function serverOf(url: string): string {
  const { host, searchParams } = new URL(url)
  return host || searchParams.get('host') || searchParams.get('socket') || 'localhost'
}
