import type {
  Arithmetic,
  Backend,
  Data,
  DeclaredConventions,
  FloatDType,
  KernelTables,
  LossDims,
  LossScale,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { plain } from '@convkit/conformance/internal/core/arithmetic'
import { mapped, rounded } from './faults.js'
import { type Fault, type Mutant, mutants, type Table } from './mutant.js'

interface DeclarationFault extends Fault {
  readonly dtype?: FloatDType
  readonly arithmetic?: Partial<Arithmetic>
  /** Not typed: some of it does not exist. */
  readonly conventions?: object
  /** Kernels that do otherwise than is declared. */
  change?(naive: Tables): KernelTables<Data>
}

interface Tables {
  of<L extends keyof KernelTables<Data>>(layer: L): Table<L>
}

function create({ dtype = 'float32', arithmetic, conventions, change }: DeclarationFault): Backend<Data> {
  const naive = createNaive()
  const own = naive.kernels[dtype] ?? {}
  const tables: Tables = {
    of(layer) {
      const table = own[layer]
      if (!table) throw new Error('the naive backend has every layer')
      return table
    },
  }
  return {
    ...naive,
    ...(arithmetic ? { arithmetic: { [dtype]: { ...plain[dtype], ...arithmetic } } } : {}),
    // Some of it is what the types forbid.
    ...(conventions ? { conventions: conventions as DeclaredConventions } : {}),
    kernels: { ...naive.kernels, [dtype]: { ...own, ...change?.(tables) } },
  }
}

/** Values off by so many parts of themselves. */
const off = (parts: number) => (value: number) => value * (1 + parts)

/** Softmax with an exp that is off, far below 0 alone. */
function softmaxWith(right: Table<'softmaxCrossEntropy'>, change: (e: number) => number) {
  return {
    ...right,
    backward(d: LossDims, s: LossScale, logits: Data, labels: Data, dlogits: Data): void {
      right.backward(d, s, logits, labels, dlogits)
      dlogits.set(mapped(dlogits, (value) => (Math.abs(value) < s.scale * 1e-6 ? change(value) : value)))
    },
  }
}

const faults: { readonly [name: string]: DeclarationFault } = {
  'convention-of-no-kernel': {
    says: 'a convention is declared for a kernel that there is not',
    killers: ['declaration'],
    conventions: { maxPool: { ties: 'first' } },
  },
  'convention-that-is-none': {
    says: 'a kernel declares a convention that there is not',
    killers: ['declaration'],
    conventions: { rmsprop: { momentum: 'outside' } },
  },
  'convention-without-such-choice': {
    says: 'epsilon is declared to stand where no choice has it',
    killers: ['declaration'],
    conventions: { rmsprop: { epsilon: 'inside' } },
  },
  'arithmetic-of-no-kernel': {
    says: 'a coarser arithmetic is declared for a kernel that there is not',
    killers: ['declaration'],
    arithmetic: { kernels: Object.fromEntries([['conv3d', { unitRoundoff: 2 ** -11 }]]) },
  },
  'coarse-in-another-kernel': {
    says: 'conv2d rounds its operands as TF32 does, which is declared of affine',
    killers: ['declaration'],
    arithmetic: { kernels: { affine: { unitRoundoff: 2 ** -11 } } },
    change(naive) {
      const conv2d = naive.of('conv2d')
      const operand = (array: Data) => mapped(array, (value) => rounded(value, 11))
      return {
        conv2d: { ...conv2d, forward: (d, x, w, b, y) => conv2d.forward(d, operand(x), operand(w), b, y) },
      }
    },
  },
  'kernel-in-bfloat16': {
    says: 'Adam stores its weights in bfloat16, and declares nothing',
    killers: ['declaration'],
    change(naive) {
      const adam = naive.of('adam')
      return {
        adam: {
          update(d, s, g, m, v, w) {
            adam.update(d, s, g, m, v, w)
            w.set(mapped(w, (value) => rounded(value, 8)))
          },
        },
      }
    },
  },
  'float64-in-float32': {
    says: 'avgPool2d adds up in single precision, in float64 too',
    dtype: 'float64',
    killers: ['declaration'],
    change(naive) {
      const avgPool2d = naive.of('avgPool2d')
      return {
        avgPool2d: {
          ...avgPool2d,
          forward(d, x, y) {
            avgPool2d.forward(d, x, y)
            y.set(Float32Array.from(y))
          },
        },
      }
    },
  },
  'subnormals-flushed-in-one-kernel': {
    says: 'batchNorm flushes subnormals, which is declared of layerNorm',
    killers: ['declaration'],
    arithmetic: { kernels: { layerNorm: { subnormals: 'flushed' } } },
    change(naive) {
      const batchNorm = naive.of('batchNorm')
      return {
        batchNorm: {
          ...batchNorm,
          normalize(d, s, x, gamma, beta, mean, variance, y) {
            batchNorm.normalize(d, s, x, gamma, beta, mean, variance, y)
            y.set(mapped(y, (value) => (Math.abs(value) < 2 ** -126 ? 0 : value)))
          },
        },
      }
    },
  },
  'exp-finer-than-it-is': {
    says: 'exp is declared right to 1 ulp and off by up to 2',
    killers: ['declaration'],
    arithmetic: { kernels: { softmaxCrossEntropy: { functionUlps: { exp: 1 } } } },
    change: (naive) => ({ softmaxCrossEntropy: softmaxWith(naive.of('softmaxCrossEntropy'), off(2 ** -23)) }),
  },
  'float64-exp-of-float32': {
    says: 'exp in float64 has the accuracy of single precision',
    dtype: 'float64',
    killers: ['declaration'],
    change: (naive) => ({ softmaxCrossEntropy: softmaxWith(naive.of('softmaxCrossEntropy'), Math.fround) }),
  },
  'log-beyond-its-absolute-part': {
    says: 'log is declared right to 1 ulp and 2^-24, and off by 2^-20',
    killers: ['declaration'],
    arithmetic: { functionUlps: { log: { ulps: 1, absolute: 2 ** -24 } } },
    change(naive) {
      const right = naive.of('softmaxCrossEntropy')
      return {
        softmaxCrossEntropy: {
          ...right,
          forward(d, s, logits, labels, loss) {
            right.forward(d, s, logits, labels, loss)
            if (loss[0] !== 0) loss[0] += s.scale * 2 ** -20
          },
        },
      }
    },
  },
  'root-finer-than-it-is': {
    says: 'batchNorm divides by a root that is off by 4 ulps, where 1 is declared',
    killers: ['declaration'],
    arithmetic: { functionUlps: { sqrt: 1 } },
    change(naive) {
      const batchNorm = naive.of('batchNorm')
      const worse = (variance: Data) => mapped(variance, off(2 ** -20))
      return {
        batchNorm: {
          ...batchNorm,
          normalize: (d, s, x, gamma, beta, mean, variance, y) =>
            batchNorm.normalize(d, s, x, gamma, beta, mean, worse(variance), y),
        },
      }
    },
  },
  'quotient-finer-than-it-is': {
    says: 'RMSProp divides with an error of 4 ulps, where 2 are declared for Adam alone',
    killers: ['declaration'],
    arithmetic: { kernels: { adam: { functionUlps: { divide: 4 } } } },
    change(naive) {
      const rmsprop = naive.of('rmsprop')
      return {
        rmsprop: {
          update(d, s, g, v, w) {
            const before = w.slice()
            rmsprop.update(d, s, g, v, w)
            for (let i = 0; i < d.size; i++) w[i] = before[i] + (w[i] - before[i]) * (1 + 2 ** -21)
          },
        },
      }
    },
  },
}

/** What is declared cannot be understood, or is not kept. */
export const falseDeclarationMutants: readonly Mutant[] = mutants('backend', faults, create)
