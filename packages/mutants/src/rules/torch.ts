import { optimizers } from './layers.js'
import { everywhere, type Rule } from './rule.js'

/**
 * `torch.isclose`: equal, or |self - other| finite and at most atol + |rtol * other|. Two infinities of one sign are equal, two NaN
 * are not.
 */
export function isCloseInTorch(self: number, other: number, tolerance: Tolerance): boolean {
  const error = Math.abs(self - other)
  return self === other || (Number.isFinite(error) && error <= tolerance.atol + Math.abs(tolerance.rtol * other))
}

export interface Tolerance {
  readonly atol: number
  readonly rtol: number
}

const nonFinite = 'two infinities of one sign are equal; NaN is wrong, even where NaN is expected'

const defaults = { float32: { rtol: 1.3e-6, atol: 1e-5 }, float64: { rtol: 1e-7, atol: 1e-7 } } as const

export const assertClose: Rule = {
  name: 'torch.testing.assert_close',
  source:
    'https://github.com/pytorch/pytorch/blob/003029b0eb704f4abb7e3b343da75d699ae36392/torch/testing/_comparison.py',
  says: '|got - expected| <= atol + rtol |expected|; by default rtol 1.3e-6, atol 1e-5 in float32, 1e-7 and 1e-7 in float64',
  scope: 'all that is a tensor: all layers, outputs, gradients and steps, float32 and float64',
  reference: 'a tensor of the same dtype: the definition, rounded to the dtype',
  draws: 'left to its users',
  nonFinite,
  judge: (judged) => everywhere(judged, (got, expected) => isCloseInTorch(got, expected, defaults[judged.dtype])),
}

export const gradcheck: Rule = {
  name: 'torch gradcheck',
  source:
    'https://github.com/pytorch/pytorch/blob/0189069d605b6bce78600b59d22c6852c2c0096b/torch/autograd/gradcheck.py',
  says: '|analytic - numeric| <= 1e-5 + 1e-3 |numeric|, numeric by central differences with eps 1e-6',
  scope: 'gradients of all layers, float64',
  reference:
    'numeric gradients of the same forward pass, of each output alone; here the exact gradient of the definition under a random upstream gradient, which also sees a forward pass and a gradient that are wrong alike',
  draws: 'left to its users',
  nonFinite,
  judge(judged) {
    if (judged.dtype !== 'float64' || judged.method !== 'backward') return null
    return everywhere(judged, (got, expected) => isCloseInTorch(got, expected, { rtol: 1e-3, atol: 1e-5 }))
  },
}

/** The reference comes first there: it is the kernel's own output that the relative part is taken of. */
function kernelBench(name: string, source: string, tolerance: number): Rule {
  return {
    name,
    source,
    says: `torch.allclose(reference, output): |reference - output| <= ${tolerance} + ${tolerance} |output|`,
    scope: 'what a forward pass returns (y, loss, vector operations), float32; no gradients, statistics or steps',
    reference:
      "PyTorch's own operators in the same dtype on the same device; here the definition, rounded to the dtype",
    draws: 'one shape a problem, five draws of `torch.rand` or `torch.randn`',
    nonFinite,
    judge(judged) {
      const { layer, dtype, method, output } = judged
      if (dtype !== 'float32' || method !== 'forward' || optimizers.has(layer)) return null
      if (['mean', 'variance', 'runningMean', 'runningVar'].includes(output)) return null
      return everywhere(judged, (got, expected) => isCloseInTorch(expected, got, { rtol: tolerance, atol: tolerance }))
    },
  }
}

const kernelBenchAt = 'https://github.com/ScalingIntelligence/KernelBench/blob'

export const kernelBenchFirst = kernelBench(
  'KernelBench v0.1, 1e-2',
  `${kernelBenchAt}/e395e91ce7b8465d514bf7ec0378c216c475f227/src/eval.py`,
  1e-2,
)
export const kernelBenchNow = kernelBench(
  'KernelBench now, 1e-4',
  `${kernelBenchAt}/423217d9fda91e0c2d67e4a43bf62f96f6d104f1/src/kernelbench/eval.py`,
  1e-4,
)
