import { ConfigError, type FloatTensor, vector } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, test } from 'vitest'
import { type LabelLoss, layers, losses, Sequential } from '../src/index.js'
import { crossEntropyLaws, type MakeLoss } from './support/crossEntropyLaws.js'
import { type Faults, testLaws } from './support/laws.js'

const right = losses.softmaxCrossEntropy

type Terms = readonly (readonly [factor: number, loss: LabelLoss])[]

/** The sum of losses times factors, and in the same way, or in another, its gradient. */
function combined(value: Terms, slope = value, weightOf = value[0][1].weightOf): LabelLoss {
  return {
    name: 'wrong',
    targets: 'labels',
    ...(weightOf && { weightOf }),
    forward(scope, logits, labels, scale) {
      const passes = (terms: Terms) =>
        terms.map(([factor, loss]) => ({ factor, ...loss.forward(scope, logits, labels, scale) }))
      const sum = (shape: FloatTensor['shape'], terms: readonly (readonly [number, FloatTensor])[]) => {
        const y = scope.alloc(shape, logits.dtype)
        vector.fill(y, 0)
        for (const [factor, x] of terms) vector.addScaled(y, factor, x)
        return y
      }
      const loss = sum(
        [1],
        passes(value).map(({ factor, loss: own }) => [factor, own]),
      )
      return {
        loss,
        backward: () =>
          sum(
            logits.shape,
            passes(slope).map((own) => [own.factor, own.backward()]),
          ),
      }
    },
  }
}

/** With other options than those that were asked for. */
const asked = (
  change: (options: Required<NonNullable<Parameters<MakeLoss>[0]>>) => Parameters<MakeLoss>[0],
): MakeLoss => {
  return ({ labelSmoothing = 0, classWeights = [1, 1, 1, 1] } = {}) => right(change({ labelSmoothing, classWeights }))
}

const scaled = (
  loss: LabelLoss,
  change: (scale: number | undefined, rows: number) => number | undefined,
): LabelLoss => ({
  ...loss,
  forward: (scope, logits, labels, { share, scale }) =>
    loss.forward(scope, logits, labels, { share, scale: change(scale, labels.size) }),
})

const faults: Faults<MakeLoss, keyof typeof crossEntropyLaws> = {
  'the divisor is the number of rows': {
    killer: 'equal',
    subject: (options) => scaled(right(options), (scale, rows) => scale ?? 1 / rows),
  },
  'a scale of its own is not heard': { killer: 'parts', subject: (options) => scaled(right(options), () => undefined) },
  'the gradient has no weights': {
    killer: 'slope',
    subject: (options = {}) =>
      combined([[1, right(options)]], [[1, right({ ...options, classWeights: [1, 1, 1, 1] })]]),
  },
  'the loss has no weights': {
    killer: 'slope',
    subject: (options = {}) =>
      combined([[1, right({ ...options, classWeights: [1, 1, 1, 1] })]], [[1, right(options)]]),
  },
  'each class has the weight of the next': {
    killer: 'nothing',
    subject: asked((given) => ({ ...given, classWeights: [...given.classWeights.slice(1), given.classWeights[0]] })),
  },
  'weights are squared': {
    killer: 'twice',
    subject: asked((given) => ({ ...given, classWeights: given.classWeights.map((w) => w * w) })),
  },
  'rows weigh 1 in what a part is of': {
    killer: 'parts',
    subject: (options) => ({ ...right(options), weightOf: (labels) => labels.length }),
  },
  'the smoothed part of a target has no weights': {
    killer: 'formula',
    subject({ labelSmoothing: s = 0, classWeights = [1, 1, 1, 1] } = {}) {
      const [plain, smooth] = [right({}), right({ labelSmoothing: 0.5 })]
      // 2 (smooth - plain / 2) is the cost of the shared part alone.
      return combined([
        [1 - s, right({ classWeights })],
        [2 * s, smooth],
        [-s, plain],
      ])
    },
  },
  'a smoothed label shares with the other classes alone': {
    killer: 'formula',
    subject: asked((given) => ({ ...given, labelSmoothing: (4 / 3) * given.labelSmoothing })),
  },
  'the label keeps the part that all should share': {
    killer: 'formula',
    subject: asked((given) => ({ ...given, labelSmoothing: given.labelSmoothing && 1 - given.labelSmoothing })),
  },
  'the gradient is not smoothed': {
    killer: 'slope',
    subject: (options = {}) => combined([[1, right(options)]], [[1, right({ ...options, labelSmoothing: 0 })]]),
  },
  'the loss is not smoothed': {
    killer: 'slope',
    subject: (options = {}) => combined([[1, right({ ...options, labelSmoothing: 0 })]], [[1, right(options)]]),
  },
  'smoothing goes the other way': {
    killer: 'formula',
    subject: (options = {}) =>
      combined([
        [2, right({ ...options, labelSmoothing: 0 })],
        [-1, right(options)],
      ]),
  },
  'what smoothing adds is a sum over the rows': {
    killer: 'formula',
    subject: (options = {}) =>
      combined([
        [-4, right({ ...options, labelSmoothing: 0 })],
        [5, right(options)],
      ]),
  },
  'scores are squared on their way in': {
    killer: 'shift',
    subject: (options) => {
      const loss = right(options)
      return {
        ...loss,
        forward(scope, logits, ...others) {
          const squares = scope.alloc(logits.shape, logits.dtype)
          vector.multiply(logits, logits, squares)
          return loss.forward(scope, squares, ...others)
        },
      }
    },
  },
}

testLaws('cross-entropy', crossEntropyLaws, right, faults)

describe('class weights', () => {
  const net = (classWeights: readonly number[]) =>
    new Sequential(createNaive(), {
      input: [5],
      layers: [layers.affine({ units: 3 })],
      loss: losses.softmaxCrossEntropy({ classWeights, labelSmoothing: 0.25 }),
    })

  test('are part of what a checkpoint knows the loss by', () => {
    using model = net([1, 0.5, 0])
    expect(model.hyperparameters).toMatchObject({
      'softmaxCrossEntropy.classWeights': '1,0.5,0',
      'softmaxCrossEntropy.labelSmoothing': 0.25,
    })
  })

  test.each([[[]], [[0, 0, 0]], [[1, -1, 1]], [[1, Number.NaN, 1]], [[1, Number.POSITIVE_INFINITY, 1]], ['1,1,1']])(
    '%j are refused',
    (classWeights) => {
      expect(() => losses.softmaxCrossEntropy({ classWeights: classWeights as number[] })).toThrow(ConfigError)
    },
  )

  test('of another number of classes are refused', () => {
    expect(() => net([1, 1])).toThrow(
      new ConfigError('sequential: softmaxCrossEntropy is made for 2 classes, and there are 3'),
    )
  })
})
