import { dropoutSpec } from '../../src/layers/dropout.js'
import { added, describeLayer, mapped } from './faults.js'

// Dropout has no kernel of its own: it multiplies by its mask, and copies in test mode.
describeLayer(dropoutSpec, 'vector', {
  'drops nothing': {
    caughtBy: ['mask', 'forward', 'backward'],
    change: () => ({ multiply: (_d, x, _m, y) => y.set(x) }),
  },
  'drops without making up for it': {
    caughtBy: ['mask', 'forward', 'backward'],
    change: () => ({ multiply: (_d, x, m, y) => y.set(mapped(x, (value, i) => (m[i] > 0 ? value : 0))) }),
  },
  'adds a little to each product': {
    caughtBy: ['adjoint', 'scale', 'keeps all', 'forward'],
    change: () => ({ multiply: (_d, x, m, y) => y.set(mapped(x, (value, i) => value * m[i] + 2 ** -10)) }),
  },
  'multiplies in half precision': {
    caughtBy: ['keeps all', 'forward', 'large'],
    elements: 66_000,
    change: ({ multiply }) => ({
      multiply(d, x, m, y) {
        const split = (value: number) => value * (2 ** 42 + 1)
        multiply(
          d,
          mapped(x, (value) => split(value) - (split(value) - value)),
          m,
          y,
        )
      },
    }),
  },
  'copies whole vectors of four and forgets the tail': {
    caughtBy: ['test mode', 'overwrites'],
    change: ({ copy }) => ({ copy: (d, x, y) => copy(d, x.subarray(0, d.size - (d.size % 4)), y) }),
  },
  'adds to the gradient instead of overwriting it': {
    caughtBy: ['overwrites', 'unwanted'],
    change: ({ multiply }) => ({ multiply: (d, x, m, y) => added(y, () => multiply(d, x, m, y)) }),
  },
})
