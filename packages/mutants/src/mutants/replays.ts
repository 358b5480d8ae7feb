import type { Backend, Data } from '@convkit/api'
import { zerosLike } from './faults.js'
import { type NamedCall, watched } from './keeping.js'
import { type Fault, type Mutant, mutants } from './mutant.js'

interface Replay extends Fault {
  create(): Backend<Data>
}

/** Calls on the same storages are taken for a repetition while `watchedOperand` did not change, and nothing is done. */
function skipping(kernel: string, watchedOperand: string): Backend<Data> {
  const done = new Map<Data, readonly (Data | null)[]>()
  return watched({
    kernels: {
      [kernel]({ operands, run }) {
        const all = [...operands.values()]
        const operand = operands.get(watchedOperand)
        if (!operand) return run()
        const before = done.get(operand)
        if (before?.length === all.length && all.every((storage, i) => storage === before[i])) return
        done.set(operand, all)
        run()
      },
    },
    after({ call, writes }) {
      if (call !== kernel) for (const storage of writes) done.delete(storage)
    },
  })
}

/** What the last call of one kernel was given stands in for an operand of another, where it has the same length. */
function borrowing(from: string, to: string, operand: string): Backend<Data> {
  let last: Data | null = null
  return watched({
    kernels: {
      [from]({ operands, run }) {
        run()
        last = operands.get(operand)?.slice() ?? null
      },
      [to]({ operands, run }) {
        const own = operands.get(operand)
        run({ operands: new Map(operands).set(operand, last && last.length === own?.length ? last : (own ?? null)) })
      },
    },
  })
}

/** A backward pass uses up what the forward pass left for it: without that, it computes zeros. */
function usingUp(forward: string, backward: string, left: string, gradient: string): Backend<Data> {
  const ready = new Set<Data | null | undefined>()
  return watched({
    kernels: {
      [forward]({ operands, run }) {
        run()
        ready.add(operands.get(left))
      },
      [backward]({ operands, run }) {
        const isReady = ready.delete(operands.get(left))
        run()
        if (!isReady) operands.get(gradient)?.fill(0)
      },
    },
  })
}

const isAlias = ({ operands }: NamedCall, a: string, b: string) => operands.get(a) === operands.get(b)

const faults: { readonly [layer: string]: { readonly [name: string]: Replay } } = {
  conv2d: {
    'filters-of-last-forward': {
      says: 'dx is computed with the filters of the last forward pass, whichever that was',
      killers: ['replays', 'saved'],
      create: () => borrowing('conv2d.forward', 'conv2d.backward', 'w'),
    },
    'replayed-while-image-stays': {
      says: 'a forward pass on storages seen before is taken for done while the image was not changed',
      killers: ['stale'],
      create: () => skipping('conv2d.forward', 'x'),
    },
  },
  affine: {
    'replayed-while-weights-stay': {
      says: 'a backward pass on storages seen before is taken for done while its weights were not changed',
      killers: ['replays', 'stale'],
      create: () => skipping('affine.backward', 'w'),
    },
    'scratch-of-larger-call': {
      says: 'rows are padded in scratch memory that is never cleared: behind a larger call, a smaller one sums its remains',
      killers: ['replays', 'many-shapes', 'forward'],
      create() {
        const scratch = new Float64Array(4096)
        return watched({
          kernels: {
            'affine.forward'({ dims, operands, run }) {
              run()
              const { n, inSize, outSize } = dims as { n: number; inSize: number; outSize: number }
              const [x, y] = [operands.get('x'), operands.get('y')]
              if (!x || !y) return
              scratch.set(x.subarray(0, inSize))
              const padded = Math.ceil(inSize / 4) * 4
              for (let d = inSize; d < padded; d++) for (let m = 0; m < n * outSize; m++) y[m] += scratch[d]
            },
          },
        })
      },
    },
  },
  relu: {
    'mask-used-up': {
      says: 'the backward pass gives back the mask of y: a second one on the same y finds none',
      killers: ['replays'],
      create: () => usingUp('relu.forward', 'relu.backward', 'y', 'dx'),
    },
  },
  maxPool2d: {
    'winners-used-up': {
      says: 'winners are kept by the forward pass and freed by the backward pass: a y that was written has none',
      killers: ['replays', 'saved'],
      create: () => usingUp('maxPool2d.forward', 'maxPool2d.backward', 'y', 'dx'),
    },
  },
  avgPool2d: {
    'replayed-after-mark': {
      says: 'after a step was marked, calls on the storages of the step before are taken for done',
      killers: ['replays'],
      create() {
        const [seen, before] = [new Set<Data | null | undefined>(), new Set<Data | null | undefined>()]
        const backend = watched({
          kernels: {
            'avgPool2d.forward'({ operands, run }) {
              if (before.has(operands.get('y'))) return
              seen.add(operands.get('y'))
              run()
            },
          },
        })
        return {
          ...backend,
          mark() {
            for (const storage of seen) before.add(storage)
            seen.clear()
          },
        }
      },
    },
  },
  batchNorm: {
    'statistics-of-last-batch': {
      says: 'normalize takes the mean of the last batch, not the one that it is given',
      killers: ['replays', 'plans'],
      create() {
        let last: Data | null = null
        return watched({
          kernels: {
            'batchNorm.statistics'({ operands, run }) {
              run()
              last = operands.get('mean')?.slice() ?? null
            },
            'batchNorm.reduce'({ operands, run }) {
              const mean = operands.get('mean') ?? null
              run({ operands: new Map(operands).set('mean', last?.length === mean?.length ? last : mean) })
            },
          },
        })
      },
    },
  },
  groupNorm: {
    'mean-of-last-forward': {
      says: 'the backward pass takes the mean that the last forward pass left in its workspace',
      killers: ['replays', 'saved'],
      create: () => borrowing('groupNorm.forward', 'groupNorm.backward', 'mean'),
    },
  },
  softmaxCrossEntropy: {
    'replayed-while-logits-stay': {
      says: 'a loss on storages seen before is taken for done while the logits were not changed: other labels are not seen',
      killers: ['replays', 'stale'],
      create: () => skipping('softmaxCrossEntropy.forward', 'logits'),
    },
  },
  svmLoss: {
    'labels-of-last-forward': {
      says: 'the backward pass takes the labels of the last forward pass',
      killers: ['replays'],
      create: () => borrowing('svmLoss.forward', 'svmLoss.backward', 'labels'),
    },
  },
  vector: {
    'square-of-itself': {
      says: 'a storage multiplied by itself is copied: the short cut for a mask of ones',
      killers: ['replays'],
      create: () =>
        watched({
          kernels: {
            'vector.multiply'(call) {
              call.run()
              if (isAlias(call, 'x', 'm')) call.operands.get('y')?.set(call.operands.get('x') ?? [])
            },
          },
        }),
    },
  },
  layerNorm: {
    'gamma-for-beta': {
      says: 'gamma and beta are loaded together, and one storage for both is loaded as zeros for beta',
      killers: ['replays'],
      create: () =>
        watched({
          kernels: {
            'layerNorm.forward'(call) {
              const beta = call.operands.get('beta')
              if (!isAlias(call, 'gamma', 'beta') || !beta) return call.run()
              call.run({ operands: new Map(call.operands).set('beta', zerosLike(beta)) })
            },
          },
        }),
    },
  },
  adam: {
    'step-counted': {
      says: 'steps are counted for each parameter by the backend, whatever number is given',
      killers: ['plans', 'many-calls', 'replays'],
      create() {
        const counts = new Map<Data | null | undefined, number>()
        return watched({
          kernels: {
            'adam.update'({ operands, scalars, run }) {
              const w = operands.get('w')
              const count = counts.get(w)
              const step = count === undefined ? Number(Reflect.get(scalars ?? {}, 'step')) : count + 1
              counts.set(w, step)
              run({ scalars: { ...scalars, step } })
            },
          },
          after({ call, writes }) {
            if (call === 'free') for (const storage of writes) counts.delete(storage)
          },
        })
      },
    },
    'step-reset-by-mark': {
      says: 'a mark begins the count of steps anew, so that the next update is corrected as the first',
      killers: ['replays'],
      create() {
        let marked = false
        const backend = watched({
          kernels: {
            'adam.update'({ scalars, run }) {
              run({ scalars: marked ? { ...scalars, step: 1 } : (scalars ?? {}) })
              marked = false
            },
          },
        })
        return {
          ...backend,
          mark() {
            marked = true
          },
        }
      },
    },
  },
}

export const replayMutants: readonly Mutant[] = Object.entries(faults).flatMap(([layer, own]) =>
  mutants(layer, own, ({ create }) => create()),
)
