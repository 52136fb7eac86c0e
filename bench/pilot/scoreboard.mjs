import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** What `paritygate pilot status --json` says in a folder with a plan. */
export function scoreboardOf(folder) {
  const words = [cli, 'pilot', 'status', '--json']
  try {
    return JSON.parse(
      execFileSync(process.execPath, words, {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
  } catch (error) {
    // Its exit code is what the scoreboard says, and little evidence is no failure here.
    if (error.stdout) return JSON.parse(error.stdout)
    throw error
  }
}
