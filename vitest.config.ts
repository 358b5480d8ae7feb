import { defineConfig } from 'vitest/config'

// One configuration for every package: `vitest run --config ../../vitest.config.ts --root .`
const conditions = ['@convkit/source']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['test/**/*.test.ts'], testTimeout: 20_000 },
})
