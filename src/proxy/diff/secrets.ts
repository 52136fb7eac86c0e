import { isSecretName, REDACTED } from '../../model/redact.ts'

/** Names of answers, rather than of tables, whose values let somebody in: those of headers that are echoed, of sessions. */
const GRANTS = /^((proxy[-_]?)?authori[sz]ation|(set[-_]?)?cookie|jwt|j?session[-_]?id|phpsessid|sid)$/i

/** A name whose values are never shown. */
export function isSecretField(name: string): boolean {
  return GRANTS.test(name) || isSecretName(name)
}

/** Without what lets somebody in though no name says so: credentials in addresses, JSON Web Tokens, and schemes of Authorization. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/([?&;,\s#])([\w.-]{1,64})=([^&;,\s"]+|"[^"]*")/g, (all, mark: string, name: string) =>
      isSecretField(name) || name === 'code' ? `${mark}${name}=${REDACTED}` : all,
    )
    .replace(/\beyJ[\w-]{8,}(\.[\w-]*)*/g, REDACTED)
    .replace(/\b(Bearer|Basic) +(?=[\w+/.~-]{0,200}\d)[\w+/.~-]{8,}=*/gi, `$1 ${REDACTED}`)
    .replace(/(\/\/[^/?#\s@:]{0,200}):[^/?#\s@]{1,200}@/g, `$1:${REDACTED}@`)
}
