import { describeConformance } from '@convkit/conformance/vitest'
import { createGpu } from '../src/index.js'

describeConformance('cpu', () => createGpu({ provider: 'cpu' }))
