/** A value as SQLite stores it, which is how it goes from one SQLite to another, for people: without the letter of its kind. */
export function shownNative(text: string): string {
  return text[0] === 'b' ? `\\x${text.slice(1).toLowerCase()}` : text.slice(1)
}
