import { type Backend, type FloatDType, type FloatTensor, maxPool2d } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import { ThreeLayerConvNet } from '@convkit/nn'
import fc from 'fast-check'
import { elementwise } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { inputOf, labelsOf, tensorOf } from '../core/inputs.js'
import { type Approx, running } from '../core/running.js'
import { seeds } from '../core/shapes.js'
import type { LayerSpec } from '../core/spec.js'
import { labels, map, values } from '../core/values.js'
import { affineSpec } from '../layers/affine.js'
import { conv2dSpec } from '../layers/conv2d.js'
import { softmaxCrossEntropySpec } from '../layers/softmaxCrossEntropy.js'
import { type Arithmetic, approxOf, exactly, inexact, linear, unitFor } from './inexact.js'
import { poolBackward, poolForward, reluBackward, reluForward } from './piecewise.js'

export const parameters = ['W1', 'b1', 'W2', 'b2', 'W3', 'b3'] as const

type NetAttrs = {
  readonly numFilters: number
  /** Odd. */
  readonly filterSize: number
  readonly hiddenDim: number
  readonly classes: number
  readonly reg: number
}

// Cases come from the arbitrary below and from reference files, whose attributes are checked.
const attrsOf = (c: Case) => c.attrs as NetAttrs

/** Small nets with random images, labels and parameters; about half of the units are alive. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    n: fc.integer({ min: 1, max: 4 }),
    channels: fc.integer({ min: 1, max: 3 }),
    image: fc.tuple(fc.integer({ min: 2, max: 7 }), fc.integer({ min: 2, max: 7 })),
    numFilters: fc.integer({ min: 1, max: 4 }),
    filterSize: fc.constantFrom(1, 3, 5),
    hiddenDim: fc.integer({ min: 1, max: 7 }),
    classes: fc.integer({ min: 2, max: 5 }),
    reg: fc.constantFrom(0, 0.1, 0.5),
    seed: seeds,
  })
  .map(({ n, channels, image, numFilters, filterSize, hiddenDim, classes, reg, seed }) => {
    const random = new Random(seed)
    const pooled = numFilters * Math.floor(image[0] / 2) * Math.floor(image[1] / 2)
    const drawn = (...shape: number[]) => values(random, shape, 'normal')
    // Keeps the size of what passes through a layer.
    const weight = (inSize: number, ...shape: number[]) => map(drawn(...shape), (value) => value / Math.sqrt(inSize))
    return {
      layer: 'threeLayerConvNet',
      attrs: { numFilters, filterSize, hiddenDim, classes, reg },
      inputs: {
        X: drawn(n, channels, ...image),
        labels: labels(random, n, classes),
        W1: weight(channels * filterSize ** 2, numFilters, channels, filterSize, filterSize),
        b1: drawn(numFilters),
        W2: weight(pooled, pooled, hiddenDim),
        b2: drawn(hiddenDim),
        W3: weight(hiddenDim, hiddenDim, classes),
        b3: drawn(classes),
      },
    }
  })

/** The model with the case's parameters. */
export function createNet(backend: Backend, dtype: FloatDType, c: Case): ThreeLayerConvNet {
  // Attributes of an update may stand beside the net's.
  const { numFilters, filterSize, hiddenDim, classes: numClasses, reg } = attrsOf(c)
  const [, channels, height, width] = inputOf(c, 'X').shape
  const inputDim = [channels, height, width] as const
  const net = new ThreeLayerConvNet(backend, { numFilters, filterSize, hiddenDim, numClasses, reg, inputDim, dtype })
  for (const { name, tensor } of net.params) {
    const { data } = inputOf(c, name)
    tensor.write(dtype === 'float32' ? Float32Array.from(data) : Float64Array.from(data))
  }
  return net
}

const weights = ['W1', 'W2', 'W3'] as const

/**
 * The whole net, layer after layer: every value goes on with the error it has so far. Where a ReLU's sign or a pool's
 * winner is within that error, the gradient may take either way, and the bound holds for both.
 */
async function netBounds(c: Case, arithmetic: Arithmetic): Promise<{ readonly [result: string]: readonly number[] }> {
  const { filterSize, reg } = attrsOf(c)
  const { unit } = arithmetic
  const [ofRelu, ofPool] = [unit.of('relu'), unit.of('maxPool2d')]
  const of = (name: string) => inputOf(c, name)
  const pad = (filterSize - 1) / 2
  const conv = {
    attrs: { stride: [1, 1], pad: [pad, pad, pad, pad], dilation: [1, 1], groups: 1 },
    inputs: { w: of('W1'), b: of('b1') },
  }
  const hidden = { attrs: {}, inputs: { w: of('W2'), b: of('b2') } }
  const output = { attrs: {}, inputs: { w: of('W3'), b: of('b3') } }

  const x = exactly(of('X'))
  const { y: h1 } = await linear(conv2dSpec, conv, { x }, arithmetic)
  const r1 = reluForward(h1)
  const pool = maxPool2d.dims(r1.value.shape, { kernel: 2 })
  const p1 = poolForward(r1, pool)
  const { y: h2 } = await linear(affineSpec, hidden, { x: p1 }, arithmetic)
  const r2 = reluForward(h2)
  const { y: scores } = await linear(affineSpec, output, { x: r2 }, arithmetic)
  const rows: Case = {
    layer: 'softmaxCrossEntropy',
    attrs: { classes: c.attrs.classes },
    inputs: { logits: scores.value, labels: of('labels') },
  }
  const { loss, dlogits } = softmaxCrossEntropySpec.approximate(
    rows,
    unitFor(softmaxCrossEntropySpec, unit),
    scores.error,
  )

  const d3 = await linear(affineSpec, output, { x: r2, dy: inexact(scores.value, dlogits) }, arithmetic)
  const d2 = await linear(affineSpec, hidden, { x: p1, dy: reluBackward(h2, d3.dx, ofRelu) }, arithmetic)
  const dh1 = reluBackward(h1, poolBackward(r1, d2.dx, pool, ofPool), ofRelu)
  const d1 = await linear(conv2dSpec, conv, { x, dy: dh1 }, arithmetic, { dx: false })

  const { scalar, add, mul, sum } = running(unit.of('vector'))
  const rate = scalar(reg)
  const half = mul(scalar(0.5), rate)
  const squares = (w: NdArray) => mul(half, sum(approxOf(exactly(w)).map((a) => mul(a, a))))
  const penalties = reg === 0 ? [] : weights.map((name) => squares(of(name)))
  const decayed = (name: (typeof weights)[number], dw: readonly Approx[]) =>
    reg === 0 ? dw : dw.map((d, i) => add(d, mul(rate, { value: of(name).data[i], error: 0 })))
  const errors = (list: readonly Approx[]) => list.map(({ error }) => error)
  return {
    scores: errors(approxOf(scores)),
    loss: errors([reg === 0 ? loss : sum([loss, ...penalties])]),
    dW1: errors(decayed('W1', approxOf(d1.dw))),
    db1: errors(approxOf(d1.db)),
    dW2: errors(decayed('W2', approxOf(d2.dw))),
    db2: errors(approxOf(d2.db)),
    dW3: errors(decayed('W3', approxOf(d3.dw))),
    db3: errors(approxOf(d3.db)),
  }
}

/**
 * conv - relu - 2x2 max pool - affine - relu - affine - softmax, and 0.5 * reg * sum(W^2).
 * `oracle` computes what its bounds are made of.
 */
export function threeLayerConvNetOn(oracle: Backend): LayerSpec {
  return {
    layer: 'threeLayerConvNet',
    cases,
    large: cases,

    call(scope, inputs, c) {
      const X = tensorOf(inputs, 'X')
      using net = createNet(scope.backend, X.dtype, c)
      const outputs: { [layer: string]: FloatTensor } = {}
      const { loss, grads } = net.loss(scope, X, labelsOf(inputs, 'labels'), {
        onOutput: (layer, y) => Object.assign(outputs, { [layer]: y }),
      })
      const gradients = Object.fromEntries(net.params.map(({ name }, i) => [`d${name}`, grads[i]]))
      return { scores: outputs.affine3, loss, ...gradients }
    },

    async bounds(c, results, _magnitudes, unit) {
      return elementwise(results, await netBounds(c, { oracle, unit }))
    },

    gradients: Object.fromEntries(parameters.map((name) => [name, `d${name}`])),
    laws: [],
  }
}

export const threeLayerConvNetSpec = threeLayerConvNetOn(createNaive())
