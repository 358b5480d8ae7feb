import { LANES, SHIFT } from '../lib/simd'
import { NR, STEP_BYTES } from '../lib/tile'

/** Parameters of the Winograd kernel. Places in a thread's own memory are in bytes from its start. */
@unmanaged
export class Winograd {
  groups: i32
  groupC: i32
  groupF: i32
  inH: i32
  inW: i32
  outH: i32
  outW: i32
  /** May be negative: so much of the image is cut off. */
  padTop: i32
  padLeft: i32
  /** Tiles of an image, and of the batch. */
  tilesH: i32
  tilesW: i32
  tiles: i32
  /** Blocks of tiles, and the tiles of each: whole panels of NR. */
  blocks: i32
  blockTiles: i32
  relu: bool
  x: usize
  weights: usize
  bias: usize
  y: usize
  /** Set to 1 where an output is NaN or infinite. */
  flag: usize
  scratch: usize
  scratchBytes: i32
  /** Rows of one channel: even columns, then odd ones, `phase` bytes each. */
  rows: i32
  phase: i32
  rowsBytes: i32
  /** GATHERED_BYTES: a vector of tiles that do not stand side by side, or its outputs. */
  gathered: i32
  /** B^T d B: PRODUCTS matrices, each of panels of NR tiles, all channels. */
  transformed: i32
  transformedStep: i32
  transformedPanel: i32
  /** The products: panels of NR tiles, all filters, and for each a step of every product. */
  products: i32
  productPanel: i32
}

/** What a block must know of each of its tiles, at the start of a thread's memory. */
@unmanaged
export class Tile {
  /** Where its first row begins in the rows of a channel, and its first output in y of filter 0: bytes. */
  row: i32
  output: i32
  /** Rows and columns of its outputs that there are; none where there is no tile. */
  height: i32
  width: i32
}

/** Bytes of what a block knows of a tile. */
@inline
export const PLACE_BYTES: i32 = <i32>offsetof<Tile>()

/** Products that a tile takes, one for each of the numbers of B^T d B. */
@inline
export const PRODUCTS: i32 = 16

/** Bytes of all products of a filter and a panel of tiles. */
@inline
export const PRODUCTS_BYTES: i32 = PRODUCTS * STEP_BYTES

/** Bytes of a vector of tiles that are gathered: 4 x 4 vectors. */
@inline
export const GATHERED_BYTES: i32 = 4 * 4 * 16

@inline
export function tileAt(own: usize, t: i32): Tile {
  return changetype<Tile>(own + t * PLACE_BYTES)
}

/** Whether the tiles of the vector from t on stand side by side. */
@inline
export function inOneRow(own: usize, t: i32): bool {
  return tileAt(own, t + LANES - 1).row - tileAt(own, t).row == (LANES - 1) << SHIFT
}

/** Places of a block's tiles. Behind the last one its place is repeated up to the end of a panel. */
export function layOut(p: Winograd, first: i32, count: i32, own: usize): void {
  memory.fill(own + p.rows, 0, p.rowsBytes)
  const row0 = first / p.tilesW
  const image0 = row0 / p.tilesH
  let column = first - row0 * p.tilesW
  let row = row0 - image0 * p.tilesH
  let image = image0
  // Tile rows of one image share two rows, those of two images none.
  let slot = 0
  for (let t = 0; t < count; t++) {
    const tile = tileAt(own, t)
    tile.row = slot * 2 * p.phase + (column << SHIFT)
    tile.output = ((image * p.groups * p.groupF * p.outH + 2 * row) * p.outW + 2 * column) << SHIFT
    tile.height = min(2, p.outH - 2 * row)
    tile.width = min(2, p.outW - 2 * column)
    if (++column < p.tilesW) continue
    column = 0
    slot += 2
    if (++row < p.tilesH) continue
    row = 0
    slot += 2
    image++
  }
  const last = tileAt(own, count - 1)
  for (let t = count; t % NR != 0; t++) {
    const tile = tileAt(own, t)
    tile.row = last.row
    tile.output = last.output
    tile.height = 0
    tile.width = 0
  }
}
