import { LANES } from '../lib/simd'

/**
 * Where the taps of a convolution find the pixels of an image that is padded and split into phases: a row holds the
 * columns 0, strideW, 2 strideW, ... first, then the columns 1, 1 + strideW, ..., so that what a tap reads for
 * neighbouring outputs lies side by side at every stride. Pixel (p, q) of tap t is at
 * p * strideH * pitch + q numbers and taps[t] bytes. Without padding, at strideW 1, the image itself has this form.
 */
@unmanaged
export class Conv2dGeometry {
  groups: i32
  /** Channels and filters of one group. */
  groupC: i32
  groupF: i32
  inH: i32
  inW: i32
  outH: i32
  outW: i32
  strideH: i32
  strideW: i32
  padTop: i32
  padLeft: i32
  /** Taps of a channel. */
  area: i32
  /** Rows of the padded image, numbers of its rows and planes, columns of a phase. */
  rows: i32
  pitch: i32
  plane: i32
  phase: i32
  /** False where the image itself is used. */
  copied: bool
  /** A phase's first column inside the image, the one after its last, and the image's column that the first is. */
  phases: usize

  @inline
  inC(): i32 {
    return this.groups * this.groupC
  }

  @inline
  outC(): i32 {
    return this.groups * this.groupF
  }
}

/** Parameters of the forward kernels. */
@unmanaged
export class Conv2dForward extends Conv2dGeometry {
  /** Strips of output rows that an image is cut into, and the rows of each. */
  strips: i32
  stripRows: i32
  taps: usize
  /** Taps, row by row of the filter; of a row; and of a block. */
  k: i32
  rowTaps: i32
  blockK: i32
  dilationH: i32
  relu: bool
  x: usize
  weights: usize
  bias: usize
  y: usize
  /** Memory of each thread, and places in it, in bytes from its start: a panel of taps, a tile, padded planes. */
  scratch: usize
  scratchBytes: i32
  spare: i32
  padded: i32
}

/** Of the filter's rows, the first that reads inside the image for output row `row` or one above it. */
@inline
export function firstTapRow(p: Conv2dForward, row: i32): i32 {
  return max(0, (p.padTop - row * p.strideH + p.dilationH - 1) / p.dilationH)
}

/** The one after the last that reads inside the image for output row `row` or one below it. */
@inline
export function endTapRow(p: Conv2dForward, row: i32): i32 {
  return min(p.k / p.rowTaps, max(0, p.inH - 1 + p.padTop - row * p.strideH) / p.dilationH + 1)
}

/** Parameters of the kernels for dx. */
@unmanaged
export class Conv2dInputGradient extends Conv2dGeometry {
  /** Blocks of channels that a group is cut into, and panels of four taps that a block has room for. */
  blocks: i32
  panels: i32
  /** True where the four taps of a panel never meet in one vector. */
  disjoint: bool
  /** Where each tap of each block is, in the block's padded planes; -1 for a tap that is not there. */
  taps: usize
  dy: usize
  weights: usize
  dx: usize
  /** Memory of each thread, and places in it, in bytes from its start: a panel of dy, a tile, padded planes. */
  scratch: usize
  scratchBytes: i32
  spare: i32
  padded: i32
}

/** All bits set in those of the lanes `first`, `first + 1`, ... that are below `count`. */
@inline
export function lanesBelow(count: i32, first: i32): v128 {
  const own = sizeof<real>() == 4 ? f32x4(0, 1, 2, 3) : f64x2(0, 1)
  return v128.lt<real>(own, v128.splat<real>(<real>(count - first)))
}

/** Vectors that `count` numbers fill, the last perhaps in part. */
@inline
export function vectors(count: i32): i32 {
  return (count + LANES - 1) / LANES
}
