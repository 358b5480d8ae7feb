import { affine, type FloatTensor, type Scope, sizeOf, vector } from '@convkit/api'
import { type LayerSpec, layers } from '../../src/index.js'
import type {
  globalAvgPool2dLaws,
  MakeGlobalAvgPool2d,
  MakeScale,
  MakeUpsampleNearest2d,
  scaleLaws,
  upsampleNearest2dLaws,
} from './composedLaws.js'
import type { Faults } from './laws.js'

/** Of a pixel or its copy: which channel, row and column of how many. */
interface At {
  readonly c: number
  readonly h: number
  readonly w: number
  readonly height: number
  readonly width: number
}

/** What an element of x adds to one of y, or one of dy to one of dx. */
type Coefficient = (x: At, y: At) => number

/** A linear layer whose two passes are products with matrices of their own. */
function linear(
  outputOf: (input: readonly number[]) => readonly number[],
  there: Coefficient,
  back = there,
): LayerSpec {
  return {
    kind: 'wrong',
    build({ name, inputShape }) {
      const [input, output] = [inputShape.slice(1), outputOf(inputShape.slice(1))]
      const product = (
        scope: Scope,
        x: FloatTensor,
        rows: readonly number[],
        columns: readonly number[],
        entry: Coefficient,
      ) => {
        const [from, to] = [sizeOf(rows), sizeOf(columns)]
        const w = Float64Array.from({ length: from * to }, (_, i) =>
          entry(place(Math.floor(i / to), rows), place(i % to, columns)),
        )
        const { y } = affine.forward(scope, { x, w: scope.from(w, [from, to]) })
        return y.reshape([x.shape[0], ...columns])
      }
      return {
        name,
        params: [],
        buffers: [],
        outputShape: [1, ...output],
        forward: (scope, x) => ({
          y: product(scope, x, input, output, there),
          backward: (dy, _, wantDx) => (wantDx ? product(scope, dy, output, input, (y, x) => back(x, y)) : null),
        }),
      }
    },
  }
}

/** Of an element of one row, which is an image, or a number a channel. */
function place(i: number, [, height = 1, width = 1]: readonly number[]): At {
  return { c: Math.floor(i / (height * width)), h: Math.floor(i / width) % height, w: i % width, height, width }
}

/** A layer with another forward pass. */
function inPlaceOf(right: LayerSpec, y: (scope: Scope, x: FloatTensor) => FloatTensor): LayerSpec {
  return {
    ...right,
    build(context) {
      const layer = right.build(context)
      return { ...layer, forward: (scope, x, mode) => ({ ...layer.forward(scope, x, mode), y: y(scope, x) }) }
    },
  }
}

const sameChannel = (x: At, y: At) => x.c === y.c
const samePlace = (x: At, y: At) => sameChannel(x, y) && x.h === y.h && x.w === y.w
const images = (input: readonly number[]) => input

/** factor x, but for `there` and `back`. */
const scaled = (there: (factor: number) => Coefficient, back = there): MakeScale => {
  return ({ factor }) => linear(images, there(factor), back(factor))
}

const diagonal =
  (value: number): Coefficient =>
  (x, y) =>
    samePlace(x, y) ? value : 0

export const scaleFaults: Faults<MakeScale, keyof typeof scaleLaws> = {
  'it divides by the factor': {
    killer: 'multiplies each element',
    subject: ({ factor }) => layers.scale({ factor: 1 / factor }),
  },
  'the sign of the factor is lost': {
    killer: 'multiplies each element',
    subject: ({ factor }) => layers.scale({ factor: Math.abs(factor) }),
  },
  'the gradient is passed on as it is': { killer: 'transpose', subject: scaled(diagonal, () => diagonal(1)) },
  'the gradient is multiplied twice': { killer: 'transpose', subject: scaled(diagonal, (f) => diagonal(f * f)) },
  'the gradient is divided by the factor': { killer: 'transpose', subject: scaled(diagonal, (f) => diagonal(1 / f)) },
  'x itself is multiplied': {
    killer: 'multiplies each element',
    subject: ({ factor }) =>
      inPlaceOf(layers.scale({ factor }), (_, x) => {
        vector.scale(x, factor)
        return x
      }),
  },
  'the factor is added': {
    killer: 'the inverse undoes it',
    subject: ({ factor }) =>
      inPlaceOf(layers.scale({ factor }), (scope, x) => {
        const y = scope.alloc(x.shape, x.dtype)
        vector.fill(y, factor)
        vector.addScaled(y, 1, x)
        return y
      }),
  },
  'elements are written from the other end': {
    killer: 'factor 1 changes nothing',
    subject: scaled((f) => (x, y) => (sameChannel(x, y) && x.h === y.h && x.w === y.width - 1 - y.w ? f : 0)),
  },
}

/** Each channel's pixels times what `there` gives, and back in the same way where nothing else is said. */
const averaged = (there: Coefficient, back = there): MakeGlobalAvgPool2d => {
  return () => linear(([channels]) => [channels], there, back)
}

const mean: Coefficient = (x, y) => (sameChannel(x, y) ? 1 / (x.height * x.width) : 0)
const only = (pixels: (x: At) => boolean, count: (x: At) => number): Coefficient => {
  return (x, y) => (sameChannel(x, y) && pixels(x) ? 1 / count(x) : 0)
}
const every = () => true

export const globalAvgPool2dFaults: Faults<MakeGlobalAvgPool2d, keyof typeof globalAvgPool2dLaws> = {
  'it is the sum': { killer: 'the mean of each channel', subject: averaged(only(every, () => 1)) },
  'the divisor is the height alone': {
    killer: 'the mean of each channel',
    subject: averaged(only(every, (x) => x.height)),
  },
  'the divisor is one less': {
    killer: 'the mean of each channel',
    subject: averaged(only(every, (x) => x.height * x.width - 1)),
  },
  'the channels are averaged too': {
    killer: 'the mean of each channel',
    subject: averaged((x) => 1 / (2 * x.height * x.width)),
  },
  'the last row is left out': {
    killer: 'the order of the pixels does not matter',
    subject: averaged(
      only(
        (x) => x.h < x.height - 1,
        (x) => (x.height - 1) * x.width,
      ),
    ),
  },
  'the window is square, of the height': {
    killer: 'the order of the pixels does not matter',
    subject: averaged(
      only(
        (x) => x.w < x.height,
        (x) => x.height ** 2,
      ),
    ),
  },
  'the gradient is not divided': {
    killer: 'transpose',
    subject: averaged(
      mean,
      only(every, () => 1),
    ),
  },
  'the first pixel takes the gradient': {
    killer: 'each pixel gets the same part of the gradient',
    subject: averaged(
      mean,
      only(
        (x) => x.h + x.w === 0,
        () => 1,
      ),
    ),
  },
}

/** Copies of pixels that `there` chooses. */
const copied = (
  there: (factor: number) => Coefficient,
  back: (factor: number) => Coefficient = there,
): MakeUpsampleNearest2d => {
  return ({ factor }) => linear(([c, h, w]) => [c, factor * h, factor * w], there(factor), back(factor))
}

const nearest =
  (factor: number, value = 1): Coefficient =>
  (x, y) =>
    sameChannel(x, y) && x.h === Math.floor(y.h / factor) && x.w === Math.floor(y.w / factor) ? value : 0

/** The pixel that `at` makes of a coordinate of the copy, along either axis. */
const from =
  (at: (i: number, length: number) => number): Coefficient =>
  (x, y) =>
    sameChannel(x, y) && x.h === at(y.h, x.height) && x.w === at(y.w, x.width) ? 1 : 0

export const upsampleNearest2dFaults: Faults<MakeUpsampleNearest2d, keyof typeof upsampleNearest2dLaws> = {
  'images are laid side by side': {
    killer: 'copies the nearest pixel',
    subject: copied(() => from((i, length) => i % length)),
  },
  'it rounds to the nearest, and does not floor': {
    killer: 'copies the nearest pixel',
    subject: copied((factor) => from((i, length) => Math.min(Math.round(i / factor), length - 1))),
  },
  'copies begin at the other end': {
    killer: 'copies the nearest pixel',
    subject: copied((factor) => from((i, length) => length - 1 - Math.floor(i / factor))),
  },
  'the copies of a pixel are one row short': {
    killer: 'averaging gives x again',
    subject: copied((factor) => (x, y) => (factor > 1 && y.h % factor === factor - 1 ? 0 : nearest(factor)(x, y))),
  },
  'there are zeros between the pixels': {
    killer: 'averaging gives x again',
    subject: copied((factor) => (x, y) => (y.h % factor || y.w % factor ? 0 : nearest(factor)(x, y))),
  },
  'a pixel is shared out among its copies': {
    killer: 'averaging gives x again',
    subject: copied((factor) => nearest(factor, 1 / factor ** 2)),
  },
  'the gradient is the mean over the copies': {
    killer: 'transpose',
    subject: copied(nearest, (factor) => nearest(factor, 1 / factor ** 2)),
  },
  'the gradient is that of images side by side': {
    killer: 'transpose',
    subject: copied(nearest, () => from((i, length) => i % length)),
  },
  'the first copy alone has a gradient': {
    killer: 'a pixel gets the gradients of all its copies',
    subject: copied(nearest, (factor) => (x, y) => (y.h % factor || y.w % factor ? 0 : nearest(factor)(x, y))),
  },
}
