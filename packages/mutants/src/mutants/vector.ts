import { accumulated, inTail, mapped, unwritten } from './faults.js'
import { kernelMutants } from './mutant.js'

export const vectorMutants = kernelMutants('vector', {
  'fill-tail': {
    says: 'fill leaves what is behind the last whole vector of four',
    killers: ['forward', 'overwrites'],
    change: ({ fill }) => ({
      fill: (d, s, y) => unwritten(y, inTail(d.size, 4), () => fill(d, s, y)),
    }),
  },
  'copy-moves': {
    says: 'copy leaves zeros where it copied from',
    killers: ['inputs-kept'],
    change: ({ copy }) => ({
      copy(d, x, y) {
        copy(d, x, y)
        x.fill(0)
      },
    }),
  },
  'scalar-remembered': {
    says: 'addScaled keeps the factor it was first called with, as a program compiled for it would',
    killers: ['scalars', 'forward'],
    change({ addScaled }) {
      const first = new Map<number, number>()
      return {
        addScaled(d, { a }, x, y) {
          first.set(d.size, first.get(d.size) ?? a)
          addScaled(d, { a: first.get(d.size) ?? a }, x, y)
        },
      }
    },
  },
  'add-scaled-scales-both': {
    says: 'addScaled computes a * (y + x)',
    killers: ['forward'],
    change: ({ addScaled, scale }) => ({
      addScaled(d, s, x, y) {
        scale(d, s, y)
        addScaled(d, s, x, y)
      },
    }),
  },
  'scale-by-zero-skips': {
    says: 'scale does nothing where the factor is 0',
    killers: ['forward'],
    change: ({ scale }) => ({
      scale: (d, s, y) => (s.a === 0 ? undefined : scale(d, s, y)),
    }),
  },
  'scale-by-zero-clears': {
    says: 'scale by 0 clears, so that NaN and infinities vanish',
    killers: ['NaN', 'special-values'],
    change: ({ scale }) => ({
      scale(d, s, y) {
        scale(d, s, y)
        if (s.a === 0) y.fill(0)
      },
    }),
  },
  'sum-accumulated': {
    says: 'sumOfSquares adds to what the memory of its output holds',
    killers: ['overwrites', 'forward'],
    change: ({ sumOfSquares }) => ({
      sumOfSquares: (d, x, y) => accumulated(y, () => sumOfSquares(d, x, y)),
    }),
  },
  'sum-of-halves': {
    says: 'sumOfSquares squares in 11 bits',
    killers: ['forward', 'large'],
    change: ({ sumOfSquares }) => ({
      sumOfSquares: (d, x, y) =>
        sumOfSquares(
          d,
          mapped(x, (value) => Math.fround(Math.round(value * 2048) / 2048)),
          y,
        ),
    }),
  },
  'norm-instead-of-square': {
    says: 'sumOfSquares takes the root of its sum',
    killers: ['forward', 'scale'],
    change: ({ sumOfSquares }) => ({
      sumOfSquares(d, x, y) {
        sumOfSquares(d, x, y)
        y[0] = Math.sqrt(y[0])
      },
    }),
  },
})
