import { vectorSpec } from '../../src/layers/vector.js'
import { added, describeLayer, mapped } from './faults.js'

const whole = (size: number) => ({ size: size - (size % 4) })

describeLayer(vectorSpec, 'vector', {
  'fills whole vectors of four and forgets the tail': {
    caughtBy: ['forward', 'overwrites'],
    change: () => ({
      fill(d, { value }, y) {
        y.fill(value, 0, whole(d.size).size)
      },
    }),
  },
  'copies the tail from where it began': {
    caughtBy: ['forward', 'order'],
    change: () => ({
      copy: (d, x, y) => y.set(mapped(x, (_, i) => x[Math.min(i, whole(d.size).size)])),
    }),
  },
  'assigns where it should add': {
    caughtBy: ['forward', 'large'],
    elements: 66_000,
    change: () => ({ addScaled: (_d, { a }, x, y) => y.set(mapped(x, (value) => a * value)) }),
  },
  'adds its factor to what it scales': {
    caughtBy: ['forward', 'scale'],
    change: () => ({ scale: (_d, { a }, y) => y.set(mapped(y, (value) => value + a)) }),
  },
  'clears what it scales by 0': {
    caughtBy: ['NaN'],
    change: ({ scale }) => ({
      scale(d, s, y) {
        scale(d, s, y)
        if (s.a === 0) y.fill(0)
      },
    }),
  },
  'keeps the first scalar it is given': {
    caughtBy: ['forward', 'scalars'],
    change({ scale }) {
      let first: { readonly a: number } | null = null
      return {
        scale(d, s, y) {
          first ??= s
          scale(d, first, y)
        },
      }
    },
  },
  'multiplies x by itself': {
    caughtBy: ['forward'],
    change: ({ multiply }) => ({ multiply: (d, x, _m, y) => multiply(d, x, x, y) }),
  },
  'leaves the last of an odd number out of the sum of squares': {
    caughtBy: ['forward', 'order'],
    change: ({ sumOfSquares }) => ({
      sumOfSquares: (d, x, y) => sumOfSquares({ size: d.size - (d.size % 2) }, x, y),
    }),
  },
  'adds the sum of squares to what y held': {
    caughtBy: ['overwrites'],
    change: ({ sumOfSquares }) => ({ sumOfSquares: (d, x, y) => added(y, () => sumOfSquares(d, x, y)) }),
  },
  'adds up squares in single blocks of 256': {
    caughtBy: ['large'],
    elements: 66_000,
    change: ({ sumOfSquares }) => ({
      sumOfSquares: (d, x, y) => sumOfSquares({ size: Math.min(d.size, 1024) }, x, y),
    }),
  },
})
