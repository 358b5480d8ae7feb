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

it('compiles and runs as docs/own-layers.md shows it', async () => {
  const files = await codeOf('own-layers.md')
  expect(Object.keys(files)).toEqual(['quickGelu.ts', 'quickGelu.test.ts', 'huber.ts', 'lion.ts', 'block.ts', 'times.ts'])
  const consumer = await consumerOf(
    { ...files, 'net.mjs': net },
    { convkit: 'convkit', '@convkit/conformance': 'conformance' },
  )
  expect(consumer.compile()).toBe('')
  const { w, m, ...others } = JSON.parse(consumer.run('net.mjs'))
  expect(others).toEqual({ onnx: true, scores: 1, learnt: true, classes: 1 })
  expect({ w, m }).toEqual({ w: [0.5, 2.5], m: [1.5, -2] })
})
