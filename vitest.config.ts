import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests run what is shipped: the build, which `npm test` makes first. A worker thread cannot load TypeScript on Node 20.
  resolve: { alias: [{ find: /^(\.{1,2}\/.*)src\/(.*)\.ts$/, replacement: '$1dist/$2.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/postgres-server.ts', 'test/mysql-server.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
