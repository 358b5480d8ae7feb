import { conv2d, outputSize, type Shape, windowDims } from '@convkit/api'
import type { Case, NdArray } from '../core/case.js'
import { extend } from '../core/gather.js'
import { changed, each, inputOf } from '../core/inputs.js'
import { tiled } from '../core/tiled.js'
import { convAttrs } from './conv2dCases.js'
import type { Variant } from './variant.js'
import { windowAttrs } from './window.js'

/** Height and width of kernel, stride and dilation; padding on four sides. */
interface Geometry {
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  readonly pad: readonly number[]
}

interface GeometryChange {
  readonly differs: string
  readonly change: Partial<Geometry>
}

const axes = ['height', 'width'] as const

/** Changes that leave the number of outputs as it is: padding that moves, and sizes that round alike. */
function geometryChanges(image: Shape, own: Geometry, sizes: readonly (keyof Geometry)[]): GeometryChange[] {
  const outputs = ({ kernel, stride, pad, dilation }: Geometry) =>
    image.map((size, axis) => outputSize(size + pad[axis] + pad[axis + 2], kernel[axis], stride[axis], dilation[axis]))
  const before = outputs(own)
  const changes: GeometryChange[] = []
  for (const [axis, name] of axes.entries()) {
    const first = own.pad[axis]
    for (const by of [1, -1]) {
      const pad = own.pad.with(axis, first + by)
      // Padding behind that leads to no other output is never read.
      changes.push({ differs: `padding before ${name}`, change: { pad } })
      changes.push({ differs: `side of padding, ${name}`, change: { pad: pad.with(axis + 2, pad[axis + 2] - by) } })
    }
    for (const field of sizes)
      for (const size of [1, 2, 3, 4, 5]) {
        const idle = (field === 'stride' && before[axis] === 1) || (field === 'dilation' && own.kernel[axis] === 1)
        if (size !== own[field][axis] && !idle)
          changes.push({ differs: `${field} of ${name}`, change: { [field]: own[field].with(axis, size) } })
      }
  }
  return changes.filter(({ change }) => {
    const all = { ...own, ...change }
    // A window that lies on padding alone has no maximum.
    const most = sizes.includes('kernel') ? [...all.kernel, ...all.kernel].map((size) => size - 1) : [9, 9, 9, 9]
    const fits = all.pad.every((side, i) => side >= 0 && side <= most[i])
    return fits && outputs(all).every((size, axis) => size === before[axis])
  })
}

function variantsBy(changes: readonly GeometryChange[], change: (geometry: Partial<Geometry>) => Case): Variant[] {
  return changes.map(({ differs, change: geometry }) => ({ differs, case: change(geometry) }))
}

export function windowVariants(c: Case): Variant[] {
  const own = { ...windowAttrs(c), dilation: [1, 1] }
  const changes = geometryChanges(inputOf(c, 'x').shape.slice(2), own, ['kernel', 'stride'])
  return variantsBy(changes, (attrs) => changed(c, { attrs: { ...attrs } }))
}

/** In ascending order. */
export function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((k) => n % k === 0)
}

/** Of the pool at the end of a sandwich. */
export function poolVariants(c: Case): Variant[] {
  const { outH, outW } = conv2d.dims(inputOf(c, 'x').shape, inputOf(c, 'w').shape, undefined, convAttrs(c))
  const pool2d = c.attrs.pool2d as Geometry
  const changes = geometryChanges([outH, outW], { ...pool2d, dilation: [1, 1] }, ['kernel', 'stride'])
  return variantsBy(changes, (attrs) => changed(c, { attrs: { pool2d: { ...pool2d, ...attrs } } })).map((variant) => ({
    ...variant,
    differs: `${variant.differs} of the pool`,
  }))
}

export function convolutionVariants(c: Case): Variant[] {
  const [x, w] = [inputOf(c, 'x'), inputOf(c, 'w')]
  const own = { ...convAttrs(c), kernel: w.shape.slice(2) }
  const { groups } = own
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
  const changes = geometryChanges(x.shape.slice(2), own, ['stride', 'dilation'])
  return [...variantsBy(changes, (attrs) => changed(c, { attrs: { ...attrs } })), ...grouped]
}

/** Height for width in everything, over the same numbers. */
export function turned(c: Case): Variant[] {
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

/**
 * Windows of 2 x 2 that leave some of an image of 4 x 6 over, so that another stride, dilation, kernel and padding before
 * it all have as many outputs. Cases of other layers stay as they are.
 */
export function roomy(c: Case): Case {
  if (!['conv2d', 'convRelu', 'maxPool2d', 'avgPool2d'].includes(c.layer)) return c
  const [n, channels] = inputOf(c, 'x').shape
  const shape = [Math.min(n, 2), channels, 4, 6]
  const geometry = { stride: [2, 3], pad: [1, 1, 0, 0] } as const
  if (!c.inputs.w) {
    const window = { ...geometry, kernel: [2, 2] } as const
    const d = windowDims(c.layer, shape, window)
    const dy = c.dy && tiled(c.dy, [d.n, d.channels, d.outH, d.outW])
    return changed(c, { attrs: { ...c.attrs, ...window }, inputs: { x: tiled(inputOf(c, 'x'), shape) }, dy })
  }
  const attrs = { ...convAttrs(c), ...geometry, dilation: [1, 1] as const }
  const w = tiled(c.inputs.w, [...c.inputs.w.shape.slice(0, 2), 2, 2])
  const d = conv2d.dims(shape, w.shape, undefined, attrs)
  const dy = c.dy && tiled(c.dy, [d.n, d.outC, d.outH, d.outW])
  return changed(c, { attrs, inputs: { x: tiled(inputOf(c, 'x'), shape), w }, dy })
}
