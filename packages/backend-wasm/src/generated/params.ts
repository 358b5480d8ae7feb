// Made from assembly/ by `npm run build`; do not edit.
import type { AddressField, Count, Scalar } from '../storage.js'

export interface AdamUpdate {
  /** learningRate / (1 - beta1^step) */
  readonly rate: Scalar
  readonly beta1: Scalar
  /** 1 - beta1 */
  readonly share1: Scalar
  readonly beta2: Scalar
  /** sqrt(1 - beta2) */
  readonly share2: Scalar
  /** 1 / sqrt(1 - beta2^step) */
  readonly root: Scalar
  readonly epsilon: Scalar
  /** 1 - learningRate * weightDecay */
  readonly kept: Scalar
  /** Gradients below these add nothing to m and v. */
  readonly limit1: Scalar
  readonly limit2: Scalar
  readonly size: Count
  readonly g: AddressField
  readonly m: AddressField
  readonly v: AddressField
  readonly w: AddressField
}

export interface AffineBias {
  readonly n: Count
  readonly outSize: Count
  readonly dy: AddressField
  readonly db: AddressField
}

/** Rows with stride sw are worked on in sw phases: column c is number c / sw of phase c % sw. */
export interface PoolWindow {
  readonly inH: Count
  readonly inW: Count
  readonly outH: Count
  readonly outW: Count
  readonly kH: Count
  readonly kW: Count
  readonly strideH: Count
  readonly strideW: Count
  readonly padTop: Count
  readonly padLeft: Count
  /** Where tap j of output column 0 stands in a row of phases: int32, in bytes. */
  readonly taps: AddressField
  /** Bytes of a phase. */
  readonly phase: Count
  /** Memory of each thread; phases stand first, */
  readonly scratch: AddressField
  readonly scratchBytes: Count
  /** and so many bytes from its start a row: of x, or of y, in whole vectors. */
  readonly row: Count
}

/** x (n, channels, inner). Kernels for images take any inner; those for vectors take 1. */
export interface BatchNorm {
  readonly n: Count
  readonly channels: Count
  readonly inner: Count
}

export interface BatchNormRunning {
  readonly momentum: Scalar
  readonly channels: Count
  readonly batch: AddressField
  readonly running: AddressField
}

/** What `batchNormFactors` computes for the other kernels for vectors: FACTOR_TABLES tables of tableBytes. */
export interface BatchNormTables {
  readonly factors: AddressField
  readonly tableBytes: Count
}

export interface ConcatRows {
  readonly left: Count
  readonly right: Count
  readonly x: AddressField
  readonly z: AddressField
  readonly y: AddressField
}

export interface Conv2dBiasGradient {
  readonly n: Count
  readonly filters: Count
  readonly outSize: Count
  readonly dy: AddressField
  readonly db: AddressField
}

/**
 * Where the taps of a convolution find the pixels of an image that is padded and split into phases: a row holds the
 * columns 0, strideW, 2 strideW, ... first, then the columns 1, 1 + strideW, ..., so that what a tap reads for
 * neighbouring outputs lies side by side at every stride. Pixel (p, q) of tap t is at
 * p * strideH * pitch + q numbers and taps[t] bytes. Without padding, at strideW 1, the image itself has this form.
 */
export interface Conv2dGeometry {
  readonly groups: Count
  /** Channels and filters of one group. */
  readonly groupC: Count
  readonly groupF: Count
  readonly inH: Count
  readonly inW: Count
  readonly outH: Count
  readonly outW: Count
  readonly strideH: Count
  readonly strideW: Count
  readonly padTop: Count
  readonly padLeft: Count
  /** Taps of a channel. */
  readonly area: Count
  /** Rows of the padded image, numbers of its rows and planes, columns of a phase. */
  readonly rows: Count
  readonly pitch: Count
  readonly plane: Count
  readonly phase: Count
  /** False where the image itself is used. */
  readonly copied: boolean
  /** A phase's first column inside the image, the one after its last, and the image's column that the first is. */
  readonly phases: AddressField
}

export interface Conv2dPack {
  /** Panels of a group, steps of a panel, numbers from one group to the next. */
  readonly panels: Count
  readonly k: Count
  readonly group: Count
  /** Where each step is in a row. */
  readonly steps: AddressField
  /** Where a group's rows start, MR a panel; -1 for a row that is not there. */
  readonly rows: AddressField
  readonly w: AddressField
  readonly to: AddressField
  /** Filters of a group; bias and biasTo, MR a panel, or 0. */
  readonly groupF: Count
  readonly b: AddressField
  readonly biasTo: AddressField
}

/** Parameters of the Winograd kernel. Places in a thread's own memory are in bytes from its start. */
export interface Winograd {
  readonly groups: Count
  readonly groupC: Count
  readonly groupF: Count
  readonly inH: Count
  readonly inW: Count
  readonly outH: Count
  readonly outW: Count
  /** May be negative: so much of the image is cut off. */
  readonly padTop: Count
  readonly padLeft: Count
  /** Tiles of an image, and of the batch. */
  readonly tilesH: Count
  readonly tilesW: Count
  readonly tiles: Count
  /** Blocks of tiles, and the tiles of each: whole panels of NR. */
  readonly blocks: Count
  readonly blockTiles: Count
  readonly relu: boolean
  readonly x: AddressField
  readonly weights: AddressField
  readonly bias: AddressField
  readonly y: AddressField
  /** Set to 1 where an output is NaN or infinite. */
  readonly flag: AddressField
  readonly scratch: AddressField
  readonly scratchBytes: Count
  /** Rows of one channel: even columns, then odd ones, `phase` bytes each. */
  readonly rows: Count
  readonly phase: Count
  readonly rowsBytes: Count
  /** GATHERED_BYTES: a vector of tiles that do not stand side by side, or its outputs. */
  readonly gathered: Count
  /** B^T d B: PRODUCTS matrices, each of panels of NR tiles, all channels. */
  readonly transformed: Count
  readonly transformedStep: Count
  readonly transformedPanel: Count
  /** The products: panels of NR tiles, all filters, and for each a step of every product. */
  readonly products: Count
  readonly productPanel: Count
}

export interface WinogradWeights {
  readonly groupC: Count
  readonly groupF: Count
  /** Numbers from one filter, channel and tap to the next; the first tap of the first. */
  readonly filterStep: Count
  readonly channelStep: Count
  readonly tapStep: Count
  readonly firstTap: Count
  readonly w: AddressField
  readonly to: AddressField
  /** Bias, or 0, and MR a panel. */
  readonly b: AddressField
  readonly biasTo: AddressField
}

/** C = op(A) op(B) (+ bias of each column) (then ReLU), in `blocks` blocks of K. */
export interface Gemm {
  readonly m: Count
  readonly n: Count
  readonly k: Count
  /** (m, k), or (k, m) where it is to be transposed. */
  readonly a: AddressField
  readonly transposeA: boolean
  /** (k, n), or (n, k) where it is to be transposed. */
  readonly b: AddressField
  readonly transposeB: boolean
  readonly c: AddressField
  readonly bias: AddressField
  readonly relu: boolean
  readonly blocks: Count
  /** The first block of this call, and the one after its last. */
  readonly block: Count
  readonly endBlock: Count
  /** Parts that the panels of rows, and those of columns, are shared out in. */
  readonly rowParts: Count
  readonly columnParts: Count
  /** The call's blocks of A, each in panels of MR rows. */
  readonly packed: AddressField
  readonly blockBytes: Count
  /** Memory of each thread: an edge tile, and so many bytes from its start a part's panels of B. */
  readonly own: AddressField
  readonly ownBytes: Count
  readonly panels: Count
}

export interface GeluForward {
  readonly size: Count
  readonly x: AddressField
  readonly y: AddressField
}

export interface GeluBackward {
  readonly size: Count
  readonly dy: AddressField
  readonly x: AddressField
  readonly dx: AddressField
}

export interface SiluForward {
  readonly size: Count
  readonly x: AddressField
  readonly y: AddressField
}

export interface SiluBackward {
  readonly size: Count
  readonly dy: AddressField
  readonly x: AddressField
  readonly dx: AddressField
}

export interface SigmoidForward {
  readonly size: Count
  readonly x: AddressField
  readonly y: AddressField
}

export interface SigmoidBackward {
  readonly size: Count
  readonly dy: AddressField
  readonly x: AddressField
  readonly dx: AddressField
}

export interface TanhForward {
  readonly size: Count
  readonly x: AddressField
  readonly y: AddressField
}

export interface TanhBackward {
  readonly size: Count
  readonly dy: AddressField
  readonly x: AddressField
  readonly dx: AddressField
}

export interface LeakyReluForward {
  readonly slope: Scalar
  readonly size: Count
  readonly x: AddressField
  readonly y: AddressField
}

export interface LeakyReluBackward {
  readonly slope: Scalar
  readonly size: Count
  readonly dy: AddressField
  readonly x: AddressField
  readonly dx: AddressField
}

export interface MeanSquaredErrorForward {
  readonly scale: Scalar
  readonly size: Count
  readonly x: AddressField
  readonly t: AddressField
  readonly terms: AddressField
}

export interface MeanSquaredErrorBackward {
  readonly scale: Scalar
  readonly size: Count
  readonly x: AddressField
  readonly t: AddressField
  readonly dx: AddressField
}

export interface BinaryCrossEntropyWithLogitsForward {
  readonly scale: Scalar
  readonly size: Count
  readonly x: AddressField
  readonly t: AddressField
  readonly terms: AddressField
}

export interface BinaryCrossEntropyWithLogitsBackward {
  readonly scale: Scalar
  readonly size: Count
  readonly x: AddressField
  readonly t: AddressField
  readonly dx: AddressField
}

export interface NesterovUpdate {
  readonly learningRate: Scalar
  readonly momentum: Scalar
  readonly weightDecay: Scalar
  readonly size: Count
  readonly g: AddressField
  readonly v: AddressField
  readonly w: AddressField
}

/** x (n, channels, inner). */
export interface GroupNorm {
  readonly eps: Scalar
  readonly n: Count
  readonly channels: Count
  readonly inner: Count
  readonly groups: Count
  readonly x: AddressField
  readonly gamma: AddressField
  readonly mean: AddressField
  readonly variance: AddressField
  /** Accumulators, LINE_SUMS_BYTES a thread. */
  readonly scratch: AddressField
}

export interface MaxPool2dTiles {
  readonly inH: Count
  readonly inW: Count
  readonly outH: Count
  readonly outW: Count
  readonly x: AddressField
  readonly y: AddressField
}

export interface ReluForward {
  readonly size: Count
  readonly x: AddressField
  readonly y: AddressField
}

export interface ReluBackward {
  readonly size: Count
  readonly dy: AddressField
  readonly y: AddressField
  readonly dx: AddressField
}

export interface RmspropUpdate {
  readonly rate: Scalar
  readonly decay: Scalar
  /** sqrt(1 - decay) */
  readonly share: Scalar
  readonly epsilon: Scalar
  /** Gradients below it add nothing to v. */
  readonly limit: Scalar
  readonly size: Count
  readonly g: AddressField
  readonly v: AddressField
  readonly w: AddressField
}

export interface SgdMomentumUpdate {
  /** -learningRate */
  readonly rate: Scalar
  readonly momentum: Scalar
  /** Gradients below it add nothing to v. */
  readonly limit: Scalar
  readonly size: Count
  readonly g: AddressField
  readonly v: AddressField
  readonly w: AddressField
}

/** What a loss leaves is a term a row, in double; they are added up afterwards. */
export interface LossForward {
  readonly classes: Count
  readonly logits: AddressField
  readonly labels: AddressField
  readonly terms: AddressField
}

export interface LossBackward {
  readonly scale: Scalar
  readonly classes: Count
  readonly logits: AddressField
  readonly labels: AddressField
  readonly dlogits: AddressField
}

/** C = A op(B) (+ bias) (then ReLU), for fewer rows, or a smaller K, than packing pays for. */
export interface SmallProduct {
  readonly m: Count
  readonly n: Count
  readonly k: Count
  readonly a: AddressField
  /** Bytes from a row of A to the next, and from a k to the next. */
  readonly aRow: Count
  readonly aStep: Count
  readonly b: AddressField
  readonly c: AddressField
  readonly bias: AddressField
  /** Bytes from a column's bias to the next: 0 where all have the same. */
  readonly biasStep: Count
  readonly relu: boolean
  /** Columns of a unit. */
  readonly columns: Count
}

export interface VectorScale {
  readonly a: Scalar
  readonly size: Count
  readonly y: AddressField
}

export interface VectorCopy {
  readonly size: Count
  readonly x: AddressField
  readonly y: AddressField
}

export interface VectorAddScaled {
  readonly a: Scalar
  readonly size: Count
  readonly x: AddressField
  readonly y: AddressField
}

export interface VectorMultiply {
  readonly size: Count
  readonly x: AddressField
  readonly m: AddressField
  readonly y: AddressField
}

export interface VectorSquares {
  readonly size: Count
  readonly x: AddressField
  readonly partials: AddressField
}

export interface VectorTotal {
  readonly scale: Scalar
  readonly count: Count
  readonly terms: AddressField
  readonly y: AddressField
}

export interface AvgPool2d extends PoolWindow {
  /** Place in a thread's own memory, in bytes from its start: a row of how many columns lie under each window. */
  readonly widths: Count
  /** Whether padding counts into the divisor. */
  readonly countIncludePad: boolean
}

export interface BatchNormStatistics extends BatchNorm {
  readonly x: AddressField
  readonly mean: AddressField
  readonly variance: AddressField
  /** Accumulators, LINE_SUMS_BYTES a thread. */
  readonly scratch: AddressField
}

export interface BatchNormNormalizeImages extends BatchNorm {
  readonly eps: Scalar
  readonly x: AddressField
  readonly gamma: AddressField
  readonly beta: AddressField
  readonly mean: AddressField
  readonly variance: AddressField
  readonly y: AddressField
}

export interface BatchNormReduceImages extends BatchNorm {
  readonly eps: Scalar
  readonly dy: AddressField
  readonly x: AddressField
  readonly mean: AddressField
  readonly variance: AddressField
  readonly dgamma: AddressField
  readonly dbeta: AddressField
  /** Accumulators, LINE_SUMS_BYTES a thread. */
  readonly scratch: AddressField
}

export interface BatchNormInputImages extends BatchNorm {
  readonly eps: Scalar
  readonly count: Scalar
  readonly dy: AddressField
  readonly x: AddressField
  readonly gamma: AddressField
  readonly mean: AddressField
  readonly variance: AddressField
  readonly dgamma: AddressField
  readonly dbeta: AddressField
  readonly dx: AddressField
}

export interface BatchNormInputFixedImages extends BatchNorm {
  readonly eps: Scalar
  readonly dy: AddressField
  readonly gamma: AddressField
  readonly variance: AddressField
  readonly dx: AddressField
}

export interface BatchNormFactors extends BatchNormTables {
  readonly eps: Scalar
  /** Read where there is a dgamma. */
  readonly count: Scalar
  readonly channels: Count
  readonly variance: AddressField
  /** Or 0; and so are the next two, which go together. */
  readonly gamma: AddressField
  readonly dgamma: AddressField
  readonly dbeta: AddressField
}

export interface BatchNormNormalizeVectors extends BatchNormTables {
  readonly channels: Count
  readonly x: AddressField
  readonly beta: AddressField
  readonly mean: AddressField
  readonly y: AddressField
}

export interface BatchNormInputVectors extends BatchNormTables {
  readonly channels: Count
  readonly dy: AddressField
  readonly x: AddressField
  readonly mean: AddressField
  readonly dx: AddressField
}

export interface BatchNormInputFixedVectors extends BatchNormTables {
  readonly channels: Count
  readonly dy: AddressField
  readonly dx: AddressField
}

export interface BatchNormReduceVectors extends BatchNormTables {
  readonly n: Count
  readonly channels: Count
  readonly dy: AddressField
  readonly x: AddressField
  readonly mean: AddressField
  readonly dgamma: AddressField
  readonly dbeta: AddressField
  /** Accumulators, LINE_SUMS_BYTES a thread. */
  readonly scratch: AddressField
}

/** Parameters of the forward kernels. */
export interface Conv2dForward extends Conv2dGeometry {
  /** Strips of output rows that an image is cut into, and the rows of each. */
  readonly strips: Count
  readonly stripRows: Count
  readonly taps: AddressField
  /** Taps, row by row of the filter; of a row; and of a block. */
  readonly k: Count
  readonly rowTaps: Count
  readonly blockK: Count
  readonly dilationH: Count
  readonly relu: boolean
  readonly x: AddressField
  readonly weights: AddressField
  readonly bias: AddressField
  readonly y: AddressField
  /** Memory of each thread, and places in it, in bytes from its start: a panel of taps, a tile, padded planes. */
  readonly scratch: AddressField
  readonly scratchBytes: Count
  readonly spare: Count
  readonly padded: Count
}

/** Parameters of the kernels for dx. */
export interface Conv2dInputGradient extends Conv2dGeometry {
  /** Blocks of channels that a group is cut into, and panels of four taps that a block has room for. */
  readonly blocks: Count
  readonly panels: Count
  /** True where the four taps of a panel never meet in one vector. */
  readonly disjoint: boolean
  /** Where each tap of each block is, in the block's padded planes; -1 for a tap that is not there. */
  readonly taps: AddressField
  readonly dy: AddressField
  readonly weights: AddressField
  readonly dx: AddressField
  /** Memory of each thread, and places in it, in bytes from its start: a panel of dy, a tile, padded planes. */
  readonly scratch: AddressField
  readonly scratchBytes: Count
  readonly spare: Count
  readonly padded: Count
}

export interface Conv2dWeightGradient extends Conv2dGeometry {
  readonly n: Count
  /** Parts of the batch, and blocks of taps that a group is cut into. */
  readonly slices: Count
  readonly blocks: Count
  /** Taps of a block, an even number. */
  readonly blockTaps: Count
  /** Images of a chunk, and pixels of an image in it: whole images, or a part of one. */
  readonly images: Count
  readonly pixels: Count
  /** True where chunks are whole rows of whole vectors of one image, so that nothing need be gathered. */
  readonly direct: boolean
  readonly kW: Count
  readonly dilationH: Count
  readonly dilationW: Count
  /** Where each tap of a channel is, in the channel's plane. */
  readonly taps: AddressField
  readonly dy: AddressField
  readonly x: AddressField
  /** dw of each slice. */
  readonly partial: AddressField
  readonly dw: AddressField
  /**
   * Memory of each thread, and places in it, in bytes from its start: vectors of sums, rows that are gathered, the
   * addresses of as many taps, interleaved filters, padded planes.
   */
  readonly scratch: AddressField
  readonly scratchBytes: Count
  readonly gathered: Count
  readonly addresses: Count
  readonly filters: Count
  readonly padded: Count
}

export interface GroupNormForward extends GroupNorm {
  readonly beta: AddressField
  readonly y: AddressField
}

export interface GroupNormBackward extends GroupNorm {
  readonly dy: AddressField
  /** These three, or 0. */
  readonly dx: AddressField
  readonly dgamma: AddressField
  readonly dbeta: AddressField
  /** Between the phases: the sums of each row (n, c), ROW_SUMS_BYTES; or 1 / deviation of each group. */
  readonly table: AddressField
}

export interface MaxPool2dTilesBackward extends MaxPool2dTiles {
  readonly dy: AddressField
  readonly dx: AddressField
}

export interface MaxPool2dForward extends PoolWindow {
  readonly x: AddressField
  readonly y: AddressField
}

export interface MaxPool2dBackward extends PoolWindow {
  readonly x: AddressField
  readonly y: AddressField
  readonly dy: AddressField
  readonly dx: AddressField
}

export interface SmallProductRows extends SmallProduct {
  /** Rows of a unit, and units that lie side by side. */
  readonly rows: Count
  readonly across: Count
}

export interface AvgPool2dForward extends AvgPool2d {
  readonly x: AddressField
  readonly y: AddressField
}

export interface AvgPool2dBackward extends AvgPool2d {
  readonly dy: AddressField
  readonly dx: AddressField
  /** Likewise: zeros that stand for the windows before the first, and a phase of shares, with zeros behind the last. */
  readonly before: Count
  readonly shares: Count
}

/** What each kernel is called with. */
export interface KernelParams {
  readonly adamUpdate: AdamUpdate
  readonly affineBackwardBias: AffineBias
  readonly avgPool2dForward: AvgPool2dForward
  readonly avgPool2dBackward: AvgPool2dBackward
  readonly batchNormStatisticsImages: BatchNormStatistics
  readonly batchNormNormalizeImages: BatchNormNormalizeImages
  readonly batchNormReduceImages: BatchNormReduceImages
  readonly batchNormInputImages: BatchNormInputImages
  readonly batchNormInputFixedImages: BatchNormInputFixedImages
  readonly batchNormRunning: BatchNormRunning
  readonly batchNormFactors: BatchNormFactors
  readonly batchNormNormalizeVectors: BatchNormNormalizeVectors
  readonly batchNormInputVectors: BatchNormInputVectors
  readonly batchNormInputFixedVectors: BatchNormInputFixedVectors
  readonly batchNormStatisticsVectors: BatchNormStatistics
  readonly batchNormReduceVectors: BatchNormReduceVectors
  readonly concatForward: ConcatRows
  readonly concatBackward: ConcatRows
  readonly conv2dBiasGradient: Conv2dBiasGradient
  readonly conv2dSingleForward: Conv2dForward
  readonly conv2dSingleInputGradient: Conv2dInputGradient
  readonly conv2dForward: Conv2dForward
  readonly conv2dInputGradient: Conv2dInputGradient
  readonly conv2dPack: Conv2dPack
  readonly conv2dWeightGradient: Conv2dWeightGradient
  readonly conv2dWeightSum: Conv2dWeightGradient
  readonly conv2dWinograd: Winograd
  readonly conv2dWinogradWeights: WinogradWeights
  readonly gemmPack: Gemm
  readonly gemmMultiply: Gemm
  readonly gemmWhole: Gemm
  readonly geluForward: GeluForward
  readonly geluBackward: GeluBackward
  readonly siluForward: SiluForward
  readonly siluBackward: SiluBackward
  readonly sigmoidForward: SigmoidForward
  readonly sigmoidBackward: SigmoidBackward
  readonly tanhForward: TanhForward
  readonly tanhBackward: TanhBackward
  readonly leakyReluForward: LeakyReluForward
  readonly leakyReluBackward: LeakyReluBackward
  readonly meanSquaredErrorForward: MeanSquaredErrorForward
  readonly meanSquaredErrorBackward: MeanSquaredErrorBackward
  readonly binaryCrossEntropyWithLogitsForward: BinaryCrossEntropyWithLogitsForward
  readonly binaryCrossEntropyWithLogitsBackward: BinaryCrossEntropyWithLogitsBackward
  readonly nesterovUpdate: NesterovUpdate
  readonly groupNormForward: GroupNormForward
  readonly groupNormBackwardImages: GroupNormBackward
  readonly groupNormParametersImages: GroupNormBackward
  readonly groupNormBackwardVectors: GroupNormBackward
  readonly groupNormDeviations: GroupNormBackward
  readonly groupNormParametersVectors: GroupNormBackward
  readonly maxPool2dForward2x2: MaxPool2dTiles
  readonly maxPool2dBackward2x2: MaxPool2dTilesBackward
  readonly maxPool2dForward: MaxPool2dForward
  readonly maxPool2dBackward: MaxPool2dBackward
  readonly reluForward: ReluForward
  readonly reluBackward: ReluBackward
  readonly rmspropUpdate: RmspropUpdate
  readonly sgdMomentumUpdate: SgdMomentumUpdate
  readonly softmaxCrossEntropyForward: LossForward
  readonly softmaxCrossEntropyBackward: LossBackward
  readonly svmLossForward: LossForward
  readonly svmLossBackward: LossBackward
  readonly smallProductRows: SmallProductRows
  readonly smallProductDots: SmallProduct
  readonly vectorFill: VectorScale
  readonly vectorCopy: VectorCopy
  readonly vectorScale: VectorScale
  readonly vectorAddScaled: VectorAddScaled
  readonly vectorMultiply: VectorMultiply
  readonly vectorSquares: VectorSquares
  readonly vectorTotal: VectorTotal
}
