import { evens, odds } from '../lib/lanes'
import { LANES, SHIFT } from '../lib/simd'
import { STEP_BYTES } from '../lib/tile'
import { inOneRow, tileAt, Winograd } from './winogradTiles'

/**
 * Copies the rows of one channel that a block's tiles read: even columns, then odd ones, so that what neighbouring tiles
 * read lies side by side. Padding is there already.
 */
export function splitRows(p: Winograd, first: i32, count: i32, channel: i32, own: usize): void {
  const firstRow = first / p.tilesW
  const endRow = (first + count - 1) / p.tilesW + 1
  const cut = max(0, -p.padLeft)
  const padLeft = max(0, p.padLeft)
  const columns = min(p.inW - cut, ((2 * p.phase) >> SHIFT) - padLeft)
  const even = (padLeft + 1) >> 1
  const odd = padLeft >> 1
  let to = own + p.rows
  for (let row = firstRow; row < endRow; ) {
    const image = row / p.tilesH
    const end = min(endRow, (image + 1) * p.tilesH)
    const h = 2 * (row - image * p.tilesH) - p.padTop
    const endH = h + 2 * (end - row) + 2
    const plane = p.x + ((((image * p.groups * p.groupC + channel) * p.inH) * p.inW + cut) << SHIFT)
    for (let r = h; r < endH; r++) {
      if (r >= 0 && r < p.inH && columns > 0) {
        const source = plane + ((r * p.inW) << SHIFT)
        const evenTo = to + (even << SHIFT)
        const oddTo = to + p.phase + (odd << SHIFT)
        // The first column inside is odd where the padding is.
        if (padLeft & 1) split(source, columns, oddTo, evenTo)
        else split(source, columns, evenTo, oddTo)
      }
      to += 2 * p.phase
    }
    row = end
  }
}

/** Numbers 0, 2, 4, ... to `a` and 1, 3, 5, ... to `b`. */
@inline
function split(from: usize, count: i32, a: usize, b: usize): void {
  const pairs = count >> 1
  let i = 0
  if (pairs >= LANES) {
    // Where vectors do not fill the row, the last one does some of it once more.
    for (; ; i += LANES) {
      const at = min(i, pairs - LANES)
      const source = from + (at << (SHIFT + 1))
      const v0 = v128.load(source)
      const v1 = v128.load(source, 16)
      v128.store(a + (at << SHIFT), evens(v0, v1))
      v128.store(b + (at << SHIFT), odds(v0, v1))
      if (i >= pairs - LANES) break
    }
    i = pairs
  }
  for (; i < pairs; i++) {
    const source = from + (i << (SHIFT + 1))
    store<real>(a + (i << SHIFT), load<real>(source))
    store<real>(b + (i << SHIFT), load<real>(source, sizeof<real>()))
  }
  if (count & 1) store<real>(a + (pairs << SHIFT), load<real>(from + (pairs << (SHIFT + 1))))
}

/** B^T d B of one channel of every tile. */
export function transformTiles(p: Winograd, count: i32, channel: i32, own: usize): void {
  const rows = own + p.rows
  const gathered = own + p.gathered
  let to = own + p.transformed + channel * STEP_BYTES
  for (let t = 0; t < count; t += 2 * LANES) {
    for (let half = 0; half < 2; half++) {
      const at = t + half * LANES
      const target = to + (half << 4)
      if (inOneRow(own, at)) {
        const from = rows + tileAt(own, at).row
        transform(from, p.phase, sizeof<real>(), 2 * p.phase, target, p.transformedStep)
      } else {
        gather(p, at, own, gathered)
        transform(gathered, 16, 32, 64, target, p.transformedStep)
      }
    }
    to += p.transformedPanel
  }
}

/** The tiles of a vector that are not side by side: four columns a row, a vector each. */
function gather(p: Winograd, t: i32, own: usize, to: usize): void {
  const rows = own + p.rows
  for (let lane = 0; lane < LANES; lane++) {
    let from = rows + tileAt(own, t + lane).row
    let at = to + (lane << SHIFT)
    for (let r = 0; r < 4; r++) {
      store<real>(at, load<real>(from))
      store<real>(at, load<real>(from + p.phase), 16)
      store<real>(at, load<real>(from, sizeof<real>()), 32)
      store<real>(at, load<real>(from + p.phase, sizeof<real>()), 48)
      from += 2 * p.phase
      at += 64
    }
  }
}

/**
 * B^T d B of a vector of tiles: columns 0 and 1 of d begin at `from` and `odd` further on, columns 2 and 3 another `next`
 * on; `row` bytes from row to row. Result (i, j) goes to to + (4 i + j) * step.
 */
@inline
function transform(from: usize, odd: usize, next: usize, row: usize, to: usize, step: usize): void {
  const from1 = from + row
  const from2 = from1 + row
  const from3 = from2 + row
  oneRow(
    v128.sub<real>(v128.load(from), v128.load(from2)),
    v128.sub<real>(v128.load(from + odd), v128.load(from2 + odd)),
    v128.sub<real>(v128.load(from + next), v128.load(from2 + next)),
    v128.sub<real>(v128.load(from + odd + next), v128.load(from2 + odd + next)),
    to,
    step,
  )
  to += 4 * step
  oneRow(
    v128.add<real>(v128.load(from1), v128.load(from2)),
    v128.add<real>(v128.load(from1 + odd), v128.load(from2 + odd)),
    v128.add<real>(v128.load(from1 + next), v128.load(from2 + next)),
    v128.add<real>(v128.load(from1 + odd + next), v128.load(from2 + odd + next)),
    to,
    step,
  )
  to += 4 * step
  oneRow(
    v128.sub<real>(v128.load(from2), v128.load(from1)),
    v128.sub<real>(v128.load(from2 + odd), v128.load(from1 + odd)),
    v128.sub<real>(v128.load(from2 + next), v128.load(from1 + next)),
    v128.sub<real>(v128.load(from2 + odd + next), v128.load(from1 + odd + next)),
    to,
    step,
  )
  to += 4 * step
  oneRow(
    v128.sub<real>(v128.load(from1), v128.load(from3)),
    v128.sub<real>(v128.load(from1 + odd), v128.load(from3 + odd)),
    v128.sub<real>(v128.load(from1 + next), v128.load(from3 + next)),
    v128.sub<real>(v128.load(from1 + odd + next), v128.load(from3 + odd + next)),
    to,
    step,
  )
}

/** A row of B^T d, times B. */
@inline
function oneRow(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  v128.store(to, v128.sub<real>(a, c))
  v128.store(to + step, v128.add<real>(b, c))
  v128.store(to + 2 * step, v128.sub<real>(c, b))
  v128.store(to + 3 * step, v128.sub<real>(b, d))
}
