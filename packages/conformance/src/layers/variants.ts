import type { Attributes, Case, NdArray } from '../core/case.js'
import { changed, each, inputOf } from '../core/inputs.js'
import type { Variant } from './variant.js'
import { convolutionVariants, divisors, poolVariants, turned, windowVariants } from './windowVariants.js'

/** All that differ from a case in an attribute, or in the shape under which the same numbers are seen. */
export function variantsOf(c: Case): Variant[] {
  return (byLayer[c.layer] ?? scalarVariants)(c)
}

const byLayer: { readonly [layer: string]: (c: Case) => Variant[] } = {
  affine: () => [],
  relu: () => [],
  concat: imagesForChannels,
  affineRelu: () => [],
  conv2d: (c) => [...convolutionVariants(c), ...turned(c)],
  convRelu: (c) => [...convolutionVariants(c), ...turned(c)],
  convReluPool: (c) => [...convolutionVariants(c), ...poolVariants(c)],
  convBnRelu: (c) => [...convolutionVariants(c), ...normVariants(c)],
  convBnReluPool: (c) => [...convolutionVariants(c), ...normVariants(c), ...poolVariants(c)],
  maxPool2d: (c) => [...windowVariants(c), ...turned(c)],
  avgPool2d: (c) => [
    ...variants(c, [{ countIncludePad: !c.attrs.countIncludePad }]),
    ...[...windowVariants(c), ...turned(c)],
  ],
  batchNorm: (c) => [...variants(c, batchNormChanges(c.attrs)), ...pixelsForImages(c)],
  groupNorm: (c) => [...variants(c, [{ eps: other(c.attrs.eps) }, ...groupChanges(c)]), ...pixelsForImages(c)],
  dropout: (c) => variants(c, [{ p: other(c.attrs.p) }, { seed: Number(c.attrs.seed) + 1 }, otherMode(c.attrs)]),
  softmaxCrossEntropy: (c) => variants(c, [{ scale: other(c.attrs.scale) }, { scale: 0 }]),
  svmLoss: (c) => variants(c, [{ scale: other(c.attrs.scale) }, { scale: 0 }]),
}

function variants(c: Case, changes: readonly Attributes[]): Variant[] {
  return changes.map((attrs) => ({ differs: Object.keys(attrs).join(), case: changed(c, { attrs }) }))
}

/** The same of a layer in a sandwich, whose attributes are one of the sandwich's. */
function nested(c: Case, layer: string, changes: readonly Attributes[]): Variant[] {
  const own = c.attrs[layer] as Attributes
  return changes.map((change) => ({
    differs: `${layer}.${Object.keys(change)}`,
    case: changed(c, { attrs: { [layer]: { ...own, ...change } } }),
  }))
}

/** Another number, which suits every scalar that there is. */
function other(value: unknown): number {
  return value === 0.5 ? 0.25 : 0.5
}

function scalarVariants(c: Case): Variant[] {
  const changes = Object.entries(c.attrs).map(([name, value]) => ({
    [name]: name === 'step' ? Number(value) + 7 : other(value),
  }))
  return variants(c, changes)
}

function otherMode({ mode }: Attributes): Attributes {
  return { mode: mode === 'train' ? 'test' : 'train' }
}

function batchNormChanges(attrs: Attributes): Attributes[] {
  return [otherMode(attrs), { eps: other(attrs.eps) }, { momentum: other(attrs.momentum) }]
}

function normVariants(c: Case): Variant[] {
  return nested(c, 'batchNorm', batchNormChanges(c.attrs.batchNorm as Attributes))
}

function groupChanges(c: Case): Attributes[] {
  const channels = inputOf(c, 'x').shape[1]
  return divisors(channels).flatMap((groups) => (groups === c.attrs.groups ? [] : [{ groups }]))
}

/** One image of all channels, over the same numbers. */
function imagesForChannels(c: Case): Variant[] {
  const as = ({ shape: [n, channels, ...image], data }: NdArray): NdArray => ({
    shape: [1, n * channels, ...image],
    data,
  })
  const other = changed(c, { inputs: each(c.inputs, { x: as, z: as }), dy: c.dy && as(c.dy) })
  return inputOf(c, 'x').shape[0] === 1 ? [] : [{ differs: 'view', case: other }]
}

/** As many images as there were pixels, over the same numbers. */
function pixelsForImages(c: Case): Variant[] {
  const [n, channels, ...image] = inputOf(c, 'x').shape
  const inner = image.reduce((size, length) => size * length, 1)
  const as = ({ data }: NdArray): NdArray => ({ shape: [inner, channels, n, 1], data })
  const other = changed(c, { inputs: each(c.inputs, { x: as }), dy: c.dy && as(c.dy) })
  return n === inner ? [] : [{ differs: 'view', case: other }]
}
