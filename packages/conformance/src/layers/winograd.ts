import type { Conv2dDims } from '@convkit/api'
import { gamma } from '../core/bounds.js'
import type { NdArray } from '../core/case.js'
import { exactBelow } from '../core/grid.js'
import type { Unit } from '../core/unit.js'

type Matrix = readonly (readonly number[])[]

/** The transforms of F(2x2, 3x3): y = A^T ((G g G^T) * (B^T d B)) A (Lavin and Gray 2016). */
export const transforms: { readonly BT: Matrix; readonly G: Matrix; readonly AT: Matrix } = {
  BT: [
    [1, 0, -1, 0],
    [0, 1, 1, 0],
    [0, -1, 1, 0],
    [0, 1, 0, -1],
  ],
  G: [
    [1, 0, 0],
    [0.5, 0.5, 0.5],
    [0.5, -0.5, 0.5],
    [0, 0, 1],
  ],
  AT: [
    [1, 1, 1, 0],
    [0, 1, -1, -1],
  ],
}

/** A convolution of stride 1 with kernels of 3 x 3, by its sizes. */
export interface Convolution3x3 {
  readonly n: number
  readonly groups: number
  readonly groupC: number
  readonly groupF: number
  readonly inH: number
  readonly inW: number
  readonly outH: number
  readonly outW: number
  /** Of dx they may be negative. */
  readonly padTop: number
  readonly padLeft: number
}

/** How numbers are multiplied, and added up in the order given: what an arithmetic consists of. */
export interface Operations {
  multiply(a: number, b: number): number
  sum(terms: readonly number[]): number
}

/** M x M^T. */
export function sandwich(M: Matrix, x: Matrix, { multiply, sum }: Operations): number[][] {
  // What a transform multiplies by 0 it leaves out.
  const dot = (row: readonly number[], of: (k: number) => number) =>
    sum(row.flatMap((factor, k) => (factor === 0 ? [] : [multiply(factor, of(k))])))
  const half = M.map((row) => x[0].map((_, j) => dot(row, (k) => x[k][j])))
  return half.map((line) => M.map((row) => dot(row, (k) => line[k])))
}

/** A tile's 2 x 2 outputs of one filter, from its weights and the tile's pixels, transformed, a matrix for each channel. */
type Combine = (U: readonly number[][][], V: readonly number[][][]) => Matrix

/** The output (N, F, outH, outW), tile by tile; the first begins at output (0, 0). */
export function overTiles(
  c: Convolution3x3,
  x: ArrayLike<number>,
  weight: (f: number, channel: number, i: number, j: number) => number,
  { BT, G }: { readonly BT: Matrix; readonly G: Matrix },
  operations: Operations,
  combine: Combine,
): Float64Array {
  const { n, groups, groupC, groupF, inH, inW, outH, outW } = c
  const y = new Float64Array(n * groups * groupF * outH * outW)
  const square = (size: number, at: (i: number, j: number) => number) =>
    Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => at(i, j)))
  const pixel = (plane: number, h: number, w: number) =>
    h < 0 || h >= inH || w < 0 || w >= inW ? 0 : x[(plane * inH + h) * inW + w]
  const channels = Array.from({ length: groupC }, (_, channel) => channel)
  const U = Array.from({ length: groups * groupF }, (_, f) =>
    channels.map((channel) =>
      sandwich(
        G,
        square(3, (i, j) => weight(f, channel, i, j)),
        operations,
      ),
    ),
  )
  for (let image = 0; image < n * groups; image++)
    for (let p = 0; p < outH; p += 2)
      for (let q = 0; q < outW; q += 2) {
        const V = channels.map((channel) => {
          const d = square(4, (i, j) => pixel(image * groupC + channel, p + i - c.padTop, q + j - c.padLeft))
          return sandwich(BT, d, operations)
        })
        for (let f = 0; f < groupF; f++) {
          const tile = combine(U[(image % groups) * groupF + f], V)
          for (let i = 0; i < 2 && p + i < outH; i++)
            for (let j = 0; j < 2 && q + j < outW; j++)
              y[((image * groupF + f) * outH + p + i) * outW + q + j] = tile[i][j]
        }
      }
  return y
}

const magnitude = (M: Matrix): Matrix => M.map((row) => row.map(Math.abs))
const sizes = { BT: magnitude(transforms.BT), G: magnitude(transforms.G), AT: magnitude(transforms.AT) }
const float64: Operations = {
  multiply: (a, b) => a * b,
  sum: (terms) => terms.reduce((a, b) => a + b, 0),
}

/** The positions of a tile that |A^T| P |A| adds up for each output: its factors are 0 and 1. */
const reached = sizes.AT.map((left) =>
  sizes.AT.map((right) => left.flatMap((a, k) => right.flatMap((b, l) => (a * b === 0 ? [] : [4 * k + l])))),
)

/** All channels' numbers at (0, 0), then at (0, 1), and so on. */
function byPosition(matrices: readonly Matrix[]): Float64Array {
  const [first] = matrices
  return Float64Array.from(first.flatMap((row, k) => row.flatMap((_, l) => matrices.map((M) => M[k][l]))))
}

/** Bits that quarters in G cost, and magnitudes that grow 7.1 times. */
export const winogradBits = 5

/**
 * What F(2x2, 3x3) may be off by, on inputs of which x and weight are the magnitudes:
 * gamma(C + 13) |A^T| ((|G| |g| |G^T|) * (|B^T| |d| |B|)) |A|, and what underflows (docs/numerics.md). C counts the channels
 * that are not all 0. Where products of x and weight are multiples of 2^grid and those magnitudes stay below a quarter of
 * 2^grid / u, it is exact.
 */
export function winogradBound(
  c: Convolution3x3,
  x: ArrayLike<number>,
  weight: (f: number, channel: number, i: number, j: number) => number,
  bias: ArrayLike<number> | null,
  unit: Unit,
  grid: number,
): Float64Array {
  const roundings = gamma(busyChannels(c, x) + 13, unit)
  const known = new WeakMap<readonly Matrix[], Float64Array>()
  // Filters and tiles meet each other again and again.
  const flat = (matrices: readonly Matrix[]) => {
    const found = known.get(matrices) ?? byPosition(matrices)
    known.set(matrices, found)
    return found
  }
  const largest = bias ? Array.from(bias).reduce((most, b) => Math.max(most, Math.abs(b)), 0) : 0
  const exact = exactBelow(grid - 2, unit) - largest
  const [products, underflows] = [new Float64Array(16), new Float64Array(16)]
  const errors = overTiles(c, x, weight, sizes, float64, (U, V) => {
    const [u, v] = [flat(U), flat(V)]
    for (let position = 0, i = 0; position < products.length; position++) {
      let [product, underflow] = [0, 0]
      for (const end = i + V.length; i < end; i++) {
        product += u[i] * v[i]
        underflow += 3 * u[i] + 5 * v[i] + 3
      }
      products[position] = product
      underflows[position] = underflow
    }
    const sum = (values: Float64Array, positions: readonly number[]) => {
      let total = 0
      for (const at of positions) total += values[at]
      return total
    }
    return reached.map((row) =>
      row.map((positions) => {
        const magnitude = sum(products, positions)
        return magnitude < exact ? 0 : roundings * magnitude + unit.eta * sum(underflows, positions)
      }),
    )
  })
  const size = c.outH * c.outW
  return errors.map((error, i) => {
    if (error === 0 && exact > 0) return 0
    const b = bias ? Math.abs(bias[Math.floor(i / size) % (c.groups * c.groupF)]) : 0
    return error + roundings * b + 12 * unit.eta
  })
}

/** Of a group: the channels in which some pixel is not 0. */
function busyChannels({ n, groups, groupC, inH, inW }: Convolution3x3, x: ArrayLike<number>): number {
  const size = inH * inW
  const busy = new Set<number>()
  for (let i = 0; i < x.length; i++) if (x[i] !== 0) busy.add(Math.floor(i / size) % (groups * groupC))
  const counts = new Array<number>(groups).fill(0)
  for (const channel of busy) counts[Math.floor(channel / groupC)]++
  return n > 0 ? Math.max(...counts) : 0
}

/** The sizes of a layer's forward pass, and of its dx: the convolution of dy with the kernels turned by 180 degrees. */
export function convolutions(d: Conv2dDims): { readonly y: Convolution3x3; readonly dx: Convolution3x3 } {
  const { n, groups, inH, inW, outH, outW, padTop, padLeft } = d
  const [groupC, groupF] = [d.inC / groups, d.outC / groups]
  return {
    y: { n, groups, groupC, groupF, inH, inW, outH, outW, padTop, padLeft },
    dx: {
      ...{ n, groups, groupC: groupF, groupF: groupC, inH: outH, inW: outW, outH: inH, outW: inW },
      ...{ padTop: 2 - padTop, padLeft: 2 - padLeft },
    },
  }
}

/** The weights as those two see them. */
export function weightsOf({ groups, inC, outC }: Conv2dDims, w: ArrayLike<number>) {
  const [groupC, groupF] = [inC / groups, outC / groups]
  const at = (f: number, channel: number, i: number, j: number) => w[((f * groupC + channel) * 3 + i) * 3 + j]
  return {
    y: at,
    dx: (channel: number, f: number, i: number, j: number) =>
      at(Math.floor(channel / groupC) * groupF + f, channel % groupC, 2 - i, 2 - j),
  }
}

export function is3x3({ kH, kW, strideH, strideW, dilationH, dilationW }: Conv2dDims): boolean {
  return kH === 3 && kW === 3 && strideH * strideW * dilationH * dilationW === 1
}

/** The larger of two bounds, element by element. */
export function larger(a: NdArray, b: ArrayLike<number>): NdArray {
  return { shape: a.shape, data: Float64Array.from(a.data, (value, i) => Math.max(value, b[i])) }
}
