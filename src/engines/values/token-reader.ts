/** Deeper nesting than this is not read; PostgreSQL itself stops at its stack limit, near 6,400. */
const DEEPEST = 4_000

const space = new Set([' ', '\t', '\n', '\r'])

/** Reads a text token by token; JSON's white space between tokens is passed over. */
export class TokenReader {
  private readonly text: string
  private at: number
  private depth = 0

  constructor(text: string, start = 0) {
    this.text = text
    this.at = start
  }

  /** The first character of the next token; undefined at the end of the text. */
  peek(): string | undefined {
    while (space.has(this.text[this.at]!)) this.at++
    return this.text[this.at]
  }

  /**
   * @param form a sticky expression
   * @throws {SyntaxError} where no such token is next
   */
  take(form: RegExp): string {
    this.peek()
    form.lastIndex = this.at
    const token = form.exec(this.text)?.[0]
    if (!token) throw new SyntaxError(`unexpected text at ${this.at}`)
    this.at += token.length
    return token
  }

  /** @throws {SyntaxError} where the character is not next */
  expect(character: string): void {
    if (this.peek() !== character) throw new SyntaxError(`expected ${character} at ${this.at}`)
    this.at++
  }

  /** Enters a list, whose items are separated by commas. */
  open(bracket: string): void {
    this.expect(bracket)
    this.depth++
  }

  /**
   * Whether another item follows the `items` read so far; at the closing bracket the list is left. A loop, not a callback
   * for each item, so that deep nesting costs less stack.
   *
   * @throws {SyntaxError} where neither an item nor the end is next, or the list is nested too deeply
   */
  hasItem(close: string, items: number): boolean {
    if (this.peek() === close) {
      this.at++
      this.depth--
      return false
    }
    if (this.depth > DEEPEST) throw new SyntaxError('nested too deeply')
    if (items > 0) this.expect(',')
    return true
  }
}
