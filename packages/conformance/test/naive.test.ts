import { createNaive } from '@convkit/backend-naive'
import { suite } from '../src/node/suite.js'
import { describeConformance } from '../src/vitest.js'

const seed = Number(process.env.CONVKIT_TEST_SEED ?? 231)

describeConformance('naive', createNaive, { seed, runs: 40, checks: await suite() })
