import { createNaive } from '@convkit/backend-naive'
import { expect, it } from 'vitest'
import {
  accuracy,
  encodeCheckpoint,
  encodeModel,
  layers,
  numericGradient,
  Sequential,
  Solver,
  ThreeLayerConvNet,
} from '../src/index.js'
import { createLayer, type LayerKind, layerOptions } from '../src/layerCatalog.js'
import { saveCheckpoint, saveModel } from '../src/node/index.js'
import { exportOnnx } from '../src/onnx/index.js'
import { build, small } from './solver/fixture.js'

const model = build()
const solver = new Solver(model, small)
const card = ['meanImage', 'classNames', 'layers']
const feedForward = ['reg', 'dtype', 'seed', 'values']
const train = ['signal', 'checkpointEvery']
const net = ['inputDim', 'numFilters', 'filterSize', 'hiddenDim', 'numClasses', 'weightScale']
const run = ['epochs', 'batchSize', 'optimizer', 'lrDecay', 'seed', 'trainSamples', 'validationSamples', 'keepBest']
const steps = [
  'monitor',
  'patience',
  'clipNorm',
  'gradientNorm',
  'metrics',
  'accumulate',
  'augment',
  'lossEvery',
  'snapshotEvery',
  'communicator',
  'onWarning',
]

const sequential = (options: object) =>
  new Sequential(createNaive(), { input: [2], layers: [layers.affine({ units: 2 })], ...options })

async function loss(request: object) {
  using scope = model.scope.child()
  const X = scope.from(new Float32Array(32), [1, 2, 4, 4])
  return model.loss(scope, X, scope.labels(new Int32Array(1), 2), request)
}

/** Each function by what it calls itself, with every option that it has. Nothing can be written to these paths. */
const functions: readonly (readonly [owner: string, names: readonly string[], call: (options: object) => unknown])[] = [
  ['sequential', [...feedForward, 'input', 'layers', 'loss'], sequential],
  ['threeLayerConvNet', [...feedForward, ...net], (options) => new ThreeLayerConvNet(createNaive(), options)],
  ['sequential.loss', ['mode', 'grads', 'scale', 'share', 'onOutput'], loss],
  ['sequential.predict', ['batchSize'], (options) => model.predict(small.train.images, options)],
  ['solver', [...run, ...steps], (options) => new Solver(model, small, options)],
  ['solver.train', train, (options) => solver.train(options).next()],
  ['solver.run', [...train, 'onEvent'], (options) => solver.run(options)],
  ['accuracy', ['rows', 'batchSize', 'signal', 'communicator'], (options) => accuracy(model, small.train, options)],
  ['numericGradient', ['h', 'dy'], (options) => numericGradient(() => 0, new Float64Array(1), options)],
  ['exportOnnx', ['batch', 'rebuild', 'meanImage'], (options) => exportOnnx(model, options)],
  ['model card', card, (options) => encodeModel(model, options)],
  ['model card', card, async (options) => encodeCheckpoint(await solver.state(), options)],
  ['model card', card, (options) => saveModel('/no/such/folder/model', model, options)],
  ['model card', card, (options) => saveCheckpoint('/no/such/folder/run', solver, options)],
]

const layersWithOptions = Object.entries(layerOptions).map(
  ([kind, names]) =>
    [kind, Object.keys(names), (options: object) => createLayer(kind as LayerKind, [options])] as const,
)
const convolution = { filters: 1, kernel: 1 }
const nested: typeof functions = [
  ['residual', ['shortcut'], (options) => layers.residual([], options)],
  ['convBnRelu: bn', ['eps', 'momentum'], (bn) => layers.convBnRelu({ ...convolution, bn })],
  ['convBnReluPool: bn', ['eps', 'momentum'], (bn) => layers.convBnReluPool({ ...convolution, bn })],
  [
    'convReluPool: pool',
    ['stride', 'pad'],
    (pool) => layers.convReluPool({ ...convolution, pool: { kernel: 2, ...pool } }),
  ],
  [
    'convBnReluPool: pool',
    ['stride', 'pad'],
    (pool) => layers.convBnReluPool({ ...convolution, pool: { kernel: 2, ...pool } }),
  ],
]

it.each([...functions, ...layersWithOptions, ...nested])(
  '%s refuses an option whose name is not known',
  async (owner, names, call) => {
    for (const name of names)
      await expect((async () => call({ [`${name}x`]: 1 }))()).rejects.toThrow(
        `${owner}: there is no option ${name}x; did you mean ${name}? (known: `,
      )
  },
)
