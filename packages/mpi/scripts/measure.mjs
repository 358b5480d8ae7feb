// What a step and its communication cost, on the ranks that mpirun starts; rank 0 prints JSON lines:
// mpirun -n 2 node packages/mpi/scripts/measure.mjs [STEPS]

import { withSyncBatchNorm } from '@convkit/api'
import { createWasm } from '@convkit/backend-wasm'
import { Random } from '@convkit/data'
import { createMpi } from '@convkit/mpi'
import { layers, Sequential, Solver, ThreeLayerConvNet } from '@convkit/nn'

const steps = Number(process.argv[2] ?? 60)
const mpi = await createMpi()
const print = (line) => mpi.rank === 0 && process.stdout.write(`${JSON.stringify({ ranks: mpi.size, ...line })}\n`)
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

function images(n) {
  const random = new Random(1)
  return {
    images: Float32Array.from(random.normal(n * 3072)),
    labels: Int32Array.from({ length: n }, () => random.integer(10)),
    shape: [n, 3, 32, 32],
    classNames: [],
  }
}

const nets = {
  notebook: (backend) => new ThreeLayerConvNet(backend, { seed: 1 }),
  batchNorm: (backend) =>
    new Sequential(backend, {
      input: [3, 32, 32],
      layers: [
        layers.convBnReluPool({ filters: 32, kernel: 3, pad: 'same' }),
        layers.convBnReluPool({ filters: 64, kernel: 3, pad: 'same' }),
        layers.affine({ units: 10 }),
      ],
    }),
}

async function step(net, batchSize, sync) {
  const own = await createWasm({ threads: 1 })
  const backend = sync ? withSyncBatchNorm(own, (values) => mpi.allreduce(values)) : own
  const model = nets[net](backend)
  const data = { train: images(batchSize), validation: images(mpi.size) }
  const solver = new Solver(model, data, {
    communicator: mpi,
    epochs: steps,
    batchSize,
    optimizer: { name: 'adam', learningRate: 1e-6 },
    trainSamples: 1,
    keepBest: false,
  })
  const times = []
  let share = 0
  for await (const event of solver.train()) {
    if (event.type === 'loss' && event.iteration > 5) times.push((1000 * batchSize) / event.imagesPerSecond)
    if (event.type === 'done') share = event.communication?.share ?? 0
  }
  solver[Symbol.dispose]()
  const parameters = model.params.reduce((sum, { tensor }) => sum + tensor.size, 0)
  model[Symbol.dispose]()
  const ms = median(times)
  print({ net, sync, parameters, batchSize, ms, imagesPerSecond: (1000 * batchSize) / ms, share })
}

for (const kib of [0.004, 1, 16, 64, 256, 1024, 4096, 16384]) {
  const data = new Float32Array(kib * 256)
  const count = Math.max(20, Math.min(1000, 20_000 / kib))
  const times = []
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    await mpi.allreduce(data)
    times.push(performance.now() - start)
  }
  print({ allreduce: kib * 1024, us: 1000 * median(times) })
}
for (const batch of [50, 100]) {
  await step('notebook', batch * mpi.size, false)
  if (mpi.size > 1) await step('notebook', batch, false)
}
for (const sync of mpi.size > 1 ? [false, true] : [false]) await step('batchNorm', 50 * mpi.size, sync)
await mpi.close()
