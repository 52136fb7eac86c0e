/** Flask's session cookie, signed as itsdangerous does it. @param seconds since 1970; default: now */
export function writeSession(session: object, secret: string, seconds?: number): string

/** What a cookie says; null where it is missing or not signed by us. */
export function readSession(cookie: string | undefined, secret: string): { person_id: number } | null

export function cookieOf(header: string | undefined, name: string): string | undefined
