import { type Shape, vector } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { oracleUnit } from '../core/arithmetic.js'
import { exactly, gamma, sumOfProducts } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { gridOf } from '../core/grid.js'
import { changed, each, inputOf, same, tensorOf } from '../core/inputs.js'
import { compareKinds } from '../core/kinds.js'
import { seeds } from '../core/shapes.js'
import { randomOf, toSharpen, wholeNumbers } from '../core/sharp.js'
import { shuffle } from '../core/shuffle.js'
import type { Law, LayerSpec } from '../core/spec.js'
import { longest, signs, sweep, whole } from '../core/sweep.js'
import { map, type ValueKind, values } from '../core/values.js'
import { variantOf } from '../core/variant.js'
import { nan } from '../laws/nan.js'
import { related } from '../laws/relation.js'
import { sameBits } from '../laws/sameBits.js'
import { scale } from '../laws/scale.js'
import { signedZeros, withZeros } from '../laws/signedZeros.js'
import { shrink, subnormals } from '../laws/subnormals.js'
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
  says: 'the same call with 2^k times the scalar gives 2^k times the result: scalars are fed, never baked in',
  async check(subject, c) {
    const [value, a] = [attrsOf(c).value || 1, attrsOf(c).a || 1]
    const factor = subject.dtype === 'float32' ? 2 ** 20 : 2 ** 200
    const other = changed(c, { attrs: { value: factor * value, a: factor * a } })
    const [first, then] = [await subject.run(changed(c, { attrs: { value, a } })), await subject.run(other)]
    const grown = (array: NdArray) => map(array, (v) => factor * v)
    sameBits(scalars.says, other, then, each(first, { fill: grown, scale: grown, copy: same, multiply: same }), [
      'with a multiple of the scalar',
      'as the multiple of the result with the scalar',
    ])
  },
}

const zeroFactor: Law = {
  ...nan(
    cases(elementShapes, ['normal']).map((c) => changed(c, { attrs: { a: 0 } })),
    ['x', 'y', 'z'],
  ),
  says: 'a factor of 0 makes no NaN vanish',
}

/** Clipping by a norm that is NaN scales by NaN. */
const specialScalars: Law = {
  name: 'special scalars',
  says: 'a scalar that is NaN or infinite goes where the formula sends it',
  needs: 'nonFinite',
  cases: fc
    .tuple(cases(elementShapes, ['normal', 'dyadic']), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY), fc.nat(2))
    .map(([c, scalar, at]) => {
      const planted = { value: at === 1 ? attrsOf(c).value : scalar, a: at === 0 ? attrsOf(c).a : -scalar }
      return changed(c, { attrs: planted })
    }),
  async check(subject, c) {
    compareKinds('special scalars', c, await subject.run(c), await subject.exact(c), subject.dtype)
  },
}

/**
 * Either whole numbers whose squares have an exact sum, or few numbers that are not 0: of a long sum of squares only these show
 * whether it is the squares of 24 bits that were summed.
 */
function sharpen(c: Case): Case {
  const random = randomOf(c)
  const [x, m, y, z] = ['x', 'm', 'y', 'z'].map((name) => inputOf(c, name))
  const size = x.data.length
  const few = 12 / size
  const sparse = random.uniform() < 0.5
  const end = (i: number) => i === 0 || i === size - 1
  const within = random.integer(size)
  const spiky = (i: number) => (end(i) || random.uniform() < few ? Math.fround(1 + random.uniform()) : 0)
  // The least number of 12 bits, three times at most: the squares add up to less than 2^24.
  const whole = (i: number) => (1 - 2 * random.integer(2)) * (end(i) || i === within ? 2049 : 1)
  return changed(c, {
    inputs: {
      x: map(x, (_, i) => (sparse ? spiky(i) : whole(i))),
      m: wholeNumbers(random, m),
      y: wholeNumbers(random, y),
      z: wholeNumbers(random, z),
    },
  })
}

export const vectorSpec: LayerSpec = {
  layer: 'vector',
  inPlace: ['y', 'z'],
  cases: cases(elementShapes, ['normal', 'dyadic', 'wide']),
  large: cases(manyElements, ['normal']),
  long: {
    deep: fc.tuple(fc.constantFrom(65_536, 65_537, 100_003), seeds).map(([size, seed]) => {
      const [x, m, y, z] = [0, 1, 2, 3].map((i) => toSharpen([size], seed + i))
      return { layer: 'vector', attrs: { value: 3, a: 0.5 }, inputs: { x, m, y, z } }
    }),
  },
  sharpen,

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
   * products as x has elements that are not 0. A float32 kernel takes scalars as the nearest float32: what that loses is known.
   */
  bounds(c, exact, _magnitudes, unit) {
    const { value, a } = attrsOf(c)
    const lost = (scalar: number) => (unit.u > oracleUnit.u ? Math.abs(Math.fround(scalar) - scalar) : 0)
    const [x, y] = [inputOf(c, 'x').data, inputOf(c, 'y').data]
    const z = inputOf(c, 'z').data
    const terms = x.filter((value) => value !== 0).length
    const product = (of: number, error = 0) => gamma(1, unit) * (Math.abs(of) + error) + error + unit.eta
    const sum = (y: number, x: number) => {
      const error = lost(a) * Math.abs(x)
      return gamma(2, unit) * (Math.abs(y) + Math.abs(a * x) + error) + error + unit.eta
    }
    return {
      ...each(exact, {
        fill: (array) => map(array, () => lost(value)),
        copy: exactly,
        scale: (array) => map(array, (ay, i) => product(ay, lost(a) * Math.abs(y[i]))),
        multiply: (array) => map(array, (xm) => product(xm)),
        addScaled: (array) => map(array, (_, i) => sum(z[i], x[i])),
      }),
      sumOfSquares: sumOfProducts(exact.sumOfSquares, terms, unit, 2 * gridOf(inputOf(c, 'x'))),
    }
  },

  gradients: {},

  laws: [
    scale({ x: 1, m: 2, y: 1, z: 1 }, { fill: 0, copy: 1, scale: 1, addScaled: 1, multiply: 3, sumOfSquares: 2 }),
    scalars,
    zeroFactor,
    specialScalars,
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

  sweeps: [
    sweep(
      'elements',
      longest,
      (size, random) => {
        const [x, m, y, z] = [0, 1, 2, 3].map(() => (size > 2 ** 20 ? signs : whole)(random, [size]))
        return { layer: 'vector', attrs: { value: 2, a: -3 }, inputs: { x, m, y, z } }
      },
      'exact',
    ),
  ],

  common: [
    subnormals([
      shrink({ x: 1, y: 1, z: 1, value: 1 }),
      shrink({ x: 0.5, m: 0.5, value: 1 }),
      shrink({ x: 0.5, a: 0.5, z: 1 }),
      shrink({ y: 0.5, a: 0.5 }),
    ]),
    signedZeros(['fill', 'copy', 'scale', 'addScaled', 'multiply'], (c) =>
      changed(withZeros(['x', 'm', 'y', 'z'])(c), { attrs: { value: [0, -0][variantOf(c, 2)] } }),
    ),
  ],
}
