import {
  DataError,
  type FusedName,
  type KernelName,
  mapValues,
  ofActivations,
  ofElementLosses,
  type UpdateName,
} from '@convkit/api'
import type { Case } from '../core/case.js'
import type { LayerSpec } from '../core/spec.js'
import { activationSpec } from '../layers/activation.js'
import { affineSpec } from '../layers/affine.js'
import { avgPool2dSpec } from '../layers/avgPool2d.js'
import { batchNormSpec } from '../layers/batchNorm.js'
import { concatSpec } from '../layers/concat.js'
import { conv2dSpec } from '../layers/conv2d.js'
import { elementLossSpec } from '../layers/elementLoss.js'
import { groupNormSpec } from '../layers/groupNorm.js'
import { layerNormSpec } from '../layers/layerNorm.js'
import { maxPool2dSpec } from '../layers/maxPool2d.js'
import { reluSpec } from '../layers/relu.js'
import { softmaxCrossEntropySpec } from '../layers/softmaxCrossEntropy.js'
import { svmLossSpec } from '../layers/svmLoss.js'
import { againstFile, againstOracle, type Bench, type Comparison, speaksOf, subjectOf } from './comparison.js'
import { caseName, checkNumbers, expectedResults, input, labels, number, type ReferenceFile } from './file.js'

/** What a file of one layer holds. */
interface Form {
  readonly spec: LayerSpec
  readonly inputs: readonly string[]
  readonly optional?: readonly string[]
  /** Each attribute with its kind: so many numbers, or one of these. */
  readonly attrs?: { readonly [name: string]: number | readonly unknown[] }
}

const window = { kernel: 2, stride: 2, pad: 4 }
const norm = { inputs: ['x', 'gamma', 'beta'] }
const loss = { inputs: ['x', 'labels'] }

type Told = Exclude<KernelName, UpdateName | FusedName | 'vector'>

const forms: { readonly [L in Told]: Form } = {
  affine: { spec: affineSpec, inputs: ['x', 'w'], optional: ['b'] },
  conv2d: {
    spec: conv2dSpec,
    inputs: ['x', 'w'],
    optional: ['b'],
    attrs: { stride: 2, pad: 4, dilation: 2, groups: 1 },
  },
  maxPool2d: { spec: maxPool2dSpec, inputs: ['x'], attrs: window },
  avgPool2d: { spec: avgPool2dSpec, inputs: ['x'], attrs: { ...window, countIncludePad: [true, false] } },
  relu: { spec: reluSpec, inputs: ['x'] },
  concat: { spec: concatSpec, inputs: ['x', 'z'] },
  ...ofActivations(
    (definition): Form => ({
      spec: activationSpec(definition),
      inputs: ['x'],
      attrs: mapValues(definition.defaults, () => 1),
    }),
  ),
  batchNorm: {
    spec: batchNormSpec,
    inputs: [...norm.inputs, 'runningMean', 'runningVar'],
    attrs: { mode: ['train', 'test'], eps: 1, momentum: 1 },
  },
  layerNorm: { spec: layerNormSpec, ...norm, attrs: { eps: 1 } },
  groupNorm: { spec: groupNormSpec, ...norm, attrs: { groups: 1, eps: 1 } },
  softmaxCrossEntropy: { spec: softmaxCrossEntropySpec, ...loss },
  svmLoss: { spec: svmLossSpec, ...loss },
  ...ofElementLosses(
    (definition): Form => ({
      spec: elementLossSpec(definition),
      inputs: ['x', 't'],
      attrs: mapValues(definition.defaults, () => 1),
    }),
  ),
}

/** A layer's outputs and gradients. In float64 they are held against the file, in float32 against the definition; see `speaksOf`. */
export async function compareLayer(file: ReferenceFile, bench: Bench): Promise<Comparison[]> {
  const { spec, case: c } = layerCase(file)
  const subject = subjectOf(spec, bench)
  const expected = expectedResults(file)
  if (bench.dtype === 'float32' || !speaksOf(bench.backend, [file.layer]))
    return [await againstOracle(subject, c, expected)]
  return [await againstFile(subject, c, file, expected)]
}

/** A file as a case of its layer. Throws `DataError` where an input or attribute is missing or of no use. */
export function layerCase(file: ReferenceFile): { readonly spec: LayerSpec; readonly case: Case } {
  const told: { readonly [layer: string]: Form } = forms
  const form = Object.hasOwn(told, file.layer) ? told[file.layer] : undefined
  if (!form) throw new DataError(`no layer is called ${file.layer}`)
  const { spec, inputs: required, optional = [], attrs = {} } = form
  for (const [name, kind] of Object.entries(attrs)) checkAttribute(file, name, kind)
  const { 'grad.y': _, ...given } = file.inputs
  for (const key of Object.keys(given))
    if (![...required, ...optional].includes(key.slice('in.'.length)))
      throw new DataError(`${file.layer} has no use for ${key}`)
  const names = [...required, ...optional.filter((name) => `in.${name}` in given)]
  const inputs = Object.fromEntries(
    names.map((name) => [caseName(file, name), name === 'labels' ? labels(file) : input(file, `in.${name}`)]),
  )
  const classes = inputs.logits && { classes: inputs.logits.shape.at(-1) }
  const dy = file.inputs['grad.y'] && { dy: input(file, 'grad.y') }
  if (!dy && !classes && !inputs.t && Object.keys(file.expected).some((key) => key.startsWith('grad.')))
    throw new DataError(`${file.layer}: gradients are expected, but there is no upstream gradient grad.y`)
  return { spec, case: { layer: file.layer, attrs: { ...file.attrs, ...classes }, inputs, ...dy } }
}

function checkAttribute(file: ReferenceFile, name: string, kind: number | readonly unknown[]): void {
  if (kind === 1) number(file, name)
  else if (typeof kind === 'number') checkNumbers(file, name, kind)
  else if (!kind.includes(file.attrs[name]))
    throw new DataError(
      `${file.layer} wants ${name} to be ${kind.join(' or ')}, got ${JSON.stringify(file.attrs[name])}`,
    )
}
