import type { Conv2dDims } from '@convkit/api'
import { wholeLines } from '../../cacheLines.js'
import { gemm } from '../../gemm.js'
import { panelRows, stepBytes, tileBytes } from '../../generated/constants.js'
import type { Runtime } from '../../runtime.js'
import type { Correlation } from './correlation.js'
import {
  cacheBytes,
  type Group,
  geometry,
  group,
  isWhole,
  nanoseconds,
  paddedBytes,
  planes,
  tapOffset,
  unitsPerThread,
} from './geometry.js'
import { pays, winograd } from './winograd.js'

/** Taps that are multiplied at once, so that a panel of them stays in the first-level cache. */
const mostTaps = 640

/** y = conv2d(x, w, b), then y = relu(y) where asked for. */
export function correlate(runtime: Runtime, d: Conv2dDims, correlation: Correlation): void {
  if (!(runtime.winograd && pays(d) && winograd(runtime, d, correlation))) directly(runtime, d, correlation)
}

/** The same, product by product. */
export function directly(
  runtime: Runtime,
  d: Conv2dDims,
  { x, w, b, y, relu = false, turned = false }: Correlation,
): void {
  const { memory, bytes, threads } = runtime
  const g = group(d)
  if (isWhole(d) && !turned) {
    gemm(runtime, { m: d.n, n: d.outC, k: g.k, a: x, b: w, transposeB: true, c: y, bias: b, relu })
    return
  }
  const filterPanels = Math.ceil(g.groupF / panelRows)
  const weights = memory.scratch(d.groups * filterPanels * g.k * panelRows * bytes)
  const bias = memory.scratch(d.groups * filterPanels * panelRows * bytes)
  const filterStep = turned ? g.area : g.k
  const rows = Array.from({ length: filterPanels * panelRows }, (_, f) => (f < g.groupF ? f * filterStep : -1))
  const packs = { units: d.groups * filterPanels, nanoseconds: d.outC * g.k }
  runtime.run('conv2dPack', packs, {
    panels: filterPanels,
    k: g.k,
    group: g.groupF * g.k,
    groupF: g.groupF,
    w,
    to: weights,
    b,
    biasTo: bias,
    steps: memory.table(weightsOf(d, g, turned)),
    rows: memory.table(rows),
  })

  const images = d.n * d.groups
  const wanted = Math.ceil((unitsPerThread * threads) / images)
  const rowBytes = d.strideH * planes(d, 1).pitch * g.groupC * bytes
  // Whole panels, so that which pixels are taken together does not depend on the strips.
  const together = rowsOfPanels(d.outW, stepBytes / bytes)
  const stripRows = Math.min(d.outH, together * Math.ceil(Math.min(d.outH / wanted, cacheBytes / rowBytes) / together))
  const strips = Math.ceil(d.outH / stripRows)
  const p = planes(d, stripRows)
  const taps = memory.table(tapsOf(d, g, (c, i, j) => tapOffset(d, p, c, i, j) * bytes))
  const blockK = Math.ceil(g.k / Math.ceil(g.k / mostTaps))
  const spare = blockK * stepBytes
  const padded = spare + tileBytes
  const scratchBytes = wholeLines(padded + paddedBytes(p, g.groupC, bytes))
  const kernel = g.groupF === 1 ? 'conv2dSingleForward' : 'conv2dForward'
  const work = { units: images * strips, nanoseconds: nanoseconds(d, g) }
  runtime.run(kernel, work, {
    strips,
    stripRows,
    taps,
    k: g.k,
    rowTaps: g.groupC * d.kW,
    blockK,
    dilationH: d.dilationH,
    relu,
    x,
    weights,
    bias,
    y,
    scratch: memory.scratch(threads * scratchBytes),
    scratchBytes,
    spare,
    padded,
    ...geometry(runtime, d, g, p),
  })
}

/** The fewest rows of `width` numbers that fill whole panels of `panel` numbers. */
function rowsOfPanels(width: number, panel: number): number {
  let rows = 1
  while ((rows * width) % panel !== 0) rows *= 2
  return rows
}

/** Of all taps of a group, row by row of the filter. */
function tapsOf(d: Conv2dDims, { groupC }: Group, at: (c: number, i: number, j: number) => number): number[] {
  const taps: number[] = []
  for (let i = 0; i < d.kH; i++) for (let c = 0; c < groupC; c++) for (let j = 0; j < d.kW; j++) taps.push(at(c, i, j))
  return taps
}

/** Where the weight of each tap is in its filter. */
function weightsOf(d: Conv2dDims, g: Group, turned: boolean): number[] {
  if (turned) return tapsOf(d, g, (c, i, j) => (c * g.groupF + 1) * g.area - 1 - i * d.kW - j)
  return tapsOf(d, g, (c, i, j) => c * g.area + i * d.kW + j)
}
