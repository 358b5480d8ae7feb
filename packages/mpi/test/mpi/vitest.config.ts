import { mergeConfig } from 'vitest/config'
import shared from '../../../../vitest.config.js'

// Ranks share the machine's cores: one file at a time.
export default mergeConfig(shared, {
  test: { include: ['test/mpi/**/*.mpi.ts'], fileParallelism: false, testTimeout: 120_000 },
})
