import { conv2d, outputSize, type Shape } from '@convkit/api'
import type { Attributes, Case, NdArray } from '../core/case.js'
import { extend } from '../core/gather.js'
import { changed, each, inputOf } from '../core/inputs.js'
import { convAttrs } from './conv2dCases.js'
import { windowAttrs } from './window.js'

/** A case that a plan made for another may be taken for: storages of the same sizes, and one thing else. */
export interface Variant {
  readonly differs: string
  readonly case: Case
  /** Gradients that are left out. */
  readonly unwanted?: readonly string[]
}

/** All that differ from a case in an attribute, or in the shape under which the same numbers are seen. */
export function variantsOf(c: Case): Variant[] {
  return (byLayer[c.layer] ?? scalarVariants)(c)
}

const byLayer: { readonly [layer: string]: (c: Case) => Variant[] } = {
  affine: () => [],
  relu: () => [],
  affineRelu: () => [],
  conv2d: (c) => [...convolutionVariants(c), ...turned(c)],
  convRelu: (c) => [...convolutionVariants(c), ...turned(c)],
  convReluPool: (c) => [...convolutionVariants(c), ...poolVariants(c)],
  convBnRelu: (c) => [...convolutionVariants(c), ...normVariants(c)],
  convBnReluPool: (c) => [...convolutionVariants(c), ...normVariants(c), ...poolVariants(c)],
  maxPool2d: (c) => [...variants(c, windowChanges(c)), ...turned(c)],
  avgPool2d: (c) => {
    const include = { countIncludePad: !c.attrs.countIncludePad }
    return [...variants(c, [include, ...windowChanges(c)]), ...turned(c)]
  },
  batchNorm: (c) => [...variants(c, batchNormChanges(c.attrs)), ...pixelsForImages(c)],
  groupNorm: (c) => [...variants(c, [{ eps: other(c.attrs.eps) }, ...groupChanges(c)]), ...pixelsForImages(c)],
  dropout: (c) => variants(c, [{ p: other(c.attrs.p) }, { seed: Number(c.attrs.seed) + 1 }, otherMode(c.attrs)]),
  softmaxCrossEntropy: (c) => variants(c, [{ scale: other(c.attrs.scale) }]),
  svmLoss: (c) => variants(c, [{ scale: other(c.attrs.scale) }]),
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

function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((k) => n % k === 0)
}

/** Height and width of kernel, stride and dilation; padding on four sides. */
interface Geometry {
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  readonly pad: readonly number[]
}

/** Changes that leave the number of outputs as it is: padding from one side to the other, and sizes that round alike. */
function geometryChanges(image: Shape, own: Geometry, sizes: readonly (keyof Geometry)[]): Attributes[] {
  const outputs = ({ kernel, stride, pad, dilation }: Geometry) =>
    image.map((size, axis) => outputSize(size + pad[axis] + pad[axis + 2], kernel[axis], stride[axis], dilation[axis]))
  const before = outputs(own)
  const changes: Partial<Geometry>[] = []
  for (const axis of [0, 1]) {
    for (const by of [1, -1])
      changes.push({ pad: own.pad.with(axis, own.pad[axis] + by).with(axis + 2, own.pad[axis + 2] - by) })
    for (const name of sizes)
      for (const size of [1, 2, 3, 4, 5]) {
        const idle = (name === 'stride' && before[axis] === 1) || (name === 'dilation' && own.kernel[axis] === 1)
        if (size !== own[name][axis] && !idle) changes.push({ [name]: own[name].with(axis, size) })
      }
  }
  return changes.filter((change) => {
    const all = { ...own, ...change }
    // A window that lies on padding alone has no maximum.
    const most = sizes.includes('kernel') ? [...all.kernel, ...all.kernel].map((size) => size - 1) : [9, 9, 9, 9]
    const fits = all.pad.every((side, i) => side >= 0 && side <= most[i])
    return fits && outputs(all).every((size, axis) => size === before[axis])
  }) as Attributes[]
}

function windowChanges(c: Case): Attributes[] {
  const own = { ...windowAttrs(c), dilation: [1, 1] }
  return geometryChanges(inputOf(c, 'x').shape.slice(2), own, ['kernel', 'stride'])
}

function poolVariants(c: Case): Variant[] {
  const { outH, outW } = conv2d.dims(inputOf(c, 'x').shape, inputOf(c, 'w').shape, undefined, convAttrs(c))
  const own = { ...(c.attrs.pool2d as Geometry), dilation: [1, 1] }
  return nested(c, 'pool2d', geometryChanges([outH, outW], own, ['kernel', 'stride']))
}

function convolutionVariants(c: Case): Variant[] {
  const [x, w] = [inputOf(c, 'x'), inputOf(c, 'w')]
  const own = { ...convAttrs(c), kernel: w.shape.slice(2) }
  const { groups } = convAttrs(c)
  const [filters, groupC] = w.shape
  // More groups need fewer channels of each filter.
  const grouped = divisors(groupC).flatMap((by): Variant[] =>
    by === 1 || filters % (by * groups) !== 0
      ? []
      : [
          {
            differs: 'groups',
            case: changed(c, { attrs: { groups: by * groups }, inputs: { w: extend(w, 1, 0, groupC / by - groupC) } }),
          },
        ],
  )
  return [...variants(c, geometryChanges(x.shape.slice(2), own, ['stride', 'dilation'])), ...grouped]
}

/** Height for width in everything, over the same numbers. */
function turned(c: Case): Variant[] {
  const flip = (list: readonly number[]) => [...list.slice(0, -2), ...list.slice(-2).reverse()]
  const as = (array: NdArray): NdArray => ({ shape: flip(array.shape), data: array.data })
  const sameShapes = Object.values(c.inputs).every(({ shape }) => shape.length < 2 || `${flip(shape)}` === `${shape}`)
  const { pad, ...pairs } = c.attrs as { readonly [name: string]: unknown } & Pick<Geometry, 'pad'>
  const flipped = Object.entries(pairs).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.toReversed() : value,
  ])
  const [top, left, bottom, right] = pad
  const other = changed(c, {
    attrs: { ...Object.fromEntries(flipped), pad: [left, top, right, bottom] },
    inputs: each(c.inputs, { x: as, w: as }),
    dy: c.dy && as(c.dy),
  })
  return sameShapes ? [] : [{ differs: 'view', case: other }]
}

/** As many images as there were pixels, over the same numbers. */
function pixelsForImages(c: Case): Variant[] {
  const [n, channels, ...image] = inputOf(c, 'x').shape
  const inner = image.reduce((size, length) => size * length, 1)
  const as = ({ data }: NdArray): NdArray => ({ shape: [inner, channels, n, 1], data })
  const other = changed(c, { inputs: each(c.inputs, { x: as }), dy: c.dy && as(c.dy) })
  return n === inner ? [] : [{ differs: 'view', case: other }]
}
