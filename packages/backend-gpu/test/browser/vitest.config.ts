import { defineConfig } from 'vitest/config'

// Apart from the other tests: these want a browser. Two providers are held at a time, each in a browser of its own.
export default defineConfig({
  test: { include: ['test/browser/*.browser.ts'], maxWorkers: 2, testTimeout: 900_000, hookTimeout: 120_000 },
})
