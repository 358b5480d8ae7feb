import { mapped } from './faults.js'
import { kernelMutants } from './mutant.js'

export const concatMutants = kernelMutants('concat', {
  'along-the-batch': {
    says: 'all of x, then all of z: right for a single image',
    killers: ['parts', 'forward', 'exchange', 'adjoint', 'batch-order'],
    change: () => ({
      forward(_, x, z, y) {
        y.set(x)
        y.set(z, x.length)
      },
    }),
  },
  'gradient-along-the-batch': {
    says: 'dx is the first of dy and dz the rest, as if there were one image',
    killers: ['parts', 'backward', 'exchange', 'adjoint', 'batch-order', 'numeric-gradient'],
    change: () => ({
      backward(_, dy, dx, dz) {
        dx?.set(dy.subarray(0, dx.length))
        dz?.set(dy.subarray(dy.length - dz.length))
      },
    }),
  },
  'z-first': {
    says: 'z comes before x, on both ways, so that the gradients fit',
    killers: ['parts', 'forward', 'backward'],
    change: ({ forward, backward }) => ({
      forward: ({ n, left, right }, x, z, y) => forward({ n, left: right, right: left }, z, x, y),
      backward: ({ n, left, right }, dy, dx, dz) => backward({ n, left: right, right: left }, dy, dz, dx),
    }),
  },
  'equal-halves': {
    says: 'the gradient is cut in the middle, which is right where x and z have as many channels',
    killers: ['parts', 'backward', 'exchange', 'adjoint', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward({ n, left, right }, dy, dx, dz) {
        const middle = Math.min(Math.floor((left + right) / 2), left)
        const shifted = mapped(dy, (value, i) => {
          const [row, at] = [Math.floor(i / (left + right)), i % (left + right)]
          return at < left ? value : dy[row * (left + right) + Math.min(at - left + middle, left + right - 1)]
        })
        backward({ n, left, right }, shifted, dx, dz)
      },
    }),
  },
  'last-image-lost': {
    says: 'the last image of a batch gets no z',
    killers: ['parts', 'forward', 'batch-order', 'overwrites'],
    change: ({ forward }) => ({
      forward(d, x, z, y) {
        const rest = y.slice(y.length - d.right)
        forward(d, x, z, y)
        if (d.n > 1) y.set(rest, y.length - d.right)
      },
    }),
  },
  'dz-added': {
    says: 'dz is added to what its memory holds',
    killers: ['overwrites'],
    change: ({ backward }) => ({
      backward(d, dy, dx, dz) {
        const before = dz?.slice()
        backward(d, dy, dx, dz)
        if (dz && before) for (let i = 0; i < dz.length; i++) dz[i] += before[i]
      },
    }),
  },
  'large-cut': {
    says: 'copies are cut at 2^16, so that large numbers stay below it',
    killers: ['scale'],
    change: ({ forward }) => ({
      forward: (d, x, z, y) =>
        forward(
          d,
          mapped(x, (value) => (Math.abs(value) > 65_536 ? 65_536 * Math.sign(value) : value)),
          z,
          y,
        ),
    }),
  },
  'zero-loses-its-sign': {
    says: '-0 becomes 0, as where 0 is added to a copy',
    killers: ['signed-zeros'],
    change: ({ forward }) => ({
      forward: (d, x, z, y) =>
        forward(
          d,
          x,
          mapped(z, (value) => value + 0),
          y,
        ),
    }),
  },
  'subnormals-flushed': {
    says: 'what is below the smallest normal number becomes 0 on the way back',
    killers: ['subnormals'],
    change: ({ backward }) => ({
      backward(d, dy, dx, dz) {
        const least = dy instanceof Float32Array ? 2 ** -126 : 2 ** -1022
        backward(
          d,
          mapped(dy, (value) => (Math.abs(value) < least ? 0 : value)),
          dx,
          dz,
        )
      },
    }),
  },
})
