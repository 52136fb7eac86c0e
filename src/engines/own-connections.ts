const names = new Set<string>()

/** The connections of this process to any server, by names no two servers share: whoever counts those of others leaves them out. */
export const ownConnections = {
  /** @returns forgets it, once it is closed */
  add(name: string): () => void {
    names.add(name)
    return () => void names.delete(name)
  },
  all: (): string[] => [...names],
}
