import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type CommandOptions, runCommand } from '../src/migrate/command.ts'
import { temporaryFolder } from './databases.ts'
import { failure } from './failure.ts'

function folder(options: Partial<CommandOptions> = {}): CommandOptions {
  const cwd = temporaryFolder()
  return { cwd, timeLimitMs: 30_000, output: join(cwd, 'run', 'output.txt'), ...options }
}

const sh = (script: string) => ['sh', '-c', script]

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

test('a command that ends well: what it wrote, and what it was', async () => {
  const options = folder({ env: { GREETING: 'hello' } })
  writeFileSync(join(options.cwd, 'migrate.sh'), 'echo "$GREETING $1"; pwd; echo err >&2\n')
  const result = await runCommand(['sh', 'migrate.sh', '$HOME; a b'], options)
  const sha256 = createHash('sha256')
    .update(readFileSync(join(options.cwd, 'migrate.sh')))
    .digest('hex')
  expect(result).toEqual({
    command: ['sh', 'migrate.sh', '$HOME; a b'],
    exitCode: 0,
    ms: expect.any(Number),
    output: options.output,
    files: [{ path: 'migrate.sh', sha256 }],
  })
  const written = readFileSync(options.output, 'utf8')
  // No shell has read the argument.
  expect(written).toContain('hello $HOME; a b\n')
  expect(written).toContain(options.cwd)
  expect(written).toContain('err\n')
  expect(statSync(options.output).mode & 0o777).toBe(0o600)
})

test('an output file others could read is closed to them', async () => {
  const options = { ...folder(), output: '' }
  options.output = join(options.cwd, 'output.txt')
  writeFileSync(options.output, 'older, and longer than what comes')
  chmodSync(options.output, 0o644)
  await runCommand(['echo', 'new'], options)
  expect(statSync(options.output).mode & 0o777).toBe(0o600)
  expect(readFileSync(options.output, 'utf8')).toBe('new\n')
})

test('an exit code other than 0 fails, with the last lines', async () => {
  const options = folder()
  const error = await failure(
    runCommand(sh('seq 1 100; echo "\\033[31mbroken\\033[0m" >&2; exit 3'), options),
  )
  expect(error).toMatchObject({ code: 'command.failed', exitCode: 1 })
  expect(error.message).toMatch(/^it ended with exit code 3 after [\d.]+ s\n/)
  expect(error.message).toContain(options.output)
  expect(error.message).toContain('\n  100\n')
  expect(error.message).toContain('broken')
  expect(error.message).not.toContain('\u001b')
  expect(error.message).not.toContain('\n  80\n')
})

test('a command ended by a signal fails', async () => {
  expect((await failure(runCommand(sh('kill -9 $$'), folder()))).message).toMatch(/^it was ended by SIGKILL/)
})

test('a program that is not there, and a folder that is not there', async () => {
  expect((await failure(runCommand(['no-such-program'], folder()))).message).toMatch(
    /cannot be started: .*ENOENT/,
  )
  expect((await failure(runCommand([''], folder()))).message).toMatch(/cannot be started/)
  const { message } = await failure(runCommand(['echo'], folder({ cwd: '/nowhere' })))
  expect(message).toContain('/nowhere')
})

test('secrets are not in the message', async () => {
  const env = { API_TOKEN: 'tok-7431', DATABASE_URL: 'postgres://u:p%40ss9@h/d', PGPASSWORD: 'line1\nline2' }
  const command = [
    'sh',
    '-c',
    'env | grep API; echo "cwd=$PWD p@ss9 $1 $3"; echo "dsn host=h password=inline8"; exit 1',
    'x',
  ]
  const options = folder({ env })
  const error = await failure(
    runCommand([...command, '--password=arg5', '--token', 'arg6xyz', 'mysql://me:arg7@h/d'], options),
  )
  const all = error.describe()
  for (const secret of ['tok-7431', 'p%40ss9', 'p@ss9', 'line1', 'inline8', 'arg5', 'arg6xyz', 'arg7'])
    expect(all).not.toContain(secret)
  expect(all).toContain('API_TOKEN=[redacted]')
  // Its variable is called PWD.
  expect(all).toContain(`cwd=${options.cwd}`)
})

test('a command whose time is over is ended, with what it has started', async () => {
  const options = folder({ timeLimitMs: 500 })
  const started = performance.now()
  const error = await failure(runCommand(sh('sleep 300 & echo $! > child; echo waiting; wait'), options))
  expect(performance.now() - started).toBeLessThan(4000)
  expect(error.message).toContain('its time was over')
  expect(error.message).toContain('waiting')
  expect(isRunning(Number(readFileSync(join(options.cwd, 'child'), 'utf8')))).toBe(false)
})

test('one that does not want to end is made to', async () => {
  const options = folder({ timeLimitMs: 500 })
  const script = 'trap "" TERM; echo $$ > self; while :; do sleep 0.1; done'
  const started = performance.now()
  const error = await failure(runCommand(sh(script), options))
  expect(performance.now() - started).toBeGreaterThan(5000)
  expect(error.message).toContain('its time was over')
  expect(isRunning(Number(readFileSync(join(options.cwd, 'self'), 'utf8')))).toBe(false)
}, 20_000)

test('stopped on request, it is gone', async () => {
  const controller = new AbortController()
  const options = folder({ signal: controller.signal })
  const running = failure(runCommand(sh('echo $$ > self; sleep 300'), options))
  while (!existsSync(join(options.cwd, 'self'))) await wait(20)
  controller.abort()
  expect(await running).toMatchObject({ code: 'interrupted' })
  expect(isRunning(Number(readFileSync(join(options.cwd, 'self'), 'utf8')))).toBe(false)
  expect(await failure(runCommand(['echo'], options))).toMatchObject({ code: 'interrupted' })
})

test.each(['sleep 300 & echo $! > child', 'sleep 300 > /dev/null 2>&1 & echo $! > child'])(
  'work left running in the background is not finished: %s',
  async script => {
    const options = folder()
    const error = await failure(runCommand(sh(script), options))
    expect(error.message).toContain('left processes running')
    expect(isRunning(Number(readFileSync(join(options.cwd, 'child'), 'utf8')))).toBe(false)
  },
)

test('what ends a moment after the command is no failure', async () => {
  expect(await runCommand(sh('sleep 0.3 &'), folder())).toMatchObject({ exitCode: 0 })
})

test('a process that leaves the group does not hold the run up', async () => {
  const options = folder()
  const started = performance.now()
  const script =
    "const { spawn } = require('node:child_process'); const c = spawn('sleep', ['30'], { detached: true, stdio: 'inherit' }); require('node:fs').writeFileSync('child', String(c.pid)); c.unref()"
  await runCommand([process.execPath, '-e', script], options)
  expect(performance.now() - started).toBeLessThan(10_000)
  process.kill(Number(readFileSync(join(options.cwd, 'child'), 'utf8')))
})

test('of endless output both ends are kept', async () => {
  const options = folder()
  const lines = 700_000
  await runCommand(['seq', '1', String(lines)], options)
  const all = Array.from({ length: lines }, (_, index) => `${index + 1}\n`).join('')
  const written = readFileSync(options.output, 'utf8')
  const [, head, missing, tail] = /^(.*)\n\[… (\d+) bytes of output left out …\]\n(.*)$/s.exec(written)!
  expect(head).toHaveLength(1024 * 1024)
  expect(tail).toHaveLength(1024 * 1024)
  expect(all.startsWith(head!)).toBe(true)
  expect(all.endsWith(tail!)).toBe(true)
  expect(Number(missing)).toBe(all.length - 2 * 1024 * 1024)
})

test.each([1, 1024 * 1024, 1024 * 1024 + 1, 2 * 1024 * 1024])(
  'output of %i bytes is kept whole',
  async bytes => {
    const options = folder()
    await runCommand([process.execPath, '-e', `process.stdout.write('x'.repeat(${bytes}))`], options)
    expect(statSync(options.output).size).toBe(bytes)
  },
)

test('many small pieces', async () => {
  const options = folder()
  const script = "let n = 0; const go = () => { if (n++ < 3000) process.stdout.write(n + ' ', go) }; go()"
  await runCommand([process.execPath, '-e', script], options)
  expect(readFileSync(options.output, 'utf8')).toBe(
    Array.from({ length: 3000 }, (_, index) => `${index + 1} `).join(''),
  )
})

test('when the process that started it exits, it goes as well', async () => {
  const options = folder()
  const module = join(import.meta.dirname, '../dist/migrate/command.js')
  const script = `
    import { runCommand } from ${JSON.stringify(module)}
    runCommand(['sh', '-c', 'echo $$ > self; sleep 300'], ${JSON.stringify(options)})
    setInterval(() => { if (process.getBuiltinModule('node:fs').existsSync('self')) process.exit(130) }, 20)`
  const given = { cwd: options.cwd, timeout: 20_000 }
  expect(spawnSync(process.execPath, ['--input-type=module', '-e', script], given).status).toBe(130)
  await wait(100)
  expect(isRunning(Number(readFileSync(join(options.cwd, 'self'), 'utf8')))).toBe(false)
})
