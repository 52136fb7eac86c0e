const LONGEST = 400

/**
 * A function of a text that keeps what it has come to: the same few texts come in every exchange. All of it is thrown away
 * once there are too many, and long ones are not kept, so that no traffic makes it grow.
 *
 * @param most texts kept
 */
export function remembered<T>(most: number, compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return text => {
    if (text.length > LONGEST) return compute(text)
    const before = known.get(text)
    if (before !== undefined) return before
    const computed = compute(text)
    if (known.size >= most) known.clear()
    // A slice would keep alive all of the text it is cut from.
    known.set(Buffer.from(text).toString(), computed)
    return computed
  }
}
