import type { Data } from '@convkit/api'
import { kernelMutants } from './mutant.js'

interface Size {
  readonly size: number
}

interface Fed {
  readonly slope: number
}

const forward = (y: (x: number, slope: number) => number) => () => ({
  forward({ size }: Size, { slope }: Fed, x: Data, out: Data) {
    for (let i = 0; i < size; i++) out[i] = y(x[i], slope)
  },
})
const backward = (slopeAt: (x: number, slope: number) => number) => () => ({
  backward({ size }: Size, { slope }: Fed, dy: Data, x: Data, dx: Data) {
    for (let i = 0; i < size; i++) dx[i] = dy[i] * slopeAt(x[i], slope)
  },
})

/** A NaN stays one, so that another fault is seen. */
const either = (x: number, above: number, below: number) => (x > 0 ? above : x <= 0 ? below : Number.NaN)

export const leakyReluMutants = kernelMutants('leakyRelu', {
  maximum: {
    says: 'the larger of x and slope x, which is another function where the slope is beyond 1',
    killers: ['forward', 'large', 'numeric-gradient'],
    change: forward((x, slope) => Math.max(x, slope * x)),
  },
  'slope-unread': {
    says: 'the slope is 0.01 whatever is asked for',
    killers: ['forward', 'identity', 'large'],
    change: forward((x) => either(x, x, 0.01 * x)),
  },
  relu: {
    says: 'what is negative becomes 0: relu',
    killers: ['forward', 'identity', 'large'],
    change: forward((x) => Math.max(0, x)),
  },
  'slope-on-both-sides': {
    says: 'what is positive is multiplied too',
    killers: ['forward', 'numeric-gradient', 'large'],
    change: forward((x, slope) => slope * x),
  },
  'slope-added': {
    says: 'slope is added to what is negative, not multiplied',
    killers: ['forward', 'homogeneous', 'identity'],
    change: forward((x, slope) => either(x, x, x + slope)),
  },
  exponential: {
    says: 'slope (exp(x) - 1) below 0: elu',
    killers: ['forward', 'homogeneous', 'identity'],
    change: forward((x, slope) => either(x, x, slope * Math.expm1(x))),
  },
  'gradient-at-zero': {
    says: 'the gradient at 0 is dy: >= for >',
    killers: ['kink', 'backward'],
    change: backward((x, slope) => either(x, 1, x === 0 ? 1 : slope)),
  },
  'gradient-of-relu': {
    says: 'no gradient passes below 0',
    killers: ['backward', 'identity', 'kink'],
    change: backward((x) => either(x, 1, 0)),
  },
  'gradient-slope-unread': {
    says: 'the gradient below 0 is 0.01 dy whatever the slope',
    killers: ['backward', 'identity', 'kink'],
    change: backward((x) => either(x, 1, 0.01)),
  },
  'gradient-slope-twice': {
    says: 'the slope below 0 is multiplied by itself',
    killers: ['backward', 'numeric-gradient', 'kink'],
    change: backward((x, slope) => either(x, 1, slope * slope)),
  },
  'gradient-dead-zone': {
    says: 'what is within a millionth of 0 counts as 0',
    killers: ['kink'],
    change: backward((x, slope) => either(x - 1e-6, 1, slope)),
  },
  'nan-gradient-hidden': {
    says: 'where x is NaN the gradient is that below 0',
    killers: ['special-values'],
    change: backward((x, slope) => (x > 0 ? 1 : slope)),
  },
})
