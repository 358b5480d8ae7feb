import { type Shape, vector } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { exactly, gamma, sumOfProducts } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { changed, each, inputOf, same, tensorOf } from '../core/inputs.js'
import { seeds } from '../core/shapes.js'
import { shuffle } from '../core/shuffle.js'
import type { Law, LayerSpec } from '../core/spec.js'
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

/** One case runs all six kernels; the outputs have their names. `scale` works on y, `addScaled` on z. */
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
      const [x, m, y, z] = [0, 1, 2, 3].map(() => values(random, shape, kind))
      const [value, a] = values(random, [2], kind).data
      return { layer: 'vector', attrs: { value, a: simple ?? a }, inputs: { x, m, y, z } }
    })
}

// The arbitrary above is the only source of these attributes.
const attrsOf = (c: Case) => c.attrs as Attrs

const scalars: Law = {
  name: 'scalars',
  says: 'the same call with twice the scalar gives twice the result: scalars are fed, never baked in',
  async check(subject, c) {
    const [value, a] = [attrsOf(c).value || 1, attrsOf(c).a || 1]
    const twice = changed(c, { attrs: { value: 2 * value, a: 2 * a } })
    const [once, then] = [await subject.run(changed(c, { attrs: { value, a } })), await subject.run(twice)]
    const double = (array: NdArray) => map(array, (v) => 2 * v)
    sameBits(scalars.says, twice, then, each(once, { fill: double, scale: double, copy: same, multiply: same }))
  },
}

const zeroFactor: Law = {
  ...nan(
    cases(elementShapes, ['normal']).map((c) => changed(c, { attrs: { a: 0 } })),
    ['x', 'y', 'z'],
  ),
  says: 'a factor of 0 makes no NaN vanish',
}

export const vectorSpec: LayerSpec = {
  layer: 'vector',
  inPlace: ['y', 'z'],
  cases: cases(elementShapes, ['normal', 'dyadic', 'wide']),
  large: cases(manyElements, ['normal']),

  call(scope, inputs, c) {
    const { value, a } = attrsOf(c)
    const [x, m, y, z] = ['x', 'm', 'y', 'z'].map((name) => tensorOf(inputs, name))
    const fresh = () => scope.alloc(x.shape, x.dtype)
    const outputs = {
      fill: fresh(),
      copy: fresh(),
      multiply: fresh(),
      scale: y,
      addScaled: z,
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
   * products as x has elements.
   */
  bounds(c, exact, absolute, unit) {
    const size = Math.abs(attrsOf(c).a)
    const [x, z] = [inputOf(c, 'x').data, inputOf(c, 'z').data]
    const product = (array: NdArray) => map(array, (value) => gamma(1, unit) * Math.abs(value) + unit.eta)
    return {
      ...each(exact, { fill: exactly, copy: exactly, scale: product, multiply: product }),
      addScaled: map(exact.addScaled, (_, i) => gamma(2, unit) * (Math.abs(z[i]) + size * Math.abs(x[i])) + unit.eta),
      sumOfSquares: sumOfProducts(absolute.sumOfSquares, x.length, unit),
    }
  },

  gradients: {},

  laws: [
    scale({ x: 2, m: 4, y: 2, z: 2 }, { fill: 1, copy: 2, scale: 2, addScaled: 2, multiply: 8, sumOfSquares: 4 }),
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
          other: changed(c, { inputs: each(c.inputs, { x: turn, m: turn, y: turn, z: turn }) }),
          carry: (r) =>
            each(r, { sumOfSquares: same, copy: unturn, multiply: unturn, scale: unturn, addScaled: unturn }),
        }
      },
    ),
  ],
}
