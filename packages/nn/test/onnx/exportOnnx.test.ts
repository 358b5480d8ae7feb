import { fromBinary } from '@bufbuild/protobuf'
import {
  activations,
  affine,
  ConfigError,
  ConvkitError,
  concat,
  DataError,
  defineActivation,
  type FloatTensor,
  maxPool2d,
  relu,
  type Scope,
  UnsupportedError,
  vector,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { checkModel } from '@convkit/onnx/check'
import { ModelProtoSchema, type ValueInfoProto } from 'onnx-buf'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { argmaxRows } from '../../src/argmaxRows.js'
import { activationLayer, type LayerSpec, layers, type Model, Sequential, ThreeLayerConvNet } from '../../src/index.js'
import { exportOnnx, type OnnxOptions } from '../../src/onnx/index.js'

/** Every layer there is, with options that are not the default ones. */
const everyLayer: readonly LayerSpec[] = [
  layers.standardise({ mean: [1, 0, -1, 0.5], deviation: [2, 1, 3, 0.5] }),
  layers.conv2d({ filters: 8, kernel: [3, 2], stride: [1, 2], pad: [1, 0, 2, 1], groups: 2 }),
  layers.batchNorm({ eps: 1e-3 }),
  layers.relu(),
  ...Object.values(activations).map(({ name }) => layers[name]()),
  layers.leakyRelu({ slope: 0.3 }),
  layers.maxPool2d({ kernel: 3, stride: 1, pad: 1 }),
  layers.convBnRelu({ filters: 6, kernel: 3, pad: 'same', dilation: 2 }),
  layers.sequence([layers.groupNorm({ groups: 3, eps: 1e-4 })]),
  layers.groupNorm({ groups: 2 }),
  layers.residual([layers.conv2d({ filters: 6, kernel: 3, pad: 'same' })]),
  layers.branch([[layers.relu()], [], [layers.conv2d({ filters: 3, kernel: 1 })]]),
  layers.avgPool2d({ kernel: 3, stride: 2, pad: 1, countIncludePad: false }),
  layers.convRelu({ filters: 8, kernel: 3, pad: 1, bias: false }),
  layers.layerNorm(),
  layers.dropout({ p: 0.5 }),
  layers.avgPool2d({ kernel: 2, stride: 1, pad: [1, 0] }),
  layers.convReluPool({ filters: 4, kernel: 1 }),
  layers.upsampleNearest2d({ factor: 3 }),
  layers.scale({ factor: -1.5 }),
  layers.convBnReluPool({ filters: 5, kernel: 3, pad: 'same', pool: { kernel: 2, stride: 1 } }),
  layers.globalAvgPool2d(),
  layers.affineRelu({ units: 12 }),
  layers.batchNorm(),
  layers.affine({ units: 7, bias: false }),
]

/** A model that has been trained for a while, as far as numbers go: no parameter is what it began with. */
function settle<M extends Model>(model: M, seed = 231): M {
  const random = new Random(seed)
  for (const { name, tensor } of [...model.params, ...model.buffers]) {
    const fanIn =
      tensor.shape.length > 1
        ? tensor.size / (tensor.shape.length === 4 ? (tensor.shape[0] ?? 1) : (tensor.shape[1] ?? 1))
        : 1
    const values = random.normal(tensor.size, 1 / Math.sqrt(fanIn))
    const settled = values.map((value) =>
      /Var$|variance$/.test(name) ? 0.5 + value * value : /gamma/.test(name) ? 1 + 0.3 * value : value,
    )
    tensor.write(tensor.dtype === 'float32' ? Float32Array.from(settled) : settled)
  }
  return model
}

function images(model: Model, n: number, scale = 1): Float32Array {
  const random = new Random(7)
  return Float32Array.from(random.normal(n * model.inputShape.reduce((a, b) => a * b, 1), scale))
}

async function ownScores(model: Model, X: Float32Array, n: number): Promise<Float64Array> {
  using scope = model.scope.child()
  const values = model.dtype === 'float32' ? X : Float64Array.from(X)
  return Float64Array.from(
    await model.scores(scope, scope.from(values, [n, ...model.inputShape]) as FloatTensor).read(),
  )
}

/** Loads the model with onnxruntime, which must agree with every declared shape, and runs it. */
async function run(bytes: Uint8Array, X: Float32Array, shape: number[]): Promise<Float32Array> {
  const session = await InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    extra: { session: { strict_shape_type_inference: '1' } },
  })
  const { scores } = await session.run({ images: new Tensor('float32', X, shape) })
  await session.release()
  if (!scores) throw new Error('the model has no scores')
  return scores.data as Float32Array
}

/** The largest difference, in the unit of the largest score. */
async function worst(model: Model, n: number, options?: OnnxOptions): Promise<number> {
  const bytes = await exportOnnx(model, options)
  expect(checkModel(bytes)).toEqual([])
  const X = images(model, n)
  const expected = await ownScores(model, X, n)
  const got = await run(bytes, X, [n, ...model.inputShape])
  expect(got.length).toBe(expected.length)
  const scale = Math.max(...expected.map(Math.abs))
  expect(scale).toBeGreaterThan(0)
  return Math.max(...expected.map((value, i) => Math.abs(value - (got[i] ?? Number.NaN)))) / scale
}

test.each(['float32', 'float64'] as const)('a Sequential of every layer, %s', async (dtype) => {
  const kinds = everyLayer.map(({ kind }) => kind)
  expect(Object.keys(layers).filter((kind) => !kinds.includes(kind))).toEqual([])
  using model = settle(new Sequential(createNaive(), { input: [4, 17, 26], layers: everyLayer, dtype }))
  expect(await worst(model, 3)).toBeLessThan(1e-5)
})

test.each([0, 1, 2, 3, 4])(
  'ThreeLayerConvNet, seed %i: the scores, and the classes that predict gives',
  async (seed) => {
    const options = { inputDim: [3, 15, 16], numFilters: 8, filterSize: 5, hiddenDim: 20 } as const
    using model = settle(new ThreeLayerConvNet(createNaive(), options), seed)
    expect(await worst(model, 20)).toBeLessThan(1e-5)
    const X = images(model, 20)
    const scores = await run(await exportOnnx(model), X, [20, ...model.inputShape])
    expect(argmaxRows(scores, 10)).toEqual(await model.predict(X))
  },
)

test('what is freshly initialised too, of one image', async () => {
  using model = new ThreeLayerConvNet(createNaive(), { inputDim: [1, 6, 6], numFilters: 3, filterSize: 3 })
  expect(await worst(model, 1)).toBeLessThan(1e-5)
})

test('constants have the names of parameters, and the batch has its own length or a fixed one', async () => {
  using model = new Sequential(createNaive(), {
    input: [2, 4, 4],
    layers: [
      layers.conv2d({ filters: 3, kernel: 3 }),
      layers.batchNorm(),
      layers.dropout({ p: 0.5 }),
      layers.affine({ units: 5 }),
    ],
  })
  const named = decode(await exportOnnx(model))
  expect(named.initializer).toEqual(expect.arrayContaining([...model.params, ...model.buffers].map(({ name }) => name)))
  expect(named.ops).toEqual(['Conv', 'BatchNormalization', 'Reshape', 'Gemm'])
  expect([named.input, named.output]).toEqual([
    ['images', 'batch', 2, 4, 4],
    ['scores', 'batch', 5],
  ])
  const fixed = decode(await exportOnnx(model, { batch: 6 }))
  expect([fixed.input, fixed.output]).toEqual([
    ['images', 6, 2, 4, 4],
    ['scores', 6, 5],
  ])
  expect(await worst(settle(model), 6, { batch: 6 })).toBeLessThan(1e-5)
  await expect(worst(model, 5, { batch: 6 })).rejects.toThrow(/invalid dimensions/)
})

test('a product takes its weights transposed, (outputs, inputs), with or without a bias, as every reader can', async () => {
  using model = settle(
    new Sequential(createNaive(), {
      input: [3],
      layers: [layers.affine({ units: 5 }), layers.affine({ units: 2, bias: false })],
    }),
  )
  const { graph } = fromBinary(ModelProtoSchema, await exportOnnx(model))
  const products = (graph?.node ?? []).filter(({ opType }) => opType === 'Gemm')
  const flags = products.map(({ attribute }) => attribute.filter(({ name }) => /trans/.test(name)).map(({ i }) => i))
  expect(flags).toEqual([
    [0n, 1n],
    [0n, 1n],
  ])
  const dims = products.map(({ input }) => graph?.initializer.find(({ name }) => name === input[1])?.dims)
  expect(dims).toEqual([
    [5n, 3n],
    [2n, 5n],
  ])
  expect(await worst(model, 4)).toBeLessThan(1e-5)
})

test('every layer keeps to what older readers take: no newer operator, no counted padding, no empty name', async () => {
  using model = new Sequential(createNaive(), { input: [4, 17, 26], layers: everyLayer })
  const nodes = fromBinary(ModelProtoSchema, await exportOnnx(model)).graph?.node ?? []
  expect([...new Set(nodes.map(({ opType }) => opType))].sort()).toEqual(
    [
      ...['Add', 'AveragePool', 'BatchNormalization', 'Concat', 'Conv', 'ConvTranspose', 'Gemm'],
      ...['GlobalAveragePool', 'InstanceNormalization'],
      ...['LeakyRelu', 'MaxPool', 'Mul', 'Pad', 'Relu', 'Reshape', 'Sigmoid', 'Tanh'],
    ].sort(),
  )
  const counted = nodes.flatMap(({ attribute }) => attribute.filter(({ name }) => name === 'count_include_pad'))
  expect(counted.map(({ i }) => i)).toEqual(counted.map(() => 0n))
  for (const { input } of nodes) expect(input).not.toContain('')
})

test('one matrix in two layers is exported as often as they need it', async () => {
  const twice: LayerSpec = {
    kind: 'twice',
    build: ({ name, scope, inputShape }) => {
      const w = scope.from(Float32Array.of(1, 2, 3, 4), [2, 2])
      const b = scope.from(Float32Array.of(0.5, -0.5), [2])
      return {
        name,
        params: [{ name: 'tied', tensor: w, decay: false }],
        buffers: [],
        outputShape: inputShape,
        forward: (step, x) => {
          const once = affine.forward(step, { x, w, b }).y
          return { y: affine.forward(step, { x: once, w, b }).y, backward: () => null }
        },
      }
    },
  }
  using model = new Sequential(createNaive(), { input: [2], layers: [twice] })
  expect(await worst(model, 3)).toBeLessThan(1e-5)
})

test('the mean image is subtracted inside the graph, to the bit', async () => {
  using model = settle(new ThreeLayerConvNet(createNaive(), { inputDim: [3, 6, 6], numFilters: 3, filterSize: 3 }))
  const random = new Random(4)
  const shape = [3, 6, 6]
  const mean = Float32Array.from({ length: 108 }, () => 120 + random.normal(1)[0] / 3)
  const pixels = Float32Array.from({ length: 4 * 108 }, () => random.integer(256))
  const meanImage = { dtype: 'float32', shape, data: mean } as const
  const bytes = await exportOnnx(model, { meanImage })
  expect(checkModel(bytes)).toEqual([])
  const less = pixels.map((value, i) => value - (mean[i % 108] ?? 0))
  expect(await run(bytes, pixels, [4, ...shape])).toEqual(await run(await exportOnnx(model), less, [4, ...shape]))
  await expect(exportOnnx(model, { meanImage: { ...meanImage, shape: [3, 4, 9] } })).rejects.toThrow(
    "exportOnnx: the mean image is [3,4,9], the model's images are [3,6,6]",
  )
})

/** A layer of somebody's own, made of the layers that there are. */
function custom(forward: (scope: Scope, x: FloatTensor) => FloatTensor): LayerSpec {
  return {
    kind: 'custom',
    build: ({ name, inputShape }) => ({
      name,
      params: [],
      buffers: [],
      outputShape: inputShape,
      forward: (scope, x) => ({ y: forward(scope, x), backward: () => null }),
    }),
  }
}

function withCustom(forward: (scope: Scope, x: FloatTensor) => FloatTensor): Sequential {
  return settle(
    new Sequential(createNaive(), { input: [2, 4, 4], layers: [custom(forward), layers.affine({ units: 3 })] }),
  )
}

test("a layer of one's own needs nothing more", async () => {
  using model = withCustom((scope, x) => relu.forward(scope, { x: x.reshape([x.shape[0] ?? 1, 32]) }).y)
  expect(await worst(model, 3)).toBeLessThan(1e-5)
})

test.each<readonly [string, (scope: Scope, x: FloatTensor) => FloatTensor]>([
  [
    'vector.fill: backend onnx has no float32 kernel',
    (_, x) => {
      vector.fill(x, 0)
      return x
    },
  ],
  [
    'a layer gets a tensor that no layer has made',
    (scope, x) => relu.forward(scope, { x: scope.alloc(x.shape, 'float32') }).y,
  ],
  [
    'a layer gets the batch axis among the others',
    (scope, x) => {
      const y = maxPool2d.forward(scope, { x: x.reshape([x.shape[0] === 1 ? 2 : 1, 1, 4, 4]) }, { kernel: 1 }).y
      return y.reshape(x.shape)
    },
  ],
  [
    'a layer gets the batch axis among the others',
    (scope, x) => {
      const rows = x.reshape([x.size, 1])
      return concat.forward(scope, { x: rows, z: rows }).y.reshape([x.shape[0], 4, 4, 4])
    },
  ],
])('what has no ONNX form is said: %s', async (reason, forward) => {
  using model = withCustom(forward)
  const failure = exportOnnx(model)
  await expect(failure).rejects.toThrow(UnsupportedError)
  await expect(failure).rejects.toThrow(new RegExp(`^exportOnnx: sequential has no ONNX form: ${reason}$`))
})

test.each<readonly [string, object]>([
  ['meanImage must be a tensor on the host', { meanImage: new Float32Array(108) }],
  ['meanImage must be a tensor on the host', { meanImage: { shape: [3, 6, 6] } }],
  ['expected a Float32Array', { meanImage: { shape: [3, 6, 6], data: new BigInt64Array(108) } }],
  ['the mean image [3,6,6] holds 107 numbers', { meanImage: { shape: [3, 6, 6], data: new Float32Array(107) } }],
  ['rebuild must be a function', { rebuild: 'mine' }],
])('%s, and is refused otherwise', async (message, options) => {
  const model = new Sequential(createNaive(), { input: [3, 6, 6], layers: [layers.affine({ units: 2 })] })
  const refused = exportOnnx(model, options)
  await expect(refused).rejects.toThrow(ConvkitError)
  await expect(refused).rejects.toThrow(message)
})

test('a batch that is no number of images and no name is refused', async () => {
  using model = withCustom((_, x) => x)
  for (const batch of [0, -1, 1.5, Number.NaN, 2 ** 60, '', '3', 'a b', null, true])
    await expect(exportOnnx(model, { batch: batch as number })).rejects.toThrow(
      new ConfigError(`exportOnnx: batch must be an integer of at least 1 or a name, got ${JSON.stringify(batch)}`),
    )
})

test("a model of one's own says how to build it anew", async () => {
  using model = withCustom((_, x) => x)
  const { rebuild: _, ...rest } = { ...model, rebuild: undefined }
  const bare: Model = {
    ...rest,
    numClasses: model.numClasses,
    scores: model.scores.bind(model),
    scoresAndLoss: model.scoresAndLoss,
    loss: model.loss,
    predict: model.predict,
    [Symbol.dispose]() {},
  }
  await expect(exportOnnx(bare)).rejects.toThrow('exportOnnx: sequential has no rebuild(backend), and none was given')
  expect(await worst(bare, 2, { rebuild: (backend) => model.rebuild(backend) })).toBeLessThan(1e-5)
  using other = new ThreeLayerConvNet(createNaive())
  await expect(exportOnnx(bare, { rebuild: (backend) => other.rebuild(backend) })).rejects.toThrow(DataError)
})

function decode(bytes: Uint8Array) {
  const { graph } = fromBinary(ModelProtoSchema, bytes)
  const described = ({ name, type }: ValueInfoProto) => {
    const dims = type?.value.case === 'tensorType' ? (type.value.value.shape?.dim ?? []) : []
    return [name, ...dims.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : value.value))]
  }
  return {
    initializer: graph?.initializer.map(({ name }) => name),
    ops: graph?.node.map(({ opType }) => opType),
    input: graph?.input.flatMap(described),
    output: graph?.output.flatMap(described),
  }
}

test("an activation of one's own is exported by its formula, with the scalars that were chosen", async () => {
  const shifted = defineActivation('shifted', {
    formula: 'y[i] = x[i] sigmoid(1.702 x[i]) where x[i] > bend, low x[i] elsewhere',
    defaults: { bend: 0, low: 0.1 },
    y: (a, x, of) =>
      a.where(a.sub(x, of('bend')), a.mul(x, a.sigmoid(a.mul(a.constant(1.702), x))), a.mul(of('low'), x)),
  })
  const specs = [
    layers.conv2d({ filters: 3, kernel: 3 }),
    activationLayer(shifted, { bend: 0.25 }),
    layers.affine({ units: 4 }),
  ]
  using model = settle(new Sequential(createNaive(), { input: [2, 6, 6], layers: specs }))
  expect(await worst(model, 3)).toBeLessThan(1e-5)
  expect(() => activationLayer(shifted, { bend: Number.NaN })).toThrow('shifted: bend must be a finite number, got NaN')
})
