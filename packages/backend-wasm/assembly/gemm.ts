import { PACKED_PANELS } from './layout'
import { loadUpTo, storeUpTo } from './lib/lanes'
import { packColumns, packEight, packRows } from './lib/pack'
import { LANES, SHIFT } from './lib/simd'
import { ADD, COLUMN_BIAS, MR, NR, STEP_BYTES, tile, ZERO } from './lib/tile'

/** C = op(A) op(B) (+ bias of each column) (then ReLU), in `blocks` blocks of K. */
@unmanaged
class Gemm {
  m: i32
  n: i32
  k: i32
  /** (m, k), or (k, m) where it is to be transposed. */
  a: usize
  transposeA: bool
  /** (k, n), or (n, k) where it is to be transposed. */
  b: usize
  transposeB: bool
  c: usize
  bias: usize
  relu: bool
  blocks: i32
  /** The first block of this call, and the one after its last. */
  block: i32
  endBlock: i32
  /** Parts that the panels of rows, and those of columns, are shared out in. */
  rowParts: i32
  columnParts: i32
  /** The call's blocks of A, each in panels of MR rows. */
  packed: usize
  blockBytes: i32
  /** Memory of each thread: an edge tile, and so many bytes from its start a part's panels of B. */
  own: usize
  ownBytes: i32
  panels: i32
}

/** Where part `part` of `parts` of `total` things begins. */
@inline
function start(total: i32, part: i32, parts: i32): i32 {
  return <i32>((<i64>total * part) / parts)
}

/** Packs blocks of A. Units of PACKED_PANELS panels. */
export function gemmPack(from: i32, to: i32, thread: i32, p: Gemm): void {
  const units = packs(p)
  for (let unit = from; unit < to; ) {
    const block = unit / units
    const end = min(to, (block + 1) * units)
    pack(unit - block * units, end - block * units, p, p.block + block)
    unit = end
  }
}

/** Adds the products of blocks to C. Units: columnParts of each of rowParts. */
export function gemmMultiply(from: i32, to: i32, thread: i32, p: Gemm): void {
  const own = p.own + thread * p.ownBytes
  for (let unit = from; unit < to; unit++)
    for (let block = p.block; block < p.endBlock; block++) multiply(unit, p, block, own)
}

/** The whole product, for one thread. */
export function gemmWhole(from: i32, to: i32, thread: i32, p: Gemm): void {
  const parts = p.rowParts * p.columnParts
  for (let block = 0; block < p.blocks; block++) {
    p.block = block
    pack(0, packs(p), p, block)
    for (let unit = 0; unit < parts; unit++) multiply(unit, p, block, p.own)
  }
}

@inline
function packs(p: Gemm): i32 {
  return (p.m + PACKED_PANELS * MR - 1) / (PACKED_PANELS * MR)
}

@inline
function packedBlock(p: Gemm, block: i32): usize {
  return p.packed + (block - p.block) * p.blockBytes
}

function pack(from: i32, to: i32, p: Gemm, block: i32): void {
  const first = start(p.k, block, p.blocks)
  const k = start(p.k, block + 1, p.blocks) - first
  const panel = <usize>((k * MR) << SHIFT)
  const end = min(to * PACKED_PANELS * MR, p.m)
  let at = packedBlock(p, block) + from * PACKED_PANELS * panel
  if (p.transposeA) {
    const stride = <usize>(p.m << SHIFT)
    const source = p.a + <usize>first * stride
    for (let i = from * PACKED_PANELS * MR; i < end; i += PACKED_PANELS * MR) {
      packColumns(source + (i << SHIFT), stride, min(PACKED_PANELS * MR, p.m - i), k, at, MR)
      at += PACKED_PANELS * panel
    }
  } else {
    const stride = <usize>(p.k << SHIFT)
    const source = p.a + (first << SHIFT)
    for (let i = from * PACKED_PANELS * MR; i < end; i += MR) {
      packRows(source + <usize>i * stride, stride, min(MR, p.m - i), k, at, MR << SHIFT)
      at += panel
    }
  }
}

function multiply(unit: i32, p: Gemm, block: i32, own: usize): void {
  const first = start(p.k, block, p.blocks)
  const k = start(p.k, block + 1, p.blocks) - first
  const rowPanels = (p.m + MR - 1) / MR
  const columnPanels = (p.n + NR - 1) / NR
  const rowPart = unit / p.columnParts
  const columnPart = unit - rowPart * p.columnParts
  const fromColumn = start(columnPanels, columnPart, p.columnParts) * NR
  const toColumn = min(p.n, start(columnPanels, columnPart + 1, p.columnParts) * NR)
  const panels = own + p.panels
  packB(p, first, k, fromColumn, toColumn, panels)

  const begin = block > 0 ? ADD : p.bias ? COLUMN_BIAS : ZERO
  const relu = block == p.blocks - 1 && p.relu
  const row = <usize>(p.n << SHIFT)
  const aPanel = <usize>((k * MR) << SHIFT)
  const fromPanel = start(rowPanels, rowPart, p.rowParts)
  const toPanel = start(rowPanels, rowPart + 1, p.rowParts)
  const packed = packedBlock(p, block)
  for (let i = fromPanel; i < toPanel; i++) {
    const a = packed + i * aPanel
    const rows = p.m - i * MR
    let c = p.c + <usize>(i * MR) * row + (fromColumn << SHIFT)
    let bias = p.bias + (fromColumn << SHIFT)
    let b = panels
    for (let j = fromColumn; j < toColumn; j += NR) {
      const columns = toColumn - j
      if (columns >= NR) {
        // Rows that do not exist go where an edge tile would.
        const c1 = rows > 1 ? c + row : own + 32
        const c2 = rows > 2 ? c + 2 * row : own + 64
        const c3 = rows > 3 ? c + 3 * row : own + 96
        tile(k, a, b, c, c1, c2, c3, begin, bias, relu)
      } else {
        const count = min(rows, MR)
        if (begin == ADD) copyRows(c, row, own, 32, count, columns)
        else if (begin == COLUMN_BIAS) copyRows(bias, 0, own, 32, count, columns)
        tile(k, a, b, own, own + 32, own + 64, own + 96, begin == ZERO ? ZERO : ADD, 0, relu)
        copyRows(own, 32, c, row, count, columns)
      }
      c += 32
      bias += 32
      b += k * STEP_BYTES
    }
  }
}

function packB(p: Gemm, first: i32, k: i32, fromColumn: i32, toColumn: i32, panels: usize): void {
  if (!p.transposeB) {
    const stride = <usize>(p.n << SHIFT)
    packColumns(p.b + <usize>first * stride + (fromColumn << SHIFT), stride, toColumn - fromColumn, k, panels, NR)
    return
  }
  const stride = <usize>(p.k << SHIFT)
  for (let j = fromColumn; j < toColumn; j += NR) {
    const source = p.b + <usize>j * stride + (first << SHIFT)
    if (sizeof<real>() == 4 && p.n - j >= 8) packEight(source, stride, k, panels)
    else {
      packRows(source, stride, min(4, p.n - j), k, panels, 32)
      if (sizeof<real>() == 4 && p.n - j > 4) packRows(source + 4 * stride, stride, min(4, p.n - j - 4), k, panels + 16, 32)
    }
    panels += k * STEP_BYTES
  }
}

/** Copies fewer than NR columns of up to 4 rows. */
function copyRows(from: usize, fromStride: usize, to: usize, toStride: usize, rows: i32, columns: i32): void {
  for (; rows > 0; rows--) {
    storeUpTo(to, loadUpTo(from, columns), columns)
    if (columns > LANES) storeUpTo(to + 16, loadUpTo(from + 16, columns - LANES), columns - LANES)
    from += fromStride
    to += toStride
  }
}
