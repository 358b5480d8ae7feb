import { zipHigh, zipLow } from '../lib/lanes'
import { LANES, rectified, SHIFT } from '../lib/simd'
import { inOneRow, PRODUCTS_BYTES, tileAt, Winograd } from './winogradTiles'

/** y = A^T m A for all filters and tiles of a block, then relu(y) where asked for. */
export function writeOutputs(p: Winograd, count: i32, g: i32, own: usize): void {
  const row = <usize>(p.outW << SHIFT)
  const plane = <usize>p.outH * row
  const spare = own + p.gathered
  const relu = p.relu != 0
  let wrong = v128.splat<real>(0)
  for (let t = 0; t < count; t += LANES) {
    const tile = tileAt(own, t)
    const last = tileAt(own, t + LANES - 1)
    const whole = inOneRow(own, t) && last.width == 2 && last.height == 2
    let m = own + p.products + (t / (2 * LANES)) * p.productPanel + (t % (2 * LANES) << SHIFT)
    let y = p.y + g * p.groupF * plane + tile.output
    for (let f = 0; f < p.groupF; f++) {
      // Row i of A^T m: m0 + m1 + m2, m1 - m2 - m3.
      const m10 = v128.load(m, 128)
      const m20 = v128.load(m, 256)
      const a0 = v128.add<real>(v128.add<real>(v128.load(m), m10), m20)
      const b0 = v128.sub<real>(v128.sub<real>(m10, m20), v128.load(m, 384))
      const m11 = v128.load(m, 160)
      const m21 = v128.load(m, 288)
      const a1 = v128.add<real>(v128.add<real>(v128.load(m, 32), m11), m21)
      const b1 = v128.sub<real>(v128.sub<real>(m11, m21), v128.load(m, 416))
      const m12 = v128.load(m, 192)
      const m22 = v128.load(m, 320)
      const a2 = v128.add<real>(v128.add<real>(v128.load(m, 64), m12), m22)
      const b2 = v128.sub<real>(v128.sub<real>(m12, m22), v128.load(m, 448))
      const m13 = v128.load(m, 224)
      const m23 = v128.load(m, 352)
      const a3 = v128.add<real>(v128.add<real>(v128.load(m, 96), m13), m23)
      const b3 = v128.sub<real>(v128.sub<real>(m13, m23), v128.load(m, 480))
      let y00 = v128.add<real>(v128.add<real>(a0, a1), a2)
      let y01 = v128.sub<real>(v128.sub<real>(a1, a2), a3)
      let y10 = v128.add<real>(v128.add<real>(b0, b1), b2)
      let y11 = v128.sub<real>(v128.sub<real>(b1, b2), b3)
      // NaN where one of them is not finite, and it stays.
      const all = v128.add<real>(v128.add<real>(y00, y01), v128.add<real>(y10, y11))
      wrong = v128.add<real>(wrong, v128.sub<real>(all, all))
      if (relu) {
        y00 = rectified(y00)
        y01 = rectified(y01)
        y10 = rectified(y10)
        y11 = rectified(y11)
      }
      const to = whole ? y : spare
      const nextRow = whole ? row : 32
      v128.store(to, zipLow(y00, y01))
      v128.store(to, zipHigh(y00, y01), 16)
      v128.store(to + nextRow, zipLow(y10, y11))
      v128.store(to + nextRow, zipHigh(y10, y11), 16)
      if (!whole) scatter(own, t, spare, y - tile.output, row)
      m += PRODUCTS_BYTES
      y += plane
    }
  }
  if (v128.any_true(v128.ne<real>(wrong, wrong))) store<i32>(p.flag, 1)
}

/** Outputs of a vector of tiles, two rows of 32 bytes, to where there are such. */
function scatter(own: usize, t: i32, from: usize, y: usize, row: usize): void {
  for (let lane = 0; lane < LANES; lane++) {
    const tile = tileAt(own, t + lane)
    const at = from + (lane << (SHIFT + 1))
    const to = y + tile.output
    for (let i = 0; i < tile.height; i++)
      for (let j = 0; j < tile.width; j++)
        store<real>(to + i * row + (j << SHIFT), load<real>(at + (i << 5) + (j << SHIFT)))
  }
}
