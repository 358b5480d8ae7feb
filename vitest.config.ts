import { defineConfig } from 'vitest/config'

// One configuration for every package: `vitest run --config ../../vitest.config.ts --root .`
const [major] = process.versions.node.split('.')
const conditions = ['@convkit/source']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    setupFiles: [new URL('vitest.setup.ts', import.meta.url).pathname],
    // A run on another Node leaves this one's report alone.
    reporters: ['default', ['json', { outputFile: `reports/tests-node${major}.json` }]],
    // Against what hangs, on a machine however slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Messages are compared as text, wherever tests run: a CI machine asks for colour.
    env: { NO_COLOR: '1' },
  },
})
