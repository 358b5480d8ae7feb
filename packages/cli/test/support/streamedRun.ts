import { createNaive } from '@convkit/backend-naive'
import { layers, Sequential, Solver } from '@convkit/nn'
import { defaults } from '../../src/config/schema.js'
import { loadTrainingData } from '../../src/trainingData.js'

const [data = ''] = process.argv.slice(2)
const imageSize = 256
// One of each first, so that what every run loads is not counted.
await train(await load({ train: 6, validation: 3 }))
const before = peak()
const sets = await load({})
await train(sets)
const streamed = [sets.train, sets.validation].map((set) => set !== null && 'readRow' in set.images)
process.stdout.write(JSON.stringify({ before, peak: peak(), streamed }))

function load(more: { readonly train?: number; readonly validation?: number }) {
  return loadTrainingData({ ...defaults, data, imageSize, ...more }, { memory: 2 ** 20 })
}

async function train({ train, validation }: Awaited<ReturnType<typeof load>>): Promise<void> {
  const stack = [layers.avgPool2d({ kernel: 32, stride: 32 }), layers.affine({ units: 3 })]
  using model = new Sequential(createNaive(), { input: [3, imageSize, imageSize], layers: stack })
  const options = { epochs: 1, batchSize: 4, trainSamples: 8, onWarning() {} }
  using solver = new Solver(model, { train, validation }, options)
  await solver.run()
}

function peak(): number {
  return 1024 * process.resourceUsage().maxRSS
}
