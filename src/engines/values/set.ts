/** Members separated by commas: in order of their code units, each once. Which there can be is the column's business. */
export function canonicalSet(text: string): string {
  if (!text.includes(',')) return text
  return [...new Set(text.split(','))].sort().join(',')
}
