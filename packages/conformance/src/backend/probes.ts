import {
  affine,
  conv2d,
  type FloatTensor,
  type KernelName,
  type Scope,
  type Shape,
  sgdMomentum,
  vector,
} from '@convkit/api'

export type From = (values: ArrayLike<number>, shape: Shape) => FloatTensor

/** One operation on each of some pairs of numbers. */
export interface Probe {
  readonly kernel: KernelName
  readonly operation: 'times' | 'plus'
  /** As many roundings as the layer's bound allows a single term. */
  readonly roundings: number
  /** All pairs have the same second number. */
  readonly constant?: 'one' | 'any'
  /** A power of two that the result is multiplied by. */
  readonly factor?: number
  /** What its formula divides by: exactly, unless functions are declared to be worse than IEEE 754 has them. */
  readonly divisor?: 'powerOfTwo' | 'rootOfOne'
  /** It passes through the state of an optimizer. */
  readonly isState?: boolean
  /** Fewer than `size` pairs where each takes a call, and those of numbers in [1, 2) alone. */
  readonly pairs?: number
  queue(scope: Scope, from: From, a: ArrayLike<number>, b: ArrayLike<number>): FloatTensor | readonly FloatTensor[]
}

export type Probes = { readonly [name: string]: Probe }

export const size = 64
const image: Shape = [1, 1, 1, size]

const byAffine: Probe['queue'] = (scope, from, a, b) =>
  affine.forward(scope, { x: from(a, [size, 1]), w: from([b[0]], [1, 1]) }).y

const byConv2d: Probe['queue'] = (scope, from, a, b) =>
  conv2d.forward(scope, { x: from(a, image), w: from([b[0]], [1, 1, 1, 1]) }).y

/** A product with 1 changes nothing but where operands are rounded first, as TF32 does. */
export const probes: Probes = {
  'vector.multiply': {
    kernel: 'vector',
    operation: 'times',
    roundings: 1,
    queue(scope, from, a, b) {
      const x = from(a, [size])
      const y = scope.alloc(x.shape, x.dtype)
      vector.multiply(x, from(b, [size]), y)
      return y
    },
  },
  'vector.addScaled': {
    kernel: 'vector',
    operation: 'plus',
    roundings: 2,
    queue(_scope, from, a, b) {
      const y = from(a, [size])
      vector.addScaled(y, 1, from(b, [size]))
      return y
    },
  },
  'affine by 1': { kernel: 'affine', operation: 'times', roundings: 1, constant: 'one', queue: byAffine },
  'conv2d by 1': { kernel: 'conv2d', operation: 'times', roundings: 1, constant: 'one', queue: byConv2d },
  affine: { kernel: 'affine', operation: 'times', roundings: 3, constant: 'any', queue: byAffine },
  conv2d: { kernel: 'conv2d', operation: 'times', roundings: 3, constant: 'any', queue: byConv2d },
}

/** What an optimizer stores: without a gradient a velocity is what it was, times the momentum. */
export const stateProbes: Probes = {
  'the velocity of sgdMomentum': {
    kernel: 'sgdMomentum',
    operation: 'times',
    roundings: 3,
    constant: 'any',
    queue(_scope, from, a, b) {
      const [v, w, g] = [a, new Float64Array(size), new Float64Array(size)].map((values) => from(values, [size]))
      sgdMomentum.update(w, g, [v], { learningRate: 0, momentum: b[0] })
      return v
    },
  },
}
