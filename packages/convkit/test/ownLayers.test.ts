import { expect, it } from 'vitest'
import { codeOf, consumerOf } from './support/guide.js'

/** All that the guide makes, in one net. */
const net = `
import { activationLayer, createNaive, layers, Sequential } from 'convkit'
import { block } from './block.js'
import { losses } from './huber.js'
import { lion } from './lion.js'
import { onnx, quickGelu } from './quickGelu.js'
import { times } from './times.js'

const model = new Sequential(createNaive(), { input: [3], layers: [activationLayer(quickGelu), times(2), layers.affine({ units: 2 })] })
const net = new Sequential(createNaive(), { input: [3, 8, 8], layers: [block(4, 2), block(4, 1), layers.affine({ units: 2 })] })
const scope = model.scope.child()
const x = scope.from(Float32Array.of(-1, 0, 1), [1, 3])
const [w, g, m] = [[1, 2], [3, -4], [0, 0]].map((values) => scope.from(Float32Array.from(values), [2]))
lion.update(w, g, [m], { learningRate: 0.5, beta1: 0.9, beta2: 0.5, weightDecay: 0 })
const scores = await model.predict(Float32Array.of(-1, 0, 1))
const values = async (tensor) => Array.from(await tensor.read())
console.log(JSON.stringify({ onnx: onnx.length > 500, scores: scores.length, learnt: losses[49] < 0.01 * losses[0], w: await values(w), m: await values(m), classes: (await net.predict(new Float32Array(192))).length }))
`

/** The guide's model beside the same one of the library's layers, from the same first weights; stopped and resumed; exported. */
const model = `
import { createNaive, decodeCheckpoint, encodeCheckpoint, exportOnnx, layers, Sequential, Solver } from 'convkit'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { WideAndDeep } from './wideAndDeep.js'

const set = (n) => ({
  images: Float32Array.from({ length: 5 * n }, (_, i) => Math.sin(i * i)),
  labels: Int32Array.from({ length: n }, (_, i) => i % 3),
  shape: [n, 5],
})
const data = { train: set(24), validation: set(9) }
const options = { epochs: 2, batchSize: 8, optimizer: 'adam', seed: 3, onWarning() {} }
const own = (seed) => new WideAndDeep(createNaive(), { features: 5, hidden: 4, classes: 3, reg: 0.1, seed })
const valuesOf = ({ params }) => Promise.all(params.map(async ({ tensor }) => Array.from(await tensor.read())))
const trained = async (model, state) => {
  const solver = new Solver(model, data, options)
  if (state) solver.restore(state)
  await solver.run()
  return valuesOf(model)
}

const first = own(1)
const tensors = await Promise.all(
  first.params.map(async ({ tensor }) => ({ dtype: 'float32', shape: tensor.shape, data: await tensor.read() })),
)
const body = [layers.affineRelu({ units: 4 }), layers.affine({ units: 3, bias: false })]
const layered = (values) =>
  new Sequential(createNaive(), {
    input: [5],
    reg: 0.1,
    layers: [layers.residual(body, { shortcut: [layers.affine({ units: 3 })] })],
    ...(values && { values }),
  })
const names = layered().params.map(({ name }) => name)
const same = await trained(layered(new Map(names.map((name, i) => [name, tensors[i]]))))
const unbroken = await trained(first)

const stopped = new Solver(own(1), data, options)
for await (const event of stopped.train()) if (event.type === 'epoch' && event.epoch === 1) break
const resumed = await trained(own(9), await decodeCheckpoint(await encodeCheckpoint(await stopped.state())))

const session = await InferenceSession.create(await exportOnnx(first), { logSeverityLevel: 4 })
const { images } = data.validation
const { scores } = await session.run({ images: new Tensor('float32', images, [9, 5]) })
const own9 = await first.scores(first.scope, first.scope.from(images, [9, 5])).read()
const off = Math.max(...own9.map((score, i) => Math.abs(score - scores.data[i])))
console.log(JSON.stringify({ same, unbroken, resumed, off: off / Math.max(...own9.map(Math.abs)) }))
`

it('compiles and runs as docs/own-layers.md shows it', async () => {
  const files = await codeOf('own-layers.md')
  expect(Object.keys(files)).toEqual([
    'quickGelu.ts',
    'quickGelu.test.ts',
    'huber.ts',
    'lion.ts',
    'block.ts',
    'times.ts',
    'wideAndDeep.ts',
  ])
  const consumer = await consumerOf(
    { ...files, 'net.mjs': net, 'model.mjs': model },
    {
      convkit: 'convkit',
      '@convkit/conformance': 'conformance',
      'onnxruntime-node': 'convkit/node_modules/onnxruntime-node',
    },
  )
  expect(consumer.compile()).toBe('')
  const { w, m, ...others } = JSON.parse(consumer.run('net.mjs'))
  expect(others).toEqual({ onnx: true, scores: 1, learnt: true, classes: 1 })
  expect({ w, m }).toEqual({ w: [0.5, 2.5], m: [1.5, -2] })

  const { same, unbroken, resumed, off } = JSON.parse(consumer.run('model.mjs'))
  expect(unbroken).toEqual(same)
  expect(resumed).toEqual(unbroken)
  // What `exportOnnx` promises.
  expect(off).toBeLessThan(1e-5)
})
