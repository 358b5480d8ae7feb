import { describeConformance } from '@convkit/conformance/vitest'
import { createGpu } from '../src/index.js'
import { openCpu } from '../src/providers/cpu.js'

// `npm run conformance` runs it all, with the reference files; here are fewer cases of each check.
describeConformance('the processor', () => createGpu({ provider: 'cpu' }), { runs: 2 })

describeConformance('the gradient of weights by slices', () => slices('slices'), { only: ['conv2d'], runs: 8 })
describeConformance('the gradient of weights by convolution', () => slices('conv'), { only: ['conv2d'], runs: 8 })

async function slices(convWeights: 'slices' | 'conv') {
  const cpu = await openCpu({})
  return createGpu({ provider: { ...cpu, forms: { ...cpu.forms, convWeights } } })
}
