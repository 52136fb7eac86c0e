import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const src = resolve(import.meta.dirname, '../src')

/** Each room, and the rooms it may import from. The three verbs do not import each other. */
const rooms: Record<string, string[]> = {
  model: [],
  engines: ['model'],
  plan: ['model', 'engines'],
  compare: ['model', 'engines', 'plan'],
  store: ['model', 'engines', 'plan'],
  migrate: ['model', 'engines', 'plan', 'compare', 'store'],
  verify: ['model', 'engines', 'plan', 'compare', 'store'],
  proxy: ['model', 'engines', 'plan', 'store'],
  gate: ['model', 'engines', 'plan', 'store'],
  report: ['model', 'engines', 'plan', 'store'],
  backup: ['model', 'engines', 'plan', 'compare', 'store', 'verify'],
  rollback: ['model', 'engines', 'plan', 'compare', 'store', 'migrate', 'backup', 'verify'],
  demo: ['model', 'engines', 'plan', 'store', 'migrate', 'verify', 'gate', 'report', 'backup', 'rollback'],
  cli: [
    'model',
    'engines',
    'plan',
    'store',
    'migrate',
    'verify',
    'proxy',
    'gate',
    'report',
    'backup',
    'rollback',
    'demo',
  ],
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8')
  const named = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!)
  return named
    .filter(name => name.startsWith('.'))
    .map(name => relative(src, resolve(src, dirname(file), name)))
}

const roomOf = (file: string) => file.split('/')[0]!

test('every source file stands in a known room, or is the entry of the package', () => {
  const strays = files.filter(file => file !== 'index.ts' && rooms[roomOf(file)] === undefined)
  expect(strays).toEqual([])
})

test('imports between rooms go one way', () => {
  const wrong = files
    .filter(file => file !== 'index.ts')
    .flatMap(file => importsOf(file).map(imported => [file, imported] as const))
    .filter(
      ([file, imported]) =>
        roomOf(file) !== roomOf(imported) && !rooms[roomOf(file)]!.includes(roomOf(imported)),
    )
  expect(wrong).toEqual([])
})

test('an engine does not import another engine, and nobody outside the engines knows which there are', () => {
  const engineOf = (file: string) => /^engines\/(sqlite|postgres|mysql)\//.exec(file)?.[1]
  const wrong = files.flatMap(file =>
    importsOf(file)
      .filter(
        imported =>
          engineOf(imported) !== undefined &&
          engineOf(imported) !== engineOf(file) &&
          file !== 'engines/open.ts',
      )
      .map(imported => [file, imported]),
  )
  expect(wrong).toEqual([])
})

test('transactions, deferral and error codes of one engine are known in its own folder only', () => {
  const rest = files.filter(file => !/^(engines|demo)\//.test(file))
  const engineWords =
    /\bSAVEPOINT\b|SET CONSTRAINTS|foreign_key_checks|\bER_[A-Z]|SQLITE_|'(?:0[0-9A-Z]|[1-5]\d)[0-9A-Z]\d{2}'/
  const wrong = rest.filter(file => engineWords.test(readFileSync(join(src, file), 'utf8')))
  expect(wrong).toEqual([])
})

test('every engine folder holds the files of the port', () => {
  const port = ['connect.ts', 'digest.ts', 'introspect.ts', 'load.ts', 'read.ts', 'sql.ts', 'values.ts']
  for (const engine of ['sqlite', 'postgres', 'mysql']) {
    expect(
      files.filter(file => file.startsWith(`engines/${engine}/`)).map(file => file.split('/')[2]),
    ).toEqual(expect.arrayContaining(port))
  }
})

test('no import is a circle', () => {
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: string[]) => {
    if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file)) return
    for (const imported of importsOf(file)) visit(imported, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(circles).toEqual([])
})
