import { affine, type Backend, convBnReluPool, maxPool2d, softmaxCrossEntropy } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { elementwise } from '../core/bounds.js'
import type { Case } from '../core/case.js'
import { inputOf, labelsOf, tensorOf } from '../core/inputs.js'
import { seeds } from '../core/shapes.js'
import type { LayerSpec } from '../core/spec.js'
import { labels, map, values } from '../core/values.js'
import { affineSpec } from '../layers/affine.js'
import { conv2dSpec } from '../layers/conv2d.js'
import { softmaxCrossEntropySpec } from '../layers/softmaxCrossEntropy.js'
import { type Arithmetic, exactly, inexact, linear, normalized, unitFor } from './inexact.js'
import { poolBackward, poolForward, reluBackward, reluForward } from './piecewise.js'

/** As `Sequential` names those of `convBnReluPool` and `affine`. */
const parameters = [
  'convBnReluPool1.w',
  'convBnReluPool1.gamma',
  'convBnReluPool1.beta',
  'affine1.w',
  'affine1.b',
] as const
const [w1, gamma, beta, w2, b2] = parameters
const buffers = ['convBnReluPool1.runningMean', 'convBnReluPool1.runningVar'] as const
const [runningMean, runningVar] = buffers

const norm = { eps: 1e-5, momentum: 0.9 }
/** Same height and width before the pool; filters are odd. */
const padOf = (c: Case) => (inputOf(c, w1).shape[2] - 1) / 2

const cases: fc.Arbitrary<Case> = fc
  .record({
    n: fc.integer({ min: 2, max: 6 }),
    channels: fc.integer({ min: 1, max: 3 }),
    image: fc.tuple(fc.integer({ min: 2, max: 7 }), fc.integer({ min: 2, max: 7 })),
    filters: fc.integer({ min: 1, max: 4 }),
    filterSize: fc.constantFrom(1, 3, 5),
    classes: fc.integer({ min: 2, max: 5 }),
    seed: seeds,
  })
  .map(({ n, channels, image, filters, filterSize, classes, seed }) => {
    const random = new Random(seed)
    const drawn = (...shape: number[]) => values(random, shape, 'normal')
    const pooled = filters * Math.floor(image[0] / 2) * Math.floor(image[1] / 2)
    return {
      layer: 'convBnNet',
      attrs: { classes },
      inputs: {
        X: drawn(n, channels, ...image),
        labels: labels(random, n, classes),
        [w1]: drawn(filters, channels, filterSize, filterSize),
        [gamma]: drawn(filters),
        [beta]: drawn(filters),
        [runningMean]: drawn(filters),
        [runningVar]: map(drawn(filters), Math.abs),
        [w2]: map(drawn(pooled, classes), (value) => value / Math.sqrt(pooled)),
        [b2]: drawn(classes),
      },
    }
  })

/** As for `threeLayerConvNet`, with batch norm's statistics among what is off. */
async function netBounds(c: Case, arithmetic: Arithmetic): Promise<{ readonly [result: string]: ArrayLike<number> }> {
  const { unit } = arithmetic
  const of = (name: string) => inputOf(c, name)
  const pad = padOf(c)
  const conv = {
    attrs: { stride: [1, 1], pad: [pad, pad, pad, pad], dilation: [1, 1], groups: 1 },
    inputs: { w: of(w1), b: map(of(gamma), () => 0) },
  }
  const bn = {
    attrs: norm,
    inputs: { gamma: of(gamma), beta: of(beta), runningMean: of(runningMean), runningVar: of(runningVar) },
  }
  const output = { attrs: {}, inputs: { w: of(w2), b: of(b2) } }

  const x = exactly(of('X'))
  const { y: h } = await linear(conv2dSpec, conv, { x }, arithmetic)
  const forward = await normalized(bn, { x: h }, arithmetic)
  const r = reluForward(forward.y)
  const pool = maxPool2d.dims(r.value.shape, { kernel: 2 })
  const p = poolForward(r, pool)
  const { y: scores } = await linear(affineSpec, output, { x: p }, arithmetic)
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

  const d2 = await linear(affineSpec, output, { x: p, dy: inexact(scores.value, dlogits) }, arithmetic)
  const dy = reluBackward(forward.y, poolBackward(r, d2.dx, pool, unit.of('maxPool2d')), unit.of('relu'))
  const back = await normalized(bn, { x: h, dy }, arithmetic)
  const d1 = await linear(conv2dSpec, conv, { x, dy: back.dx }, arithmetic, { dx: false })
  return {
    scores: scores.error.data,
    loss: [loss.error],
    [runningMean]: forward.runningMean.error.data,
    [runningVar]: forward.runningVar.error.data,
    [`d${w1}`]: d1.dw.error.data,
    [`d${gamma}`]: back.dgamma.error.data,
    [`d${beta}`]: back.dbeta.error.data,
    [`d${w2}`]: d2.dw.error.data,
    [`d${b2}`]: d2.db.error.data,
  }
}

/**
 * conv without a bias - batch norm - relu - 2x2 max pool - affine - softmax, in train mode.
 * `oracle` computes what its bounds are made of.
 */
export function convBnNetOn(oracle: Backend): LayerSpec {
  return {
    layer: 'convBnNet',
    cases,
    large: cases,
    inPlace: buffers,

    call(scope, inputs, c) {
      const of = (name: string) => tensorOf(inputs, name)
      const { y: x, saved: block } = convBnReluPool.forward(
        scope,
        {
          ...{ x: of('X'), w: of(w1), b: null, gamma: of(gamma), beta: of(beta) },
          ...{ runningMean: of(runningMean), runningVar: of(runningVar) },
        },
        { pad: padOf(c) },
        { mode: 'train', ...norm },
        { kernel: 2 },
      )
      const { y: scores, saved: output } = affine.forward(scope, { x, w: of(w2), b: of(b2) })
      const { loss, saved } = softmaxCrossEntropy.forward(scope, { logits: scores, labels: labelsOf(inputs, 'labels') })
      const d2 = affine.backward(scope, softmaxCrossEntropy.backward(scope, saved).dlogits, output)
      const d1 = convBnReluPool.backward(scope, d2.dx, block, { dx: false })
      return {
        ...{ scores, loss, [runningMean]: of(runningMean), [runningVar]: of(runningVar) },
        ...{ [`d${w1}`]: d1.dw, [`d${gamma}`]: d1.dgamma, [`d${beta}`]: d1.dbeta },
        ...{ [`d${w2}`]: d2.dw, [`d${b2}`]: d2.db },
      }
    },

    bounds: async (c, results, _magnitudes, unit) => elementwise(results, await netBounds(c, { oracle, unit })),

    gradients: Object.fromEntries(parameters.map((name) => [name, `d${name}`])),
    laws: [],
  }
}

export const convBnNetSpec = convBnNetOn(createNaive())
