import {
  type Backend,
  type BatchNormDims,
  type Data,
  type LossDims,
  mapKernels,
  type RunKernel,
  type SomeKernel,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { mapped } from '../mutants/faults.js'
import { after, type Fault } from '../mutants/mutant.js'
import { unclippedMoments } from '../mutants/norms.js'
import { type Exhibit, exhibits, kernelExhibits } from './exhibit.js'
import { where } from './where.js'

/** The storages of a call, by what it does with them. */
interface Used {
  readonly name: string
  readonly reads: readonly Data[]
  readonly updates: readonly Data[]
  readonly writes: readonly Data[]
}

interface Hooks {
  before?(used: Used): void
  after?(used: Used): void
}

/** The naive backend, whose kernel calls are told of before and after. */
function hooked({ before = () => {}, after = () => {} }: Hooks): Backend<Data> {
  const naive = createNaive()
  function told({ name, run, reads, updates, writes }: SomeKernel<Data>): RunKernel<Data> {
    return (call) => {
      const { storages } = call
      const part = (from: number, count: number) => storages.slice(from, from + count).flatMap((one) => one ?? [])
      const used = {
        name,
        reads: part(0, reads.length),
        updates: part(reads.length, updates.length),
        writes: part(reads.length + updates.length, writes.length),
      }
      before(used)
      run(call)
      after(used)
    }
  }
  const { float32, float64 } = naive.kernels
  return { ...naive, kernels: { float32: mapKernels(float32, told), float64: mapKernels(float64, told) } }
}

/** What is written is taken over, not copied, from a size on. */
function takingOver(least: number): Backend<Data> {
  const sources = new Map<Data, Data>()
  // The storage stands for the array that it shares memory with, so it is made equal to it before anything looks.
  const look = (storage: Data) => {
    const source = sources.get(storage)
    if (source) storage.set(source)
  }
  const backend = hooked({
    before({ reads, updates }) {
      for (const storage of [...reads, ...updates]) look(storage)
    },
    after({ updates, writes }) {
      for (const storage of [...updates, ...writes]) sources.delete(storage)
    },
  })
  return {
    ...backend,
    write(storage, data) {
      backend.write(storage, data)
      if (data.length >= least) sources.set(storage, data)
      else sources.delete(storage)
    },
    read(storage, into) {
      look(storage)
      return backend.read(storage, into)
    },
    free(storage) {
      sources.delete(storage)
      backend.free(storage)
    },
  }
}

/** What was read is kept, and read again, until it is replaced; what changes it where it stands goes unnoticed. */
function rememberingReads(): Backend<Data> {
  const kept = new Map<Data, Data>()
  const backend = hooked({
    after({ writes }) {
      for (const storage of writes) kept.delete(storage)
    },
  })
  return {
    ...backend,
    write(storage, data) {
      kept.delete(storage)
      backend.write(storage, data)
    },
    async read(storage, into) {
      const known = kept.get(storage)
      if (!known) {
        const data = await backend.read(storage, into)
        kept.set(storage, data.slice())
        return data
      }
      if (!into) return known.slice()
      into.set(known)
      return into
    },
    free(storage) {
      kept.delete(storage)
      backend.free(storage)
    },
  }
}

/** A copy is the same memory, until either of the two is replaced. */
function sharingCopies(): Backend<Data> {
  const partners = new Map<Data, Data>()
  const part = (storage: Data) => {
    const partner = partners.get(storage)
    if (partner) partners.delete(partner)
    partners.delete(storage)
  }
  const backend = hooked({
    after({ name, reads, updates, writes }) {
      for (const storage of updates) partners.get(storage)?.set(storage)
      for (const storage of writes) part(storage)
      const [[from], [to]] = [reads, writes]
      if (name !== 'vector.copy' || from === to || from.length !== to.length) return
      part(from)
      partners.set(from, to)
      partners.set(to, from)
    },
  })
  return {
    ...backend,
    write(storage, data) {
      part(storage)
      backend.write(storage, data)
    },
    free(storage) {
      part(storage)
      backend.free(storage)
    },
  }
}

interface MemoryFault extends Fault {
  readonly link: string
  create(): Backend<Data>
}

const memory: { readonly [name: string]: MemoryFault } = {
  'large-writes-not-copied': {
    says: 'CPU: what is written from 64 elements and more is not copied, and changes with the array that it came from',
    killers: ['views'],
    link: 'https://github.com/jax-ml/jax/issues/37830',
    create: () => takingOver(64),
  },
  'first-read-kept': {
    says: 'what was read once is kept on the host, and read again though it was changed in place since',
    killers: ['sequence', 'many-calls'],
    link: 'https://github.com/jax-ml/jax/issues/19123',
    create: rememberingReads,
  },
}

const sharing: { readonly [name: string]: MemoryFault } = {
  'copy-is-the-same-memory': {
    says: 'a copy that was asked for is not made: what changes one of the two in place changes both',
    killers: ['backend/sequence'],
    link: 'https://github.com/jax-ml/jax/issues/3412',
    create: sharingCopies,
  },
}

const isOnlyNegativeZeros = (row: Data) => row.every((value) => Object.is(value, -0))

export const jaxExhibits: readonly Exhibit[] = [
  ...exhibits('backend', memory, ({ create }) => create()),
  ...exhibits('vector', sharing, ({ create }) => create()),
  ...kernelExhibits('batchNorm', {
    'unclipped-variance': {
      says: 'Flax: the variance is mean(x^2) - mean(x)^2, which rounding makes negative, by more than eps',
      killers: ['shift', 'forward'],
      link: 'https://github.com/google/flax/issues/1491',
      change: () => ({
        statistics(d, x, mean, variance) {
          for (let c = 0; c < d.channels; c++) {
            const own = unclippedMoments(x, channel(d, c))
            mean[c] = own.mean
            variance[c] = own.variance
          }
        },
      }),
    },
    'square-for-root': {
      says: 'stax: what is normalised is divided by the square of variance + eps instead of its root',
      killers: ['forward', 'scale', 'numeric-gradient'],
      link: 'https://github.com/jax-ml/jax/issues/442',
      change: ({ normalize }) => ({
        normalize: (d, s, x, gamma, beta, mean, variance, y) =>
          normalize(d, { eps: 0 }, x, gamma, beta, mean, fourthPowers(variance, s.eps), y),
      }),
    },
  }),
  ...kernelExhibits('softmaxCrossEntropy', {
    'nan-at-masked-class': {
      says: 'Optax: the gradient is NaN at classes whose logit is -infinity: 0 times a logarithm of 0',
      killers: ['special-values'],
      link: 'https://github.com/google-deepmind/optax/pull/1762',
      change: after('backward', (_d, _s, logits, _t, dlogits) =>
        dlogits.set(mapped(dlogits, (value, i) => (logits[i] === -Infinity ? Number.NaN : value))),
      ),
    },
    'maximum-of-negative-zeros': {
      says: 'XLA on GPU: the maximum of more than 8,192 negative zeros is -infinity, and so NaN what is shifted by it',
      killers: ['sweep-classes', 'special-values', 'deep-sums'],
      link: 'https://github.com/openxla/xla/issues/5544',
      change: where(
        (d: LossDims) => d.classes > 8192,
        after('forward', (d, _s, logits, _t, loss) => {
          for (let n = 0; n < d.n; n++)
            if (isOnlyNegativeZeros(logits.subarray(n * d.classes, (n + 1) * d.classes))) loss[0] = Number.NaN
        }),
      ),
    },
  }),
  ...kernelExhibits('affine', {}),
]

function* channel({ n: N, channels: C, inner }: BatchNormDims, c: number): Iterable<number> {
  for (let n = 0; n < N; n++) for (let i = 0; i < inner; i++) yield (n * C + c) * inner + i
}

/** Variances whose roots are (variance + eps)^2. */
function fourthPowers(variance: Data, eps: number): Data {
  return Float64Array.from(variance, (value) => (value + eps) ** 4)
}
