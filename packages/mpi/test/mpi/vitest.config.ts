import { defineConfig } from 'vitest/config'
import shared from '../../../../vitest.config.js'

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['test/mpi/*.mpi.ts'],
    // Ranks share the machine's cores: one file at a time.
    fileParallelism: false,
    testTimeout: 120_000,
    reporters: ['default', ['json', { outputFile: 'reports/mpi.json' }]],
  },
})
