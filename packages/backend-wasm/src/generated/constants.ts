// Made from assembly/ by `npm run build`; do not edit.

/** vectorSquares: elements whose squares make one partial sum. */
export const squaresBlock = 2048

/** gemmPack: panels of A that a unit packs. */
export const packedPanels = 4

/** conv2dWeightGradient: bytes that a tap's row of a chunk takes at most, and always keeps. */
export const tapRowBytes = 1024

/** conv2dWeightGradient: taps that are gathered at once: so many rows and four filters' stay in the first-level cache. */
export const gatheredTaps = 16

/** conv2dWeightGradient: bytes of a vector for each of a panel's filters: of a step of interleaved filters, of a tap's sums. */
export const filterVectorsBytes = 64

/** conv2dWeightGradient: `dotOne` does four taps where two are left; behind the sums stand two taps' that nobody uses. */
export const spareSumsBytes = 128

/** conv2dWeightGradient: the addresses of gathered taps, and those of the last one's partners. */
export const addressesBytes = 76

/** Tables of `batchNormFactors` over channels: 1 / deviation, gain, pull and push. */
export const factorTables = 4

/** Room behind the last plane for what `pad` overwrites there. */
export const padOverrunBytes = 16

/** Bytes of a vector of tiles that are gathered: 4 x 4 vectors. */
export const winogradGatheredBytes = 256

/** Bytes of what a block knows of a tile. */
export const winogradPlaceBytes = 16

/** Products that a tile takes, one for each of the numbers of B^T d B. */
export const winogradProducts = 16

/** Bytes of all products of a filter and a panel of tiles. */
export const winogradProductsBytes = 512

/** Two doubles: the sums of dy and of dy * xhat. */
export const rowSumsBytes = 16

/** Bytes of a cache line: what elementwise kernels do a unit of, so that no two threads write to one. */
export const lineBytes = 64

/** Room for two accumulators for each vector of a cache line. */
export const lineSumsBytes = 256

/** Rows of a tile, and of a panel of A. */
export const panelRows = 4

/** Bytes of a row of a tile, and of a step of a panel of B: two vectors. */
export const stepBytes = 32

/** Bytes of a tile that stands by itself, beside a matrix that it would stick out of. */
export const tileBytes = 128

/** Of the largest class of parameters. */
export const paramsBytes = 180
