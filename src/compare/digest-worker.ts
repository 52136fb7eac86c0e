import { parentPort, workerData } from 'node:worker_threads'
import type { Buckets } from './buckets.ts'
import { RowDigest } from './digest.ts'

/** Pieces of row lines in, the number of rows so far out for each; null in, the digest out. */
const { keyFields, buckets } = workerData as { keyFields: number; buckets: Buckets }
const digest = new RowDigest(keyFields, buckets)

parentPort!.on('message', (piece: Uint8Array | null) => {
  parentPort!.postMessage(piece === null ? digest.finish() : digest.take(piece))
})
