import {
  affine,
  batchNorm,
  dropout,
  groupNorm,
  layerNorm,
  relu,
  type Shape,
  sizeOf,
  softmaxCrossEntropy,
  svmLoss,
} from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectRejection } from '../rejection.js'

const axis = fc.integer({ min: 1, max: 6 })
const trailing = fc.array(axis, { minLength: 0, maxLength: 3 })

describe('affine.dims', () => {
  test('flattens every axis of x but the first', () => {
    fc.assert(
      fc.property(axis, trailing, axis, (n, rest, outSize) => {
        const inSize = sizeOf(rest)
        expect(affine.dims([n, ...rest], [inSize, outSize], [outSize])).toEqual({ n, inSize, outSize })
      }),
    )
  })

  test('refuses every number of features but the right one', () => {
    fc.assert(
      fc.property(axis, trailing, axis, fc.integer({ min: 1, max: 300 }), (n, rest, outSize, inSize) => {
        fc.pre(inSize !== sizeOf(rest))
        const [x, w] = [
          [n, ...rest],
          [inSize, outSize],
        ]
        expectRejection('affine', [x, w], () => affine.dims(x, w))
      }),
    )
  })

  test.each([
    ['a scalar x', [], [1, 2], [2]],
    ['a w of one axis', [2, 3], [3], [3]],
    ['a w of three axes', [2, 3], [3, 2, 1], [2]],
    ['a bias of another length', [2, 3], [3, 4], [3]],
    ['a bias of two axes', [2, 3], [3, 4], [1, 4]],
  ] as [string, Shape, Shape, Shape][])('refuses %s', (_, x, w, b) => {
    expectRejection('affine', [x, w], () => affine.dims(x, w, b))
  })
})

describe('norms', () => {
  test('batchNorm takes vectors and images, and sees an image as channels of H * W', () => {
    fc.assert(
      fc.property(axis, axis, axis, axis, (n, channels, h, w) => {
        expect(batchNorm.dims([n, channels])).toEqual({ n, channels, inner: 1 })
        expect(batchNorm.dims([n, channels, h, w], { gamma: [channels] })).toEqual({ n, channels, inner: h * w })
      }),
    )
  })

  test.each([
    ['an x of one axis', [4], [4]],
    ['an x of three axes', [2, 4, 3], [4]],
    ['a gamma of another length', [2, 4, 3, 3], [3]],
    ['a gamma of two axes', [2, 4], [1, 4]],
  ] as [string, Shape, Shape][])('batchNorm refuses %s', (_, x, gamma) => {
    expectRejection('batchNorm', [x, gamma], () => batchNorm.dims(x, { gamma }))
  })

  test('layerNorm normalises all axes but the first', () => {
    fc.assert(
      fc.property(axis, axis, trailing, (n, first, rest) => {
        const size = first * sizeOf(rest)
        const features = [first, ...rest]
        expect(layerNorm.dims([n, ...features], features, [size])).toEqual({ n, size })
      }),
    )
  })

  test.each([
    ['an x without features', [4], [1], [1]],
    ['a gamma that is too short', [2, 4, 3], [11], [12]],
    ['a beta that is too long', [2, 4, 3], [12], [13]],
  ] as [string, Shape, Shape, Shape][])('layerNorm refuses %s', (_, x, gamma, beta) => {
    expectRejection('layerNorm', [x, gamma, beta], () => layerNorm.dims(x, gamma, beta))
  })

  test('groupNorm takes any groups that divide the channels and no others', () => {
    fc.assert(
      fc.property(
        axis,
        fc.integer({ min: 1, max: 12 }),
        trailing,
        fc.integer({ min: -1, max: 13 }),
        (n, c, rest, g) => {
          const x = [n, c, ...rest]
          const run = () => groupNorm.dims(x, [c], [c], g)
          if (g >= 1 && c % g === 0) expect(run()).toEqual({ n, channels: c, inner: sizeOf(rest), groups: g })
          else expectRejection('groupNorm', [x, [c]], run)
        },
      ),
    )
  })

  test.each([
    ['an x of one axis', [4], [4], [4], 1],
    ['a gamma of another length', [2, 4, 3], [3], [4], 2],
    ['a beta of two axes', [2, 4, 3], [4], [4, 1], 2],
    ['a fractional number of groups', [2, 4, 3], [4], [4], 0.5],
  ] as [string, Shape, Shape, Shape, number][])('groupNorm refuses %s', (_, x, gamma, beta, groups) => {
    expectRejection('groupNorm', [x, gamma, beta], () => groupNorm.dims(x, gamma, beta, groups))
  })
})

describe.each([softmaxCrossEntropy, svmLoss])('$name.dims', ({ name, dims }) => {
  test('takes logits (N, C) and labels (N) of at most C classes', () => {
    fc.assert(
      fc.property(axis, axis, axis, (n, classes, labelled) => {
        const run = () => dims([n, classes], [n], labelled)
        if (labelled <= classes) expect(run()).toEqual({ n, classes })
        else expectRejection(name, [[n, classes], [n]], run)
      }),
    )
  })

  test.each([
    ['logits of one axis', [4], [4]],
    ['logits of four axes', [4, 3, 1, 1], [4]],
    ['labels of another length', [4, 3], [3]],
    ['one-hot labels', [4, 3], [4, 3]],
  ] as [string, Shape, Shape][])('refuses %s', (_, logits, labels) => {
    expectRejection(name, [logits, labels], () => dims(logits, labels))
  })
})

test('relu and dropout take any shape', () => {
  fc.assert(
    fc.property(trailing, (shape) => {
      expect(relu.dims(shape)).toEqual({ size: sizeOf(shape) })
      expect(dropout.dims(shape)).toEqual({ size: sizeOf(shape) })
    }),
  )
})
