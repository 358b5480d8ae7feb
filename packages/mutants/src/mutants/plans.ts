import type { Backend, Data } from '@convkit/api'
import { type NamedCall, watched } from './keeping.js'
import { type Mutant, mutants } from './mutant.js'

interface Planned {
  readonly says: string
  /** Default: the law of that name. */
  readonly killers?: readonly string[]
  readonly kernels: readonly string[]
  /** What of a call its plan is kept for; the rest is as it was in the first such call. */
  key(call: NamedCall): unknown
  /** What is taken from the plan; default: the dims. */
  readonly fixed?: 'dims' | 'scalars'
}

/** Calls of one key get the dims, or scalars, of the first of them. */
function planning({ kernels, key, fixed = 'dims' }: Planned): Backend<Data> {
  const plans = new Map<string, object>()
  const planned = (name: string) => (call: NamedCall) => {
    const own = JSON.stringify([name, key(call)])
    const plan = plans.get(own) ?? call[fixed] ?? {}
    plans.set(own, plan)
    call.run({ [fixed]: plan })
  }
  return watched({ kernels: Object.fromEntries(kernels.map((name) => [name, planned(name)])) })
}

/** The dims without some of them. */
function without(...names: readonly string[]): Planned['key'] {
  return ({ dims }) => Object.entries(dims).filter(([name]) => !names.includes(name))
}

const lengths: Planned['key'] = ({ operands }) => Array.from(operands.values(), (data) => data?.length)
const dims: Planned['key'] = ({ dims }) => dims

const faults: { readonly [layer: string]: { readonly [name: string]: Planned } } = {
  conv2d: {
    'padding-of-first-call': {
      says: 'plans are kept by the sizes of images, filters and outputs: padding on another side is not told apart',
      kernels: ['conv2d.forward', 'conv2d.backward'],
      key: without('padTop', 'padLeft', 'padBottom', 'padRight'),
    },
    'dilation-of-first-call': {
      says: 'plans of the backward pass know nothing of dilation',
      kernels: ['conv2d.backward'],
      key: without('dilationH', 'dilationW'),
    },
    'stride-of-first-call': {
      says: 'plans of the forward pass know nothing of the stride, which mostly shows in the size of the output',
      kernels: ['conv2d.forward'],
      key: without('strideH', 'strideW'),
    },
    'plan-by-lengths': {
      says: 'plans are kept by the lengths of the storages: an image on its side is not told apart',
      kernels: ['conv2d.forward'],
      key: lengths,
    },
  },
  maxPool2d: {
    'kernel-of-first-call': {
      says: 'plans are kept by the sizes of image and output: another window that gives as many outputs is not told apart',
      kernels: ['maxPool2d.forward', 'maxPool2d.backward'],
      key: without('kH', 'kW'),
    },
  },
  avgPool2d: {
    'divisors-of-first-call': {
      says: 'divisors are looked up by the geometry alone, whether padding counts or not',
      kernels: ['avgPool2d.backward'],
      key: without('countIncludePad'),
    },
  },
  batchNorm: {
    'eps-of-first-call': {
      says: 'eps is compiled into the program of a shape',
      kernels: ['batchNorm.reduce'],
      key: dims,
      fixed: 'scalars',
    },
    'momentum-of-first-call': {
      says: 'momentum is compiled into the program of a number of channels',
      kernels: ['batchNorm.running'],
      key: dims,
      fixed: 'scalars',
    },
    'images-for-pixels': {
      says: 'plans are kept by lengths: n images of k pixels and k images of n pixels are not told apart',
      kernels: ['batchNorm.normalize', 'batchNorm.statistics'],
      key: lengths,
    },
  },
  layerNorm: {
    'eps-of-first-call': {
      says: 'eps is compiled into the backward program of a shape',
      kernels: ['layerNorm.backward'],
      key: dims,
      fixed: 'scalars',
    },
  },
  groupNorm: {
    'groups-of-first-call': {
      says: 'plans are kept by the shape of x, without the number of groups',
      kernels: ['groupNorm.backward'],
      key: without('groups'),
    },
  },
  softmaxCrossEntropy: {
    'scale-of-first-call': {
      says: 'the scale of the gradient is compiled into the program of a shape',
      kernels: ['softmaxCrossEntropy.backward'],
      key: dims,
      fixed: 'scalars',
    },
  },
  rmsprop: {
    'epsilon-of-first-call': {
      says: 'decay rate and epsilon are compiled in, only the learning rate is fed',
      kernels: ['rmsprop.update'],
      key: ({ dims, scalars }) => [dims, Object.entries(scalars ?? {}).filter(([name]) => name === 'learningRate')],
      fixed: 'scalars',
    },
  },
  adamw: {
    'decay-of-first-call': {
      says: 'programs are told apart by every scalar but the weight decay',
      kernels: ['adamw.update'],
      key: ({ dims, scalars }) => [dims, Object.entries(scalars ?? {}).filter(([name]) => name !== 'weightDecay')],
      fixed: 'scalars',
    },
  },
}

/** Whether something is given, or wanted, is settled by the first call of a shape. */
function settled(kernel: string, operand: string): Backend<Data> {
  const first = new Map<string, Data | null>()
  return watched({
    kernels: {
      [kernel]({ dims, operands, run }) {
        const key = JSON.stringify(dims)
        const own = operands.get(operand) ?? null
        if (!first.has(key)) first.set(key, own)
        const then = first.get(key) ?? null
        // What was not there then is left out now; what was is still at hand where it is not given now.
        run({ operands: new Map(operands).set(operand, then && (own ?? then)) })
      },
    },
  })
}

const settling = { conv2d: ['conv2d.forward', 'b'], affine: ['affine.forward', 'b'] } as const

export const planMutants: readonly Mutant[] = [
  ...Object.entries(faults).flatMap(([layer, own]) =>
    Object.entries(own).flatMap(([name, fault]) =>
      mutants(layer, { [name]: { says: fault.says, killers: fault.killers ?? ['plans'] } }, () => planning(fault)),
    ),
  ),
  ...Object.entries(settling).flatMap(([layer, [kernel, operand]]) =>
    mutants(
      layer,
      {
        'bias-of-first-call': {
          says: 'whether there is a bias is settled by the first call of a shape, and so is which, where none is given',
          killers: ['plans'],
        },
      },
      () => settled(kernel, operand),
    ),
  ),
  ...mutants(
    'layerNorm',
    {
      'gradients-of-first-call': {
        says: 'the program of a shape computes dgamma if the first call wanted it, and never else',
        killers: ['plans', 'unwanted'],
      },
    },
    () => settled('layerNorm.backward', 'dgamma'),
  ),
]
