// Made from assembly/ by `npm run build`; do not edit.
import type { Layout, Layouts } from '../fields.js'

const adamUpdate: Layout = {
  rate: ['vector', 0],
  beta1: ['vector', 16],
  share1: ['vector', 32],
  beta2: ['vector', 48],
  share2: ['vector', 64],
  root: ['vector', 80],
  epsilon: ['vector', 96],
  kept: ['vector', 112],
  limit1: ['vector', 128],
  limit2: ['vector', 144],
  size: ['i32', 160],
  g: ['address', 164],
  m: ['address', 168],
  v: ['address', 172],
  w: ['address', 176],
}

const affineBias: Layout = {
  n: ['i32', 0],
  outSize: ['i32', 4],
  dy: ['address', 8],
  db: ['address', 12],
}

const poolWindow: Layout = {
  inH: ['i32', 0],
  inW: ['i32', 4],
  outH: ['i32', 8],
  outW: ['i32', 12],
  kH: ['i32', 16],
  kW: ['i32', 20],
  strideH: ['i32', 24],
  strideW: ['i32', 28],
  padTop: ['i32', 32],
  padLeft: ['i32', 36],
  taps: ['address', 40],
  phase: ['i32', 44],
  scratch: ['address', 48],
  scratchBytes: ['i32', 52],
  row: ['i32', 56],
}

const batchNorm: Layout = {
  n: ['i32', 0],
  channels: ['i32', 4],
  inner: ['i32', 8],
}

const batchNormRunning: Layout = {
  momentum: ['f64', 0],
  channels: ['i32', 8],
  batch: ['address', 12],
  running: ['address', 16],
}

const batchNormTables: Layout = {
  factors: ['address', 0],
  tableBytes: ['i32', 4],
}

const concatRows: Layout = {
  left: ['i32', 0],
  right: ['i32', 4],
  x: ['address', 8],
  z: ['address', 12],
  y: ['address', 16],
}

const conv2dBiasGradient: Layout = {
  n: ['i32', 0],
  filters: ['i32', 4],
  outSize: ['i32', 8],
  dy: ['address', 12],
  db: ['address', 16],
}

const conv2dGeometry: Layout = {
  groups: ['i32', 0],
  groupC: ['i32', 4],
  groupF: ['i32', 8],
  inH: ['i32', 12],
  inW: ['i32', 16],
  outH: ['i32', 20],
  outW: ['i32', 24],
  strideH: ['i32', 28],
  strideW: ['i32', 32],
  padTop: ['i32', 36],
  padLeft: ['i32', 40],
  area: ['i32', 44],
  rows: ['i32', 48],
  pitch: ['i32', 52],
  plane: ['i32', 56],
  phase: ['i32', 60],
  copied: ['flag', 64],
  phases: ['address', 68],
}

const conv2dPack: Layout = {
  panels: ['i32', 0],
  k: ['i32', 4],
  group: ['i32', 8],
  steps: ['address', 12],
  rows: ['address', 16],
  w: ['address', 20],
  to: ['address', 24],
  groupF: ['i32', 28],
  b: ['address', 32],
  biasTo: ['address', 36],
}

const winograd: Layout = {
  groups: ['i32', 0],
  groupC: ['i32', 4],
  groupF: ['i32', 8],
  inH: ['i32', 12],
  inW: ['i32', 16],
  outH: ['i32', 20],
  outW: ['i32', 24],
  padTop: ['i32', 28],
  padLeft: ['i32', 32],
  tilesH: ['i32', 36],
  tilesW: ['i32', 40],
  tiles: ['i32', 44],
  blocks: ['i32', 48],
  blockTiles: ['i32', 52],
  relu: ['flag', 56],
  x: ['address', 60],
  weights: ['address', 64],
  bias: ['address', 68],
  y: ['address', 72],
  flag: ['address', 76],
  scratch: ['address', 80],
  scratchBytes: ['i32', 84],
  rows: ['i32', 88],
  phase: ['i32', 92],
  rowsBytes: ['i32', 96],
  gathered: ['i32', 100],
  transformed: ['i32', 104],
  transformedStep: ['i32', 108],
  transformedPanel: ['i32', 112],
  products: ['i32', 116],
  productPanel: ['i32', 120],
}

const winogradWeights: Layout = {
  groupC: ['i32', 0],
  groupF: ['i32', 4],
  filterStep: ['i32', 8],
  channelStep: ['i32', 12],
  tapStep: ['i32', 16],
  firstTap: ['i32', 20],
  w: ['address', 24],
  to: ['address', 28],
  b: ['address', 32],
  biasTo: ['address', 36],
}

const gemm: Layout = {
  m: ['i32', 0],
  n: ['i32', 4],
  k: ['i32', 8],
  a: ['address', 12],
  transposeA: ['flag', 16],
  b: ['address', 20],
  transposeB: ['flag', 24],
  c: ['address', 28],
  bias: ['address', 32],
  relu: ['flag', 36],
  blocks: ['i32', 40],
  block: ['i32', 44],
  endBlock: ['i32', 48],
  rowParts: ['i32', 52],
  columnParts: ['i32', 56],
  packed: ['address', 60],
  blockBytes: ['i32', 64],
  own: ['address', 68],
  ownBytes: ['i32', 72],
  panels: ['i32', 76],
}

const geluForward: Layout = {
  size: ['i32', 0],
  x: ['address', 4],
  y: ['address', 8],
}

const geluBackward: Layout = {
  size: ['i32', 0],
  dy: ['address', 4],
  x: ['address', 8],
  dx: ['address', 12],
}

const siluForward: Layout = {
  size: ['i32', 0],
  x: ['address', 4],
  y: ['address', 8],
}

const siluBackward: Layout = {
  size: ['i32', 0],
  dy: ['address', 4],
  x: ['address', 8],
  dx: ['address', 12],
}

const sigmoidForward: Layout = {
  size: ['i32', 0],
  x: ['address', 4],
  y: ['address', 8],
}

const sigmoidBackward: Layout = {
  size: ['i32', 0],
  dy: ['address', 4],
  x: ['address', 8],
  dx: ['address', 12],
}

const tanhForward: Layout = {
  size: ['i32', 0],
  x: ['address', 4],
  y: ['address', 8],
}

const tanhBackward: Layout = {
  size: ['i32', 0],
  dy: ['address', 4],
  x: ['address', 8],
  dx: ['address', 12],
}

const leakyReluForward: Layout = {
  slope: ['vector', 0],
  size: ['i32', 16],
  x: ['address', 20],
  y: ['address', 24],
}

const leakyReluBackward: Layout = {
  slope: ['vector', 0],
  size: ['i32', 16],
  dy: ['address', 20],
  x: ['address', 24],
  dx: ['address', 28],
}

const meanSquaredErrorForward: Layout = {
  scale: ['vector', 0],
  size: ['i32', 16],
  x: ['address', 20],
  t: ['address', 24],
  terms: ['address', 28],
}

const meanSquaredErrorBackward: Layout = {
  scale: ['vector', 0],
  size: ['i32', 16],
  x: ['address', 20],
  t: ['address', 24],
  dx: ['address', 28],
}

const binaryCrossEntropyWithLogitsForward: Layout = {
  scale: ['vector', 0],
  size: ['i32', 16],
  x: ['address', 20],
  t: ['address', 24],
  terms: ['address', 28],
}

const binaryCrossEntropyWithLogitsBackward: Layout = {
  scale: ['vector', 0],
  size: ['i32', 16],
  x: ['address', 20],
  t: ['address', 24],
  dx: ['address', 28],
}

const nesterovUpdate: Layout = {
  learningRate: ['vector', 0],
  momentum: ['vector', 16],
  weightDecay: ['vector', 32],
  size: ['i32', 48],
  g: ['address', 52],
  v: ['address', 56],
  w: ['address', 60],
}

const groupNorm: Layout = {
  eps: ['f64', 0],
  n: ['i32', 8],
  channels: ['i32', 12],
  inner: ['i32', 16],
  groups: ['i32', 20],
  x: ['address', 24],
  gamma: ['address', 28],
  mean: ['address', 32],
  variance: ['address', 36],
  scratch: ['address', 40],
}

const maxPool2dTiles: Layout = {
  inH: ['i32', 0],
  inW: ['i32', 4],
  outH: ['i32', 8],
  outW: ['i32', 12],
  x: ['address', 16],
  y: ['address', 20],
}

const reluForward: Layout = {
  size: ['i32', 0],
  x: ['address', 4],
  y: ['address', 8],
}

const reluBackward: Layout = {
  size: ['i32', 0],
  dy: ['address', 4],
  y: ['address', 8],
  dx: ['address', 12],
}

const rmspropUpdate: Layout = {
  rate: ['vector', 0],
  decay: ['vector', 16],
  share: ['vector', 32],
  epsilon: ['vector', 48],
  limit: ['vector', 64],
  size: ['i32', 80],
  g: ['address', 84],
  v: ['address', 88],
  w: ['address', 92],
}

const sgdMomentumUpdate: Layout = {
  rate: ['vector', 0],
  momentum: ['vector', 16],
  limit: ['vector', 32],
  size: ['i32', 48],
  g: ['address', 52],
  v: ['address', 56],
  w: ['address', 60],
}

const lossForward: Layout = {
  classes: ['i32', 0],
  logits: ['address', 4],
  labels: ['address', 8],
  terms: ['address', 12],
}

const lossBackward: Layout = {
  scale: ['vector', 0],
  classes: ['i32', 16],
  logits: ['address', 20],
  labels: ['address', 24],
  dlogits: ['address', 28],
}

const smallProduct: Layout = {
  m: ['i32', 0],
  n: ['i32', 4],
  k: ['i32', 8],
  a: ['address', 12],
  aRow: ['i32', 16],
  aStep: ['i32', 20],
  b: ['address', 24],
  c: ['address', 28],
  bias: ['address', 32],
  biasStep: ['i32', 36],
  relu: ['flag', 40],
  columns: ['i32', 44],
}

const vectorScale: Layout = {
  a: ['vector', 0],
  size: ['i32', 16],
  y: ['address', 20],
}

const vectorCopy: Layout = {
  size: ['i32', 0],
  x: ['address', 4],
  y: ['address', 8],
}

const vectorAddScaled: Layout = {
  a: ['vector', 0],
  size: ['i32', 16],
  x: ['address', 20],
  y: ['address', 24],
}

const vectorMultiply: Layout = {
  size: ['i32', 0],
  x: ['address', 4],
  m: ['address', 8],
  y: ['address', 12],
}

const vectorSquares: Layout = {
  size: ['i32', 0],
  x: ['address', 4],
  partials: ['address', 8],
}

const vectorTotal: Layout = {
  scale: ['f64', 0],
  count: ['i32', 8],
  terms: ['address', 12],
  y: ['address', 16],
}

const avgPool2d: Layout = {
  ...poolWindow,
  widths: ['i32', 60],
  countIncludePad: ['flag', 64],
}

const batchNormStatistics: Layout = {
  ...batchNorm,
  x: ['address', 12],
  mean: ['address', 16],
  variance: ['address', 20],
  scratch: ['address', 24],
}

const batchNormNormalizeImages: Layout = {
  ...batchNorm,
  eps: ['f64', 16],
  x: ['address', 24],
  gamma: ['address', 28],
  beta: ['address', 32],
  mean: ['address', 36],
  variance: ['address', 40],
  y: ['address', 44],
}

const batchNormReduceImages: Layout = {
  ...batchNorm,
  eps: ['f64', 16],
  dy: ['address', 24],
  x: ['address', 28],
  mean: ['address', 32],
  variance: ['address', 36],
  dgamma: ['address', 40],
  dbeta: ['address', 44],
  scratch: ['address', 48],
}

const batchNormInputImages: Layout = {
  ...batchNorm,
  eps: ['f64', 16],
  count: ['f64', 24],
  dy: ['address', 32],
  x: ['address', 36],
  gamma: ['address', 40],
  mean: ['address', 44],
  variance: ['address', 48],
  dgamma: ['address', 52],
  dbeta: ['address', 56],
  dx: ['address', 60],
}

const batchNormInputFixedImages: Layout = {
  ...batchNorm,
  eps: ['f64', 16],
  dy: ['address', 24],
  gamma: ['address', 28],
  variance: ['address', 32],
  dx: ['address', 36],
}

const batchNormFactors: Layout = {
  ...batchNormTables,
  eps: ['f64', 8],
  count: ['f64', 16],
  channels: ['i32', 24],
  variance: ['address', 28],
  gamma: ['address', 32],
  dgamma: ['address', 36],
  dbeta: ['address', 40],
}

const batchNormNormalizeVectors: Layout = {
  ...batchNormTables,
  channels: ['i32', 8],
  x: ['address', 12],
  beta: ['address', 16],
  mean: ['address', 20],
  y: ['address', 24],
}

const batchNormInputVectors: Layout = {
  ...batchNormTables,
  channels: ['i32', 8],
  dy: ['address', 12],
  x: ['address', 16],
  mean: ['address', 20],
  dx: ['address', 24],
}

const batchNormInputFixedVectors: Layout = {
  ...batchNormTables,
  channels: ['i32', 8],
  dy: ['address', 12],
  dx: ['address', 16],
}

const batchNormReduceVectors: Layout = {
  ...batchNormTables,
  n: ['i32', 8],
  channels: ['i32', 12],
  dy: ['address', 16],
  x: ['address', 20],
  mean: ['address', 24],
  dgamma: ['address', 28],
  dbeta: ['address', 32],
  scratch: ['address', 36],
}

const conv2dForward: Layout = {
  ...conv2dGeometry,
  strips: ['i32', 72],
  stripRows: ['i32', 76],
  taps: ['address', 80],
  k: ['i32', 84],
  rowTaps: ['i32', 88],
  blockK: ['i32', 92],
  dilationH: ['i32', 96],
  relu: ['flag', 100],
  x: ['address', 104],
  weights: ['address', 108],
  bias: ['address', 112],
  y: ['address', 116],
  scratch: ['address', 120],
  scratchBytes: ['i32', 124],
  spare: ['i32', 128],
  padded: ['i32', 132],
}

const conv2dInputGradient: Layout = {
  ...conv2dGeometry,
  blocks: ['i32', 72],
  panels: ['i32', 76],
  disjoint: ['flag', 80],
  taps: ['address', 84],
  dy: ['address', 88],
  weights: ['address', 92],
  dx: ['address', 96],
  scratch: ['address', 100],
  scratchBytes: ['i32', 104],
  spare: ['i32', 108],
  padded: ['i32', 112],
}

const conv2dWeightGradient: Layout = {
  ...conv2dGeometry,
  n: ['i32', 72],
  slices: ['i32', 76],
  blocks: ['i32', 80],
  blockTaps: ['i32', 84],
  images: ['i32', 88],
  pixels: ['i32', 92],
  direct: ['flag', 96],
  kW: ['i32', 100],
  dilationH: ['i32', 104],
  dilationW: ['i32', 108],
  taps: ['address', 112],
  dy: ['address', 116],
  x: ['address', 120],
  partial: ['address', 124],
  dw: ['address', 128],
  scratch: ['address', 132],
  scratchBytes: ['i32', 136],
  gathered: ['i32', 140],
  addresses: ['i32', 144],
  filters: ['i32', 148],
  padded: ['i32', 152],
}

const groupNormForward: Layout = {
  ...groupNorm,
  beta: ['address', 44],
  y: ['address', 48],
}

const groupNormBackward: Layout = {
  ...groupNorm,
  dy: ['address', 44],
  dx: ['address', 48],
  dgamma: ['address', 52],
  dbeta: ['address', 56],
  table: ['address', 60],
}

const maxPool2dTilesBackward: Layout = {
  ...maxPool2dTiles,
  dy: ['address', 24],
  dx: ['address', 28],
}

const maxPool2dForward: Layout = {
  ...poolWindow,
  x: ['address', 60],
  y: ['address', 64],
}

const maxPool2dBackward: Layout = {
  ...poolWindow,
  x: ['address', 60],
  y: ['address', 64],
  dy: ['address', 68],
  dx: ['address', 72],
}

const smallProductRows: Layout = {
  ...smallProduct,
  rows: ['i32', 48],
  across: ['i32', 52],
}

const avgPool2dForward: Layout = {
  ...avgPool2d,
  x: ['address', 68],
  y: ['address', 72],
}

const avgPool2dBackward: Layout = {
  ...avgPool2d,
  dy: ['address', 68],
  dx: ['address', 72],
  before: ['i32', 76],
  shares: ['i32', 80],
}

export const layouts: Layouts = {
  adamUpdate,
  affineBackwardBias: affineBias,
  avgPool2dForward,
  avgPool2dBackward,
  batchNormStatisticsImages: batchNormStatistics,
  batchNormNormalizeImages,
  batchNormReduceImages,
  batchNormInputImages,
  batchNormInputFixedImages,
  batchNormRunning,
  batchNormFactors,
  batchNormNormalizeVectors,
  batchNormInputVectors,
  batchNormInputFixedVectors,
  batchNormStatisticsVectors: batchNormStatistics,
  batchNormReduceVectors,
  concatForward: concatRows,
  concatBackward: concatRows,
  conv2dBiasGradient,
  conv2dSingleForward: conv2dForward,
  conv2dSingleInputGradient: conv2dInputGradient,
  conv2dForward,
  conv2dInputGradient,
  conv2dPack,
  conv2dWeightGradient,
  conv2dWeightSum: conv2dWeightGradient,
  conv2dWinograd: winograd,
  conv2dWinogradWeights: winogradWeights,
  gemmPack: gemm,
  gemmMultiply: gemm,
  gemmWhole: gemm,
  geluForward,
  geluBackward,
  siluForward,
  siluBackward,
  sigmoidForward,
  sigmoidBackward,
  tanhForward,
  tanhBackward,
  leakyReluForward,
  leakyReluBackward,
  meanSquaredErrorForward,
  meanSquaredErrorBackward,
  binaryCrossEntropyWithLogitsForward,
  binaryCrossEntropyWithLogitsBackward,
  nesterovUpdate,
  groupNormForward,
  groupNormBackwardImages: groupNormBackward,
  groupNormParametersImages: groupNormBackward,
  groupNormBackwardVectors: groupNormBackward,
  groupNormDeviations: groupNormBackward,
  groupNormParametersVectors: groupNormBackward,
  maxPool2dForward2x2: maxPool2dTiles,
  maxPool2dBackward2x2: maxPool2dTilesBackward,
  maxPool2dForward,
  maxPool2dBackward,
  reluForward,
  reluBackward,
  rmspropUpdate,
  sgdMomentumUpdate,
  softmaxCrossEntropyForward: lossForward,
  softmaxCrossEntropyBackward: lossBackward,
  svmLossForward: lossForward,
  svmLossBackward: lossBackward,
  smallProductRows,
  smallProductDots: smallProduct,
  vectorFill: vectorScale,
  vectorCopy,
  vectorScale,
  vectorAddScaled,
  vectorMultiply,
  vectorSquares,
  vectorTotal,
}
