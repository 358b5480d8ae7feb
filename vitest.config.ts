import { defineConfig } from 'vitest/config'

// One configuration for every package: `vitest run --config ../../vitest.config.ts --root .`
const conditions = ['@convkit/source']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    setupFiles: [new URL('vitest.setup.ts', import.meta.url).pathname],
    reporters: ['default', ['json', { outputFile: 'reports/tests.json' }]],
    testTimeout: 30_000,
    // Messages are compared as text, wherever tests run: a CI machine asks for colour.
    env: { NO_COLOR: '1' },
  },
})
