// Numbers that the host reckons with too: `scripts/compile.mjs` writes all exports to src/generated/constants.ts.
import { MR } from './lib/tile'

export { FACTOR_TABLES } from './batchNorm/call'
export { PAD_OVERRUN_BYTES } from './conv2d/padded'
export {
  GATHERED_BYTES as WINOGRAD_GATHERED_BYTES,
  PLACE_BYTES as WINOGRAD_PLACE_BYTES,
  PRODUCTS as WINOGRAD_PRODUCTS,
  PRODUCTS_BYTES as WINOGRAD_PRODUCTS_BYTES,
} from './conv2d/winogradTiles'
export { ROW_SUMS_BYTES } from './groupNorm/call'
export { LINE as LINE_BYTES } from './lib/simd'
export { LINE_SUMS_BYTES } from './lib/sum'
export { MR as PANEL_ROWS, STEP_BYTES, TILE_BYTES } from './lib/tile'

/** vectorSquares: elements whose squares make one partial sum. */
@inline
export const SQUARES_BLOCK: i32 = 2048

/** gemmPack: panels of A that a unit packs. */
@inline
export const PACKED_PANELS: i32 = 4

/** conv2dWeightGradient: bytes that a tap's row of a chunk takes at most, and always keeps. */
@inline
export const TAP_ROW_BYTES: i32 = 1024

/** conv2dWeightGradient: taps that are gathered at once: so many rows and four filters' stay in the first-level cache. */
@inline
export const GATHERED_TAPS: i32 = 16

/** conv2dWeightGradient: bytes of a vector for each of a panel's filters: of a step of interleaved filters, of a tap's sums. */
@inline
export const FILTER_VECTORS_BYTES: i32 = MR * 16

/** conv2dWeightGradient: `dotOne` does four taps where two are left; behind the sums stand two taps' that nobody uses. */
@inline
export const SPARE_SUMS_BYTES: i32 = 2 * FILTER_VECTORS_BYTES

/** conv2dWeightGradient: the addresses of gathered taps, and those of the last one's partners. */
@inline
export const ADDRESSES_BYTES: i32 = (GATHERED_TAPS + 3) * 4
