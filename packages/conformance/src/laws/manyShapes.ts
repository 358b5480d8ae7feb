import { type KernelName, ofActivations, ofComposedUpdates, ofElementLosses, type Shape, sizeOf } from '@convkit/api'
import type { Case, NdArray, Results } from '../core/case.js'
import { defaultRuns } from '../core/check.js'
import { compare } from '../core/compare.js'
import { changed } from '../core/inputs.js'
import { small } from '../core/small.js'
import type { Law, LayerSpec, Subject } from '../core/spec.js'
import { tiled } from '../core/tiled.js'
import { eighths } from '../sandwiches/exact.js'
import { held } from './held.js'

/** Names of arrays, each with the axis along which parts of it stand for themselves. */
type Axes = { readonly [name: string]: number }

interface Parts {
  readonly inputs: Axes
  readonly results: Axes
  /** Elements that stand for themselves stand in a row. */
  readonly flat?: boolean
  /** Attributes that the parts need, or several of them by turns. */
  readonly attrs?: readonly Case['attrs'][]
  /** A case that falls into such parts, made of any. */
  base?(c: Case): Case
}

const along = (axis: number, ...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, axis]))
const rows: Parts = { inputs: along(0, 'x', 'dy'), results: along(0, 'y', 'dx') }
const pixels: Parts = { inputs: along(3, 'x', 'dy'), results: along(3, 'y', 'dx'), base: rowOfPixels }
const loss: Parts = {
  inputs: along(0, 'logits', 'labels'),
  results: along(0, 'dlogits'),
  attrs: [{ scale: 0.75 }],
  base: threeClasses,
}
const update = (...state: readonly string[]): Parts => ({
  inputs: along(0, 'g', ...state),
  results: along(0, ...state),
  flat: true,
})
const statistics = ['mean', 'variance']
const channels = ['gamma', 'beta', 'runningMean', 'runningVar']

const partsOf: { readonly [L in KernelName | 'dropout']: Parts } = {
  affine: rows,
  affineRelu: rows,
  conv2d: pixels,
  convRelu: pixels,
  maxPool2d: pixels,
  avgPool2d: pixels,
  relu: { ...rows, flat: true },
  concat: { inputs: along(0, 'x', 'z', 'dy'), results: along(0, 'y', 'dx', 'dz') },
  ...ofActivations(({ defaults }): Parts => ({ ...rows, flat: true, attrs: [defaults] })),
  dropout: { ...rows, flat: true, attrs: [{ mode: 'train' }] },
  batchNorm: {
    inputs: { ...along(1, 'x', 'dy'), ...along(0, ...channels) },
    results: { ...along(1, 'y', 'dx'), ...along(0, 'dgamma', 'dbeta', 'runningMean', 'runningVar', ...statistics) },
    attrs: [{ mode: 'train' }, { mode: 'test' }],
  },
  layerNorm: { ...rows, results: along(0, 'y', 'dx', ...statistics) },
  groupNorm: { ...rows, results: along(0, 'y', 'dx', ...statistics) },
  softmaxCrossEntropy: loss,
  svmLoss: loss,
  ...ofElementLosses(
    ({ defaults }): Parts => ({
      inputs: along(0, 'x', 't'),
      results: along(0, 'terms', 'dx'),
      flat: true,
      attrs: [{ ...defaults, scale: 0.75 }],
    }),
  ),
  sgd: update('w'),
  sgdMomentum: update('w', 'v'),
  rmsprop: update('w', 'v'),
  adam: update('w', 'm', 'v'),
  adamw: update('w', 'm', 'v'),
  ...ofComposedUpdates(({ slots }) => update('w', ...slots)),
  vector: {
    inputs: along(0, 'x', 'm', 'y', 'z'),
    results: along(0, 'fill', 'copy', 'multiply', 'scale', 'addScaled'),
    flat: true,
  },
}

/** More than 64, and more than 256 unless that takes long; of float64, whose plans are the same, more than 32. */
const counts = { float32: { least: 67, most: 262 }, float64: { least: 35, most: 35 } } as const
/** Milliseconds: some backends compile for each shape. */
const patience = 350

/** Caches of plans that forget, mix up or hand out the wrong one. Sandwiches that are composed have no plans of their own. */
export function manyShapes(spec: LayerSpec): Law[] {
  const all: { readonly [layer: string]: Parts | null } = partsOf
  const parts = Object.hasOwn(all, spec.layer) ? all[spec.layer] : null
  if (!parts) return []
  const law: Law = {
    name: 'many shapes',
    says: 'a call is right after hundreds of other shapes, and so are the first shapes again',
    cases: small(spec.cases, 24),
    weight: defaultRuns,
    async check(subject, c, _turn, share = 1) {
      const base = parts.base?.(c) ?? c
      for (const attrs of parts.attrs ?? [{}]) await grow(subject, changed(base, { attrs }), parts, share)
    },
  }
  return [law]
}

/** How often all outputs are held to the definition, those too that are sums over the parts. */
const inFull = 32

async function grow(subject: Subject, c: Case, parts: Parts, share: number): Promise<void> {
  const { least, most } = counts[subject.dtype]
  const whole = widened(c, parts, most)
  const [exact, bounds] = [await subject.exact(whole), await subject.bounds(whole)]
  const hold = async (size: number, full = size % inFull === 0) => {
    const { dy, ...inputs } = each(arraysOf(whole), parts.inputs, (array, axis) => cropped(array, axis, size))
    const pick = (results: Results) => each(results, parts.results, (array, axis) => cropped(array, axis, size))
    const own = changed(whole, { inputs, dy })
    const law = `many shapes: ${size} parts`
    if (full) await held(law, subject, own, await subject.run(own), 'drawn')
    else compare(law, own, await subject.run(own), pick(exact), pick(bounds), subject)
  }
  const start = Date.now()
  let size = 0
  while (size < share * least || (size < most && Date.now() - start < patience)) await hold(++size)
  for (const again of [1, 2, 3, Math.ceil(size / 2), size]) await hold(again, true)
}

function arraysOf({ inputs, dy }: Case): Results {
  return dy ? { ...inputs, dy } : inputs
}

/** The named arrays, changed along their axes. */
function each(arrays: Results, axes: Axes, change: (array: NdArray, axis: number) => NdArray): Results {
  const known = Object.entries(axes).filter(([name]) => name in arrays)
  return Object.fromEntries(known.map(([name, axis]) => [name, change(arrays[name], axis)]))
}

/** The case with `count` parts, the ones that it has again and again, each with something added. */
function widened(c: Case, { inputs: axes, flat = false }: Parts, count: number): Case {
  const { dy, ...inputs } = each(arraysOf(c), axes, ({ shape, data }, axis) => {
    const array = { shape: flat ? [data.length] : shape, data }
    return tiled(array, array.shape.with(axis, count))
  })
  return changed(c, { inputs, dy })
}

/** The first `size` entries of an axis. */
function cropped({ shape, data }: NdArray, axis: number, size: number): NdArray {
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))]
  const [stride, length] = [shape[axis] * inner, size * inner]
  if (outer === 1) return { shape: shape.with(axis, size), data: data.subarray(0, length) }
  const kept = new Float64Array(outer * length)
  for (let i = 0; i < outer; i++) kept.set(data.subarray(i * stride, i * stride + length), i * length)
  return { shape: shape.with(axis, size), data: kept }
}

const row = ({ data }: NdArray): NdArray => ({ shape: [1, 1, 1, data.length], data })
const one = (shape: Shape, value: number): NdArray => ({ shape, data: Float64Array.of(value) })

/** A row of pixels, each of which is a window of its own. */
function rowOfPixels({ layer, attrs, inputs: { x, w, b }, dy }: Case): Case {
  const window = w ? { groups: 1, dilation: [1, 1] } : { kernel: [1, 1] }
  return {
    layer,
    attrs: { ...attrs, ...window, stride: [1, 1], pad: [0, 0, 0, 0] },
    inputs: { x: row(x), ...(w ? { w: one([1, 1, 1, 1], 1.5) } : {}), ...(b ? { b: one([1], 0.25) } : {}) },
    ...(dy ? { dy: row(dy) } : {}),
  }
}

/** With one class there is no loss, and beside huge logits none shows. */
function threeClasses(c: Case): Case {
  const { logits, labels } = c.inputs
  const n = labels.data.length
  return changed(c, {
    attrs: { classes: 3 },
    inputs: {
      logits: eighths(tiled(logits, [n, 3])),
      labels: { shape: [n], data: Int32Array.from({ length: n }, (_, i) => i % 3) },
    },
  })
}
