import type { Conv2dDims } from '@convkit/api'
import { wholeLines } from '../../cacheLines.js'
import {
  panelRows,
  stepBytes,
  winogradGatheredBytes,
  winogradPlaceBytes,
  winogradProducts,
  winogradProductsBytes,
} from '../../generated/constants.js'
import type { Runtime } from '../../runtime.js'
import type { Correlation } from './correlation.js'
import { group, unitsPerThread } from './geometry.js'

/** Bytes of a block's transformed tiles and products, which stay in the second-level cache. */
const blockBytes = 1 << 19
/** Fewer panels a block would go through the weights too often. */
const fewestPanels = 4
/** A cache line between panels, so that they do not compete for the same sets of the cache. */
const gap = 64
/** Products (channels times filters) a transform (channels plus filters), the share of the products that is saved, tiles. */
const [fewestProducts, leastSaved, fewestTiles] = [5, 0.2, 4]

/** Whether Winograd's way is open, and pays by what was measured; tiles may stand out over the edges, or fill no panel. */
export function pays(d: Conv2dDims): boolean {
  if (d.kH !== 3 || d.kW !== 3 || d.strideH * d.strideW * d.dilationH * d.dilationW !== 1) return false
  const { groupC, groupF } = group(d)
  const { tilesH, tilesW } = tilesOf(d)
  return (
    groupC * groupF >= fewestProducts * (groupC + groupF) &&
    winogradProducts * tilesH * tilesW <= (1 - leastSaved) * 9 * d.outH * d.outW &&
    d.n * tilesH * tilesW >= fewestTiles
  )
}

function tilesOf(d: Conv2dDims) {
  return { tilesH: Math.ceil(d.outH / 2), tilesW: Math.ceil(d.outW / 2) }
}

/**
 * `correlate` by Winograd's F(2x2, 3x3). False where an output is NaN or infinite: others may be by infection, and what
 * y holds is of no use.
 */
export function winograd(runtime: Runtime, d: Conv2dDims, c: Correlation): boolean {
  const { memory, bytes, threads } = runtime
  const { groups, inH, inW, outH, outW, padTop, padLeft } = d
  const { groupC, groupF } = group(d)
  const { tilesH, tilesW } = tilesOf(d)
  const filterPanels = Math.ceil(groupF / panelRows)
  const weights = memory.scratch(groups * winogradProducts * filterPanels * groupC * panelRows * bytes)
  const bias = memory.scratch(groups * filterPanels * panelRows * bytes)
  const [filterStep, channelStep] = c.turned ? [9, groupF * 9] : [groupC * 9, 9]
  const [tapStep, firstTap] = c.turned ? [-1, 8] : [1, 0]
  const transforms = { units: groups * filterPanels, nanoseconds: d.outC * groupC * 10 }
  runtime.run('conv2dWinogradWeights', transforms, {
    groupC,
    groupF,
    filterStep,
    channelStep,
    tapStep,
    firstTap,
    w: c.w,
    to: weights,
    b: c.b,
    biasTo: bias,
  })

  const tileWidth = stepBytes / bytes
  const tiles = d.n * tilesH * tilesW
  const panelBytes = (groupC + filterPanels * panelRows) * winogradProductsBytes
  const most = Math.max(fewestPanels, Math.floor(blockBytes / panelBytes))
  const wanted = Math.ceil(tiles / tileWidth / Math.ceil((unitsPerThread * threads) / groups))
  const panels = Math.max(1, Math.min(most, wanted))
  const blockTiles = panels * tileWidth
  const blocks = Math.ceil(tiles / blockTiles)

  const phase = (tilesW + 1) * bytes
  // Of so many rows of tiles, in so many images, a block may have at least one.
  const tileRows = Math.min(d.n * tilesH, Math.ceil((blockTiles - 1) / tilesW) + 1)
  const images = Math.min(d.n, Math.ceil((tileRows - 1) / tilesH) + 1)
  const rowsBytes = wholeLines((tileRows + images) * 2 * 2 * phase)
  const transformedPanel = groupC * stepBytes + gap
  const transformedStep = panels * transformedPanel
  const productPanel = filterPanels * panelRows * winogradProductsBytes + gap
  const rows = blockTiles * winogradPlaceBytes
  const gathered = rows + rowsBytes
  const transformed = wholeLines(gathered + winogradGatheredBytes)
  const products = transformed + winogradProducts * transformedStep
  const scratchBytes = products + panels * productPanel
  const flag = memory.table([0])
  const work = { units: groups * blocks, nanoseconds: (tiles * d.outC * groupC * winogradProducts) / 20 }
  runtime.run('conv2dWinograd', work, {
    groups,
    groupC,
    groupF,
    inH,
    inW,
    outH,
    outW,
    padTop,
    padLeft,
    tilesH,
    tilesW,
    tiles,
    blocks,
    blockTiles,
    relu: c.relu ?? false,
    x: c.x,
    weights,
    bias,
    y: c.y,
    flag,
    scratch: memory.scratch(threads * scratchBytes),
    scratchBytes,
    rows,
    phase,
    rowsBytes,
    gathered,
    transformed,
    transformedStep,
    transformedPanel,
    products,
    productPanel,
  })
  return new Int32Array(memory.wasm.buffer, flag, 1)[0] === 0
}
