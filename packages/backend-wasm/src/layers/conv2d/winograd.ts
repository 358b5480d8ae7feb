import type { Conv2dDims } from '@convkit/api'
import type { Runtime } from '../../runtime.js'
import type { Correlation } from './correlate.js'
import { aligned, group, unitsPerThread } from './geometry.js'

/** Bytes of a block's transformed tiles and products, which stay in the second-level cache. */
const blockBytes = 1 << 19
/** Fewer panels a block would go through the weights too often. */
const fewestPanels = 4
/** Bytes of a panel's step, of what a block knows of a tile, of a vector of gathered tiles. */
const [stepBytes, tileBytes, gatheredBytes] = [32, 16, 256]
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
    16 * tilesH * tilesW <= (1 - leastSaved) * 9 * d.outH * d.outW &&
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
  const g = group(d)
  const { tilesH, tilesW } = tilesOf(d)
  const filterPanels = Math.ceil(g.groupF / 4)
  const weights = memory.scratch(d.groups * 16 * filterPanels * g.groupC * 4 * bytes)
  const bias = memory.scratch(d.groups * filterPanels * 4 * bytes)
  const [filterStep, channelStep] = c.turned ? [9, g.groupF * 9] : [g.groupC * 9, 9]
  runtime.run('conv2dWinogradWeights', { units: d.groups * filterPanels, nanoseconds: d.outC * g.groupC * 10 }, [
    ...[g.groupC, g.groupF, filterStep, channelStep, c.turned ? -1 : 1, c.turned ? 8 : 0],
    ...[c.w, weights, c.b, bias],
  ])

  const tileWidth = stepBytes / bytes
  const tiles = d.n * tilesH * tilesW
  const panelBytes = 16 * (g.groupC + filterPanels * 4) * stepBytes
  const most = Math.max(fewestPanels, Math.floor(blockBytes / panelBytes))
  const wanted = Math.ceil(tiles / tileWidth / Math.ceil((unitsPerThread * threads) / d.groups))
  const panels = Math.max(1, Math.min(most, wanted))
  const blockTiles = panels * tileWidth
  const blocks = Math.ceil(tiles / blockTiles)

  const phase = (tilesW + 1) * bytes
  // Of so many rows of tiles, in so many images, a block may have at least one.
  const tileRows = Math.min(d.n * tilesH, Math.ceil((blockTiles - 1) / tilesW) + 1)
  const images = Math.min(d.n, Math.ceil((tileRows - 1) / tilesH) + 1)
  const rowsBytes = aligned((tileRows + images) * 2 * 2 * phase)
  const transformedPanel = g.groupC * stepBytes + gap
  const transformedStep = panels * transformedPanel
  const productPanel = filterPanels * 4 * 16 * stepBytes + gap
  const rows = blockTiles * tileBytes
  const transformed = aligned(rows + rowsBytes + gatheredBytes)
  const products = transformed + 16 * transformedStep
  const scratchBytes = products + panels * productPanel
  const flag = memory.table([0])
  runtime.run('conv2dWinograd', { units: d.groups * blocks, nanoseconds: (tiles * d.outC * g.groupC * 16) / 20 }, [
    ...[d.groups, g.groupC, g.groupF, d.inH, d.inW, d.outH, d.outW, d.padTop, d.padLeft, tilesH, tilesW, tiles],
    ...[blocks, blockTiles, c.relu ? 1 : 0, c.x, weights, bias, c.y, flag],
    ...[memory.scratch(threads * scratchBytes), scratchBytes, rows, phase, rowsBytes],
    ...[transformed, transformedStep, transformedPanel, products, productPanel],
  ])
  return new Int32Array(memory.wasm.buffer, flag, 1)[0] === 0
}
