import { SHIFT } from '../lib/simd'
import { MR, NR, ROW_BIAS, STEP_BYTES, tile, ZERO } from '../lib/tile'
import { splitRows, transformTiles } from './winogradInput'
import { layOut, PRODUCTS, PRODUCTS_BYTES, Winograd } from './winogradTiles'
import { writeOutputs } from './winogradOutput'

/**
 * y = conv2d(x, w, b) for 3 x 3 kernels at stride 1, then y = relu(y) where asked for, by Winograd's F(2x2, 3x3) as in
 * Lavin and Gray 2016: y = A^T (sum over c of (G g G^T) * (B^T d B)) A for each tile d of 4 x 4 pixels, which gives 2 x 2
 * outputs. G g G^T are the weights that `conv2dWinogradWeights` made. A unit is a block of a group's tiles, all filters.
 *
 * A NaN or an infinity spreads over its tile, and so do overflows of the transforms; wherever one may have, an output is
 * not finite, and `p.flag` says so: an output that is finite was made of finite numbers only.
 */
export function conv2dWinograd(from: i32, to: i32, thread: i32, p: Winograd): void {
  const own = p.scratch + thread * p.scratchBytes
  const c = p.groupC
  const filterPanels = (p.groupF + MR - 1) / MR
  const weightPanel = <usize>((c * MR) << SHIFT)
  for (let unit = from; unit < to; unit++) {
    const g = unit / p.blocks
    const first = (unit - g * p.blocks) * p.blockTiles
    const count = min(p.blockTiles, p.tiles - first)
    layOut(p, first, count, own)
    for (let channel = 0; channel < c; channel++) {
      splitRows(p, first, count, g * c + channel, own)
      transformTiles(p, count, channel, own)
    }

    const panels = (count + NR - 1) / NR
    const products = own + p.products
    let weights = p.weights + (g * PRODUCTS * filterPanels) * weightPanel
    let transformed = own + p.transformed
    for (let k = 0; k < PRODUCTS; k++) {
      // A^T and A take this one product to all four outputs, with the factor 1.
      const start = k == 5 ? ROW_BIAS : ZERO
      for (let j = 0; j < panels; j++) {
        const b = transformed + j * p.transformedPanel
        let a = weights
        let m = products + j * p.productPanel + k * STEP_BYTES
        let bias = p.bias + ((g * filterPanels * MR) << SHIFT)
        for (let i = 0; i < filterPanels; i++) {
          tile(c, a, b, m, m + PRODUCTS_BYTES, m + 2 * PRODUCTS_BYTES, m + 3 * PRODUCTS_BYTES, start, bias, false)
          a += weightPanel
          m += MR * PRODUCTS_BYTES
          bias += MR << SHIFT
        }
      }
      weights += filterPanels * weightPanel
      transformed += p.transformedStep
    }
    writeOutputs(p, count, g, own)
  }
}
