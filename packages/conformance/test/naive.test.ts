import { createNaive } from '@convkit/backend-naive'
import { suite } from '../src/node/suite.js'
import { describeConformance } from '../src/vitest.js'

const seed = Number(process.env.CONVKIT_TEST_SEED ?? 231)

// `npm run conformance` runs it all; here are fewer cases of each check.
describeConformance('naive', createNaive, { seed, runs: 10, checks: await suite() })
