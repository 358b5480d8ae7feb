import { inTail, mapped, unwritten } from './faults.js'
import { kernelMutants } from './mutant.js'

export const sgdMutants = kernelMutants('sgd', {
  tail: {
    says: 'elements behind the last whole vector of four are not updated',
    killers: ['forward', 'elements', 'large'],
    change: ({ update }) => ({
      update: (d, s, g, w) => unwritten(w, inTail(d.size, 4), () => update(d, s, g, w)),
    }),
  },
  ascends: {
    says: 'the gradient is added instead of taken off',
    killers: ['forward', 'large'],
    change: ({ update }) => ({
      update: (d, { learningRate }, ...storages) => update(d, { learningRate: -learningRate }, ...storages),
    }),
  },
  'learning-rate-remembered': {
    says: 'the learning rate of the first call is compiled in',
    killers: ['forward', 'rate', 'standstill', 'plans'],
    change({ update }) {
      const programs = new Map<number, { readonly learningRate: number }>()
      return {
        update(d, s, ...storages) {
          const program = programs.get(d.size) ?? s
          programs.set(d.size, program)
          update(d, program, ...storages)
        },
      }
    },
  },
  'gradient-scaled-in-place': {
    says: 'the gradient is multiplied by the learning rate where it lies',
    killers: ['inputs-kept'],
    change: ({ update }) => ({
      update(d, s, g, w) {
        update(d, s, g, w)
        g.set(mapped(g, (value) => s.learningRate * value))
      },
    }),
  },
  'zero-gradient-clears': {
    says: 'where the gradient is 0 the weight is not written but taken from an empty buffer',
    killers: ['rest', 'forward'],
    change: ({ update }) => ({
      update(d, s, g, w) {
        update(d, s, g, w)
        w.set(mapped(w, (value, i) => (g[i] === 0 ? 0 : value)))
      },
    }),
  },
})
