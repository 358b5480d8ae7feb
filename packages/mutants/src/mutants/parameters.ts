import { kernelMutants, type Mutant } from './mutant.js'

/** Parameters that layers alone never vary, or not to their ends. */
export const parameterMutants: readonly Mutant[] = [
  ...kernelMutants('batchNorm', {
    'count-ignored': {
      says: 'dx divides by the number of its own elements, whatever count the statistics were taken over',
      killers: ['synchronised', 'processes'],
      change: ({ input }) => ({
        input: (d, s, ...storages) => input(d, { ...s, count: d.n * d.inner }, ...storages),
      }),
    },
    'eps-of-zero-defaulted': {
      says: 'an eps of 0 counts as not given',
      killers: ['synchronised'],
      change: ({ reduce, normalize }) => ({
        reduce: (d, { eps }, ...storages) => reduce(d, { eps: eps || 1e-5 }, ...storages),
        normalize: (d, { eps }, ...storages) => normalize(d, { eps: eps || 1e-5 }, ...storages),
      }),
    },
  }),
  ...kernelMutants('softmaxCrossEntropy', {
    'scale-of-zero-defaulted': {
      says: 'a scale of 0 counts as not given',
      killers: ['plans'],
      change: ({ backward }) => ({
        backward: (d, { scale }, ...storages) => backward(d, { scale: scale || 1 / d.n }, ...storages),
      }),
    },
  }),
  ...kernelMutants('svmLoss', {
    'scale-of-zero-defaulted': {
      says: 'a scale of 0 counts as not given',
      killers: ['plans'],
      change: ({ forward }) => ({
        forward: (d, { scale }, ...storages) => forward(d, { scale: scale || 1 / d.n }, ...storages),
      }),
    },
  }),
  ...kernelMutants('affine', {
    'nothing-wanted': {
      says: 'a backward pass of which nothing is wanted clears the memory of dy',
      killers: ['plans'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, dx, dw, db)
          if (!dx && !dw && !db) dy.fill(0)
        },
      }),
    },
  }),
]
