import { defineConfig } from 'vitest/config'

// A page and a browser for each file: one at a time, or they take the processors from each other.
export default defineConfig({
  test: {
    include: ['test/browser/*.browser.ts'],
    setupFiles: [new URL('../../../../vitest.setup.ts', import.meta.url).pathname],
    globalSetup: ['test/browser/build.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
})
