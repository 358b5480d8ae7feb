import type { DType, FloatDType, KernelName, UpdateName } from '@convkit/api'
import { capacityChecks } from './backend/capacity.js'
import { declarationCheck } from './backend/declaration.js'
import { longRunCheck } from './backend/longRun.js'
import { memberChecks } from './backend/members.js'
import { sequenceCheck } from './backend/sequence.js'
import { stepChecks } from './backend/steps.js'
import { storageChecks } from './backend/storage.js'
import { viewsCheck } from './backend/views.js'
import type { Case } from './core/case.js'
import { type Check, shareOfDefault } from './core/check.js'
import { rounded } from './core/inputs.js'
import { property } from './core/property.js'
import type { Law, LayerSpec } from './core/spec.js'
import { createSubject } from './core/subject.js'
import { firstCallCheck } from './laws/firstCall.js'
import { hygiene, unwanted } from './laws/hygiene.js'
import { batchSums, deepSums } from './laws/long.js'
import { manyCalls } from './laws/manyCalls.js'
import { manyShapes } from './laws/manyShapes.js'
import { numeric } from './laws/numeric.js'
import { backward, forward, large } from './laws/oracle.js'
import { plans } from './laws/plans.js'
import { replays } from './laws/replays.js'
import { seen } from './laws/seen.js'
import { special } from './laws/special.js'
import { stale } from './laws/stale.js'
import { staleKernelsChecks } from './laws/staleKernels.js'
import { sweepCheck } from './laws/sweep.js'
import { affineSpec } from './layers/affine.js'
import { avgPool2dSpec } from './layers/avgPool2d.js'
import { batchNormSpec } from './layers/batchNorm.js'
import { binaryCrossEntropyWithLogitsSpec } from './layers/binaryCrossEntropyWithLogits.js'
import { concatSpec } from './layers/concat.js'
import { conv2dSpec } from './layers/conv2d.js'
import { dropoutSpec } from './layers/dropout.js'
import { geluSpec } from './layers/gelu.js'
import { groupNormSpec } from './layers/groupNorm.js'
import { layerNormSpec } from './layers/layerNorm.js'
import { leakyReluSpec } from './layers/leakyRelu.js'
import { maxPool2dSpec } from './layers/maxPool2d.js'
import { meanSquaredErrorSpec } from './layers/meanSquaredError.js'
import { reluSpec } from './layers/relu.js'
import { sigmoidSpec } from './layers/sigmoid.js'
import { siluSpec } from './layers/silu.js'
import { softmaxCrossEntropySpec } from './layers/softmaxCrossEntropy.js'
import { svmLossSpec } from './layers/svmLoss.js'
import { tanhSpec } from './layers/tanh.js'
import { vectorSpec } from './layers/vector.js'
import { affineReluSpec } from './sandwiches/affineRelu.js'
import { convBnReluSpec } from './sandwiches/convBnRelu.js'
import { convBnReluPoolSpec } from './sandwiches/convBnReluPool.js'
import { convReluSpec } from './sandwiches/convRelu.js'
import { convReluPoolSpec } from './sandwiches/convReluPool.js'
import { trainingChecks } from './training/checks.js'
import { updateSpecs } from './updates/specs.js'

type Composed = 'dropout' | 'convReluPool' | 'convBnRelu' | 'convBnReluPool'

const specOf: { readonly [L in Exclude<KernelName, UpdateName> | Composed]: LayerSpec } = {
  conv2d: conv2dSpec,
  affine: affineSpec,
  relu: reluSpec,
  concat: concatSpec,
  gelu: geluSpec,
  silu: siluSpec,
  sigmoid: sigmoidSpec,
  tanh: tanhSpec,
  leakyRelu: leakyReluSpec,
  maxPool2d: maxPool2dSpec,
  avgPool2d: avgPool2dSpec,
  dropout: dropoutSpec,
  batchNorm: batchNormSpec,
  layerNorm: layerNormSpec,
  groupNorm: groupNormSpec,
  softmaxCrossEntropy: softmaxCrossEntropySpec,
  svmLoss: svmLossSpec,
  meanSquaredError: meanSquaredErrorSpec,
  binaryCrossEntropyWithLogits: binaryCrossEntropyWithLogitsSpec,
  vector: vectorSpec,
  affineRelu: affineReluSpec,
  convRelu: convReluSpec,
  convReluPool: convReluPoolSpec,
  convBnRelu: convBnReluSpec,
  convBnReluPool: convBnReluPoolSpec,
}

export const specs: readonly LayerSpec[] = [...Object.values(specOf), ...updateSpecs]
/** Those whose gradients are the slope of their own forward pass: no sandwiches, whose cases sit on kinks. */
export const differentiableSpecs: readonly LayerSpec[] = specs.filter(
  ({ gradients, kinked, composed }) => Object.keys(gradients).length > 0 && !kinked && !composed,
)

const dtypes: readonly FloatDType[] = ['float32', 'float64']
const allDTypes: readonly DType[] = [...dtypes, 'int32']

/** Every check of the suite, layer by layer. */
export function allChecks(): Check[] {
  return [
    ...allDTypes.flatMap(storageChecks),
    ...dtypes.map(declarationCheck),
    ...dtypes.map(sequenceCheck),
    ...allDTypes.map(viewsCheck),
    ...allDTypes.flatMap(capacityChecks),
    ...allDTypes.map(longRunCheck),
    ...dtypes.flatMap(stepChecks),
    ...memberChecks(),
    ...dtypes.flatMap(trainingChecks),
    ...specs.flatMap(checksOf),
  ]
}

/** Every check of one layer, the library's or one's own. */
export function checksOf(spec: LayerSpec): Check[] {
  return dtypes.flatMap((dtype) => [
    ...layerChecks(spec, dtype),
    ...(spec.composed ? [] : [firstCallCheck(spec, dtype)]),
    ...staleKernelsChecks(spec.layer, dtype),
  ])
}

/** The laws of cases that are not the layer's small ones, and for how many of those each counts. */
function sizedLaws({ large: cases, long = {} }: LayerSpec): Law[] {
  return [
    { ...large, cases, weight: runsALarge },
    ...(long.deep ? [{ ...deepSums, cases: long.deep, weight: runsALong }] : []),
    ...(long.batch ? [{ ...batchSums, cases: long.batch, weight: runsALong }] : []),
  ]
}

/** A large case takes as long as many small ones. */
const runsALarge = 4
const runsALong = 8

function layerChecks(spec: LayerSpec, dtype: FloatDType): Check[] {
  const ofGradients = [backward, ...(differentiableSpecs.includes(spec) ? [numeric] : []), unwanted]
  const differentiable = Object.keys(spec.gradients).length > 0
  const laws = spec.composed
    ? [...spec.laws, unwanted, ...hygiene, ...stateful(spec)]
    : [
        forward,
        ...sizedLaws(spec),
        ...(differentiable ? ofGradients : []),
        ...spec.laws,
        ...(spec.common ?? []),
        special(spec),
        ...hygiene,
        ...stateful(spec),
      ]
  return [
    ...laws.map((law) => lawCheck(spec, law, dtype)),
    ...(spec.sweeps ?? []).map((sweep) => sweepCheck(spec, sweep, dtype)),
  ]
}

/** What one call may not leave for the next. */
function stateful(spec: LayerSpec): Law[] {
  return [stale(spec), seen(spec), plans(spec), replays(spec), manyCalls(spec), ...manyShapes(spec)]
}

function lawCheck(spec: LayerSpec, law: Law, dtype: FloatDType): Check {
  return {
    id: `${spec.layer}/${law.name.replaceAll(' ', '-')}/${dtype}`,
    layer: spec.layer,
    law: law.name,
    dtype,
    says: law.says,
    ...(law.needs ? { needs: law.needs } : {}),
    run(context) {
      const subject = createSubject(spec, context.backend, context.oracle, dtype, context.tally)
      const { cases = spec.cases, weight = 1 } = law
      const own = typeof cases === 'function' ? cases(subject.unit.conventions) : cases
      const check = (c: Case, turn: number) => law.check(subject, rounded(c, dtype), turn, shareOfDefault(context))
      return property({ ...context, runs: Math.ceil(context.runs / weight) }, own, check)
    },
  }
}
