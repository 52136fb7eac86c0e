/** Lower case with hyphens, of 16 bytes or of 32 hexadecimal digits with or without hyphens and braces. */
export function canonicalUuid(value: string | Buffer): string | null {
  const digits =
    typeof value === 'string'
      ? value.replace(/[{}-]/g, '').toLowerCase()
      : value.length === 16
        ? value.toString('hex')
        : ''
  if (!/^[0-9a-f]{32}$/.test(digits)) return null
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
