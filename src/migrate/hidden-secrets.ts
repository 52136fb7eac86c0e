import { isSecretName, REDACTED } from '../model/redact.ts'

/** Shorter values would hide more than themselves. */
const SHORTEST = 3

/** Names of shells for where they are, in which `pwd` is no password. */
const folders = new Set(['PWD', 'OLDPWD'])

/**
 * What hides secrets in text: the values of environment variables and arguments whose name is a secret's, passwords of
 * URLs, and what stands after `password=`.
 */
export function secretsHidden(env: NodeJS.ProcessEnv, command: string[]): (text: string) => string {
  const secrets = new Set<string>()
  const add = (value: string | undefined) => {
    if (value !== undefined && value.length >= SHORTEST) secrets.add(value)
  }
  for (const [name, value = ''] of Object.entries(env)) {
    if (isSecretName(name) && !folders.has(name)) add(value)
    passwordsOf(value).forEach(add)
  }
  for (const [index, argument] of command.entries()) {
    passwordsOf(argument).forEach(add)
    const [, name, value] = /^-*([\w-]+)(?:=(.*))?$/s.exec(argument) ?? []
    if (name && isSecretName(name)) add(value ?? (argument.startsWith('-') ? command[index + 1] : undefined))
  }
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
  return text =>
    longestFirst
      .reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text)
      .replace(urlPassword, `$1${REDACTED}@`)
      .replace(assignment, (whole, name: string, equals: string) =>
        isSecretName(name) && !folders.has(name) ? `${name}${equals}${REDACTED}` : whole,
      )
}

// Bounded, and begun where nothing of the kind has, so that a long line takes no time to speak of.
const urlPassword = /(:\/\/[^\s/?#:@]{0,256}:)([^\s/?#]{1,1024})@/g
const assignment = /(?<![\w-])([\w-]{1,64})(=)("[^"]*"|'[^']*'|[^\s&,;]+)/g

function passwordsOf(text: string): string[] {
  return [...text.matchAll(urlPassword)].flatMap(([, , password]) => {
    try {
      return [password!, decodeURIComponent(password!)]
    } catch {
      return [password!]
    }
  })
}
