import { type FloatTensor, type Scope, type Shape, vector } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { exactly, gamma, sumOfProducts } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { gridOf } from '../core/grid.js'
import { changed, each, inputOf, same, tensorOf } from '../core/inputs.js'
import { seeds } from '../core/shapes.js'
import { randomOf, toSharpen, wholeNumbers } from '../core/sharp.js'
import { shuffle } from '../core/shuffle.js'
import type { Law, LayerSpec } from '../core/spec.js'
import { upload } from '../core/subject.js'
import { map, type ValueKind, values } from '../core/values.js'
import { sameBits } from '../laws/hygiene.js'
import { nan } from '../laws/nan.js'
import { related } from '../laws/relation.js'
import { scale } from '../laws/scale.js'
import { elementShapes, manyElements } from './elements.js'

type Attrs = {
  readonly value: number
  readonly a: number
}

/** One case runs all six kernels; the outputs have their names. */
function cases(shapes: fc.Arbitrary<Shape>, kinds: readonly ValueKind[]): fc.Arbitrary<Case> {
  return fc
    .record({
      shape: shapes,
      kind: fc.constantFrom(...kinds),
      simple: fc.constantFrom(null, null, null, null, 0, 1, -1),
      seed: seeds,
    })
    .map(({ shape, kind, simple, seed }) => {
      const random = new Random(seed)
      const [x, m, y] = [0, 1, 2].map(() => values(random, shape, kind))
      const [value, a] = values(random, [2], kind).data
      return { layer: 'vector', attrs: { value, a: simple ?? a }, inputs: { x, m, y } }
    })
}

// The arbitrary above is the only source of these attributes.
const attrsOf = (c: Case) => c.attrs as Attrs

/** An update in place gets a tensor of its own, so that the case's y stays as it was. */
function ownY(scope: Scope, c: Case, { shape, dtype }: FloatTensor): FloatTensor {
  return tensorOf({ y: upload(scope, dtype, { shape, data: inputOf(c, 'y').data }, 0) }, 'y')
}

const scalars: Law = {
  name: 'scalars',
  says: 'the same call with twice the scalar gives twice the result: scalars are fed, never baked in',
  async check(subject, c) {
    const [value, a] = [attrsOf(c).value || 1, attrsOf(c).a || 1]
    const twice = changed(c, { attrs: { value: 2 * value, a: 2 * a } })
    const [once, then] = [await subject.run(changed(c, { attrs: { value, a } })), await subject.run(twice)]
    const double = (array: NdArray) => map(array, (v) => 2 * v)
    sameBits(scalars.says, twice, then, each(once, { fill: double, scale: double, copy: same, multiply: same }), [
      'with twice the scalar',
      'as the multiple of the result with the scalar',
    ])
  },
}

const zeroFactor: Law = {
  ...nan(
    cases(elementShapes, ['normal']).map((c) => changed(c, { attrs: { a: 0 } })),
    ['x', 'y'],
  ),
  says: 'a factor of 0 makes no NaN vanish',
}

/**
 * Either whole numbers whose squares have an exact sum, or few numbers that are not 0: of a long sum of squares only these show
 * whether it is the squares of 24 bits that were summed.
 */
function sharpen(c: Case): Case {
  const random = randomOf(c)
  const [x, m, y] = ['x', 'm', 'y'].map((name) => inputOf(c, name))
  const size = x.data.length
  const few = 12 / size
  const sparse = random.uniform() < 0.5
  const end = (i: number) => i === 0 || i === size - 1
  const spiky = (i: number) => (end(i) || random.uniform() < few ? Math.fround(1 + random.uniform()) : 0)
  const whole = () => (random.uniform() < few ? 257 + 2 * random.integer(128) : 1 - 2 * random.integer(2))
  return changed(c, {
    inputs: {
      x: map(x, (_, i) => (sparse ? spiky(i) : whole())),
      m: wholeNumbers(random, m),
      y: wholeNumbers(random, y),
    },
  })
}

export const vectorSpec: LayerSpec = {
  layer: 'vector',
  cases: cases(elementShapes, ['normal', 'dyadic', 'wide']),
  large: cases(manyElements, ['normal']),
  long: {
    deep: fc.tuple(fc.constantFrom(65_536, 65_537, 100_003), seeds).map(([size, seed]) => {
      const [x, m, y] = [0, 1, 2].map((i) => toSharpen([size], seed + i))
      return { layer: 'vector', attrs: { value: 3, a: 0.5 }, inputs: { x, m, y } }
    }),
  },
  sharpen,

  call(scope, inputs, c) {
    const { value, a } = attrsOf(c)
    const [x, m, y] = ['x', 'm', 'y'].map((name) => tensorOf(inputs, name))
    const fresh = () => scope.alloc(x.shape, x.dtype)
    const outputs = {
      fill: fresh(),
      copy: fresh(),
      multiply: fresh(),
      scale: ownY(scope, c, y),
      addScaled: ownY(scope, c, y),
    }
    vector.fill(outputs.fill, value)
    vector.copy(x, outputs.copy)
    vector.multiply(x, m, outputs.multiply)
    vector.scale(outputs.scale, a)
    vector.addScaled(outputs.addScaled, a, x)
    return { ...outputs, sumOfSquares: vector.sumOfSquares(scope, x) }
  },

  /**
   * fill and copy round nothing, scale and multiply once; addScaled a product and a sum; sumOfSquares is a sum of as many
   * products as x has elements that are not 0.
   */
  bounds(c, exact, absolute, unit) {
    const size = Math.abs(attrsOf(c).a)
    const [x, y] = [inputOf(c, 'x').data, inputOf(c, 'y').data]
    const terms = Float64Array.from(x).reduce((count, value) => count + (value === 0 ? 0 : 1), 0)
    const product = (array: NdArray) => map(array, (value) => gamma(1, unit) * Math.abs(value) + unit.eta)
    return {
      ...each(exact, { fill: exactly, copy: exactly, scale: product, multiply: product }),
      addScaled: map(exact.addScaled, (_, i) => gamma(2, unit) * (Math.abs(y[i]) + size * Math.abs(x[i])) + unit.eta),
      sumOfSquares: sumOfProducts(absolute.sumOfSquares, terms, unit, 2 * gridOf(inputOf(c, 'x'))),
    }
  },

  gradients: {},

  laws: [
    scale({ x: 2, m: 4, y: 2 }, { fill: 1, copy: 2, scale: 2, addScaled: 2, multiply: 8, sumOfSquares: 4 }),
    scalars,
    zeroFactor,
    related(
      'order',
      'the sum of squares does not depend on the order of the elements, and the rest moves with them',
      (c) => {
        const { order, back } = shuffle(inputOf(c, 'x').data.length)
        const move = (array: NdArray, to: ArrayLike<number>) => map(array, (_, i) => array.data[to[i]])
        const turn = (array: NdArray) => move(array, order)
        const unturn = (array: NdArray) => move(array, back)
        return {
          other: changed(c, { inputs: each(c.inputs, { x: turn, m: turn, y: turn }) }),
          carry: (r) =>
            each(r, { sumOfSquares: same, copy: unturn, multiply: unturn, scale: unturn, addScaled: unturn }),
        }
      },
    ),
  ],
}
