import type { Arithmetic, Backend, Data, Kernels } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { mapped, rounded } from './faults.js'
import { type Fault, type Mutant, mutants } from './mutant.js'

type Change = (value: number) => number

/** Naive with other float32 tables. */
function withFloat32(change: (right: Kernels<Data>) => Partial<Kernels<Data>>): Backend<Data> {
  const naive = createNaive()
  const { float32 = {}, float64 = {} } = naive.kernels
  // The naive backend has every table that is changed here.
  return { ...naive, kernels: { float32: { ...float32, ...change(float32 as Kernels<Data>) }, float64 } }
}

/** Naive in float32, but for values changed on their way: the operands of layers, as matrix units do, else results. */
export function coarse(change: Change): Backend<Data> {
  return withFloat32(({ affine, conv2d, vector }) => ({
    vector: {
      ...vector,
      multiply(d, x, m, y) {
        vector.multiply(d, x, m, y)
        y.set(mapped(y, change))
      },
      addScaled(d, s, x, y) {
        vector.addScaled(d, s, x, y)
        y.set(mapped(y, change))
      },
    },
    affine: {
      ...affine,
      forward: (d, x, w, b, y) => affine.forward(d, mapped(x, change), mapped(w, change), b, y),
    },
    conv2d: {
      ...conv2d,
      forward: (d, x, w, b, y) => conv2d.forward(d, mapped(x, change), mapped(w, change), b, y),
    },
  }))
}

/** Naive in float32, but for what momentum leaves in its velocities. */
function storing(change: Change): Backend<Data> {
  return withFloat32(({ sgdMomentum }) => ({
    sgdMomentum: {
      update(d, s, g, v, w) {
        sgdMomentum.update(d, s, g, v, w)
        v.set(mapped(v, change))
      },
    },
  }))
}

function summingEitherWay(): Backend<Data> {
  let calls = 0
  return withFloat32(({ vector }) => ({
    vector: {
      ...vector,
      sumOfSquares(_d, x, y) {
        const turned = calls++ % 2 === 0 ? x : x.slice().reverse()
        y[0] = 0
        for (const value of turned) y[0] += Math.fround(value * value)
      },
    },
  }))
}

export const plainFloat32: Arithmetic = {
  unitRoundoff: 2 ** -24,
  subnormals: 'kept',
  nonFinite: 'ieee',
  deterministic: true,
}

function declaring(backend: Backend<Data>, declared: Partial<Arithmetic>): Backend<Data> {
  return { ...backend, arithmetic: { float32: { ...plainFloat32, ...declared } } }
}

const least = 2 ** -126
const flushed: Change = (value) => (Math.abs(value) < least ? 0 : value)

const faults: { readonly [name: string]: Fault & { readonly create: () => Backend<Data> } } = {
  'operands-of-tf32': {
    says: 'operands keep 11 bits, as TF32 does, and the backend does not declare it',
    killers: ['declaration'],
    create: () => coarse((value) => rounded(value, 11)),
  },
  'roundoff-understated': {
    says: 'operands keep 11 bits, and the declaration promises 13',
    killers: ['declaration'],
    create: () =>
      declaring(
        coarse((value) => rounded(value, 11)),
        { unitRoundoff: 2 ** -13 },
      ),
  },
  'roundoff-below-dtype': {
    says: 'the declared unit roundoff is finer than float32 itself',
    killers: ['declaration'],
    create: () => declaring(createNaive(), { unitRoundoff: 2 ** -30 }),
  },
  'roundoff-of-half': {
    says: 'the declared unit roundoff is 1/2, which would let every result pass',
    killers: ['declaration'],
    create: () => declaring(createNaive(), { unitRoundoff: 0.5 }),
  },
  'products-flushed': {
    says: 'products and sums below the smallest normal number are 0, and the backend does not declare it',
    killers: ['declaration'],
    create: () => coarse(flushed),
  },
  'velocities-flushed': {
    says: 'velocities below the smallest normal number are 0, and the backend does not declare it',
    killers: ['declaration'],
    create: () => storing(flushed),
  },
  'least-velocity-flushed': {
    says: 'optimizer state may be flushed, and the smallest normal number is flushed with it',
    killers: ['declaration'],
    create: () =>
      declaring(
        storing((value) => (Math.abs(value) <= least ? 0 : value)),
        { subnormals: 'stateFlushed' },
      ),
  },
  'infinities-clamped': {
    says: 'infinities become the largest finite number',
    killers: ['declaration'],
    create: () => coarse((value) => Math.max(-3e38, Math.min(3e38, value))),
  },
  'nan-cleared': {
    says: 'a NaN becomes 0',
    killers: ['declaration'],
    create: () => coarse((value) => value || 0),
  },
  'sum-either-way': {
    says: 'every other sum of squares starts from the end',
    killers: ['declaration'],
    create: summingEitherWay,
  },
}

/** Backends that do not compute as they declare, or as plain IEEE 754 where they declare nothing. */
export const declarationMutants: readonly Mutant[] = mutants('backend', faults, ({ create }) => create())
