import type { Shape } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { specs } from '@convkit/conformance/internal/checks'
import type { Case, NdArray } from '@convkit/conformance/internal/core/case'
import { rounded } from '@convkit/conformance/internal/core/inputs'
import { runCase } from '@convkit/conformance/internal/core/subject'
import { labels, map, values } from '@convkit/conformance/internal/core/values'
import { Random } from '@convkit/data'
import type { Mutant } from '../mutants/mutant.js'
import type { Rule } from './rule.js'

type Inputs = Case['inputs']
type Draw = (random: Random) => Pick<Case, 'attrs'> & { readonly inputs: Inputs }

const normal = (random: Random, shape: Shape) => values(random, shape, 'normal')
const filled = (shape: Shape, value: number): NdArray => map({ shape, data: new Float64Array(shape[0]) }, () => value)
/** As a layer is made: gamma 1, beta 0. */
const fresh = (size: number) => ({ gamma: filled([size], 1), beta: filled([size], 0) })

const loss: Draw = (random) => ({
  attrs: { classes: 256 },
  inputs: { logits: normal(random, [64, 256]), labels: labels(random, 64, 256) },
})

/** One shape a layer, of powers of two, as benchmarks of kernels choose them. */
const shapes: { readonly [layer: string]: Draw } = {
  softmaxCrossEntropy: loss,
  svmLoss: loss,
  relu: (random) => ({ attrs: {}, inputs: { x: normal(random, [64, 256]) } }),
  affine: (random) => ({
    attrs: {},
    inputs: { x: normal(random, [64, 256]), w: normal(random, [256, 64]), b: normal(random, [64]) },
  }),
  avgPool2d: (random) => ({
    attrs: { kernel: [2, 2], stride: [2, 2], pad: [0, 0, 0, 0], countIncludePad: true },
    inputs: { x: normal(random, [4, 8, 32, 32]) },
  }),
  layerNorm: (random) => ({ attrs: { eps: 1e-5 }, inputs: { x: normal(random, [64, 256]), ...fresh(256) } }),
  groupNorm: (random) => ({
    attrs: { eps: 1e-5, groups: 4 },
    inputs: { x: normal(random, [4, 16, 16, 16]), ...fresh(16) },
  }),
}

const draws = 5
const oracle = createNaive()

/**
 * Whether a rule accepts the float32 forward pass of a mutant on five standard normal draws at one shape: the benchmark's cases
 * instead of these. Null where it judges nothing, or there is no such shape.
 */
export async function acceptsAtOneShape(rule: Rule, { layer, create }: Mutant): Promise<boolean | null> {
  const spec = specs.find((one) => one.layer === layer)
  const draw = shapes[layer]
  if (!spec || !draw) return null
  let accepted: boolean | null = null
  const backend = create()
  for (let seed = 0; seed < draws; seed++) {
    const c = rounded({ layer, ...draw(new Random(seed)) }, 'float32')
    const want = Object.fromEntries(Object.values(spec.gradients).map((gradient) => [gradient, false]))
    const got = await runCase(spec, backend, 'float32', c, want)
    const expected = await runCase(spec, oracle, 'float64', c, want)
    for (const output of Object.keys(got)) {
      const part = { layer, dtype: 'float32', method: 'forward', output, case: c } as const
      const verdict = rule.judge({ ...part, got: got[output], expected: expected[output] })
      if (verdict !== null) accepted = (accepted ?? true) && verdict
    }
  }
  return accepted
}
