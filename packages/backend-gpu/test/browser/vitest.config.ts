import { defineConfig } from 'vitest/config'

// Apart from the other tests: these want a browser.
export default defineConfig({
  test: { include: ['test/browser/*.browser.ts'], testTimeout: 600_000, hookTimeout: 120_000 },
})
