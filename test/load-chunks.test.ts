import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { CopyContext } from '../src/migrate/copy-context.ts'
import type { Copy } from '../src/migrate/copy-record.ts'
import { loadChunks } from '../src/migrate/load-chunks.ts'
import type { Lines } from '../src/model/row-line.ts'
import type { Mapping } from '../src/plan/mapping.ts'

test('a chunk that fails ends what is read ahead, however long that would be held back', async () => {
  const failure = new Error('the target is gone')
  let pieces = 0
  const source = {
    async *read() {
      yield { bytes: Buffer.from('1\n'), rows: 1 }
    },
    failure: (error: unknown) => error,
  }
  const target = {
    async load(_table: string, _columns: unknown, lines: AsyncIterable<Lines>) {
      for await (const _ of lines);
      // The next chunk waits to be read by then.
      while (pieces < 2) await setImmediate()
      throw failure
    },
    transactionalDdl: true,
    deferForeignKeys: async () => {},
    begin: async () => {},
    rollback: async () => {},
    failure: (error: unknown) => error,
  }
  const context = {
    source,
    target,
    lanes: async () => [{ source, target }],
    journal: { checkpoints: async () => [], requireHold: async () => {} },
    options: {
      async pace(_bytes: number, signal: AbortSignal) {
        if (++pieces === 1) return
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
    },
    triggers: { any: false, turnOff: async () => {} },
    quarantine: { clear() {} },
    totals: new Map([['t', 2]]),
  }
  const mapping = {
    table: 't',
    columns: [],
    sourceRelation: { from: 't', rowid: null, where: null },
    target: { name: 't', foreignKeys: [] },
  }
  const copy = { record: { cutBy: 'id', cuts: ['2'], suspended: null } }
  const loading = loadChunks(
    context as unknown as CopyContext,
    mapping as unknown as Mapping,
    copy as unknown as Copy,
  )
  await expect(loading).rejects.toBe(failure)
})
