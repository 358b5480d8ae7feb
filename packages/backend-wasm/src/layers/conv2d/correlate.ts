import type { Conv2dDims } from '@convkit/api'
import { gemm } from '../../gemm.js'
import type { Storage } from '../../memory.js'
import type { Runtime } from '../../runtime.js'
import {
  aligned,
  cacheBytes,
  group,
  isWhole,
  nanoseconds,
  paddedBytes,
  planes,
  shared,
  tapOffsets,
  unitsPerThread,
} from './geometry.js'
import { pays, winograd } from './winograd.js'

/** Taps that are multiplied at once, so that a panel of them stays in the first-level cache. */
const mostTaps = 640

export interface Correlation {
  readonly x: Storage
  readonly w: Storage
  readonly b: Storage | null
  readonly y: Storage
  readonly relu?: boolean
  /** Whether w is the weights of a convolution that `d` undoes: its filters are d's channels, its taps turned by 180 degrees. */
  readonly turned?: boolean
}

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
  const filterPanels = Math.ceil(g.groupF / 4)
  const weights = memory.scratch(d.groups * filterPanels * g.k * 4 * bytes)
  const bias = memory.scratch(d.groups * filterPanels * 4 * bytes)
  const filterStep = turned ? g.area : g.k
  const channelStep = turned ? g.groupF * g.area : g.area
  const rows = Array.from({ length: filterPanels * 4 }, (_, f) => (f < g.groupF ? f * filterStep : -1))
  runtime.run('conv2dPack', { units: d.groups * filterPanels, nanoseconds: d.outC * g.k }, [
    ...[filterPanels, g.groupC, g.area, channelStep, 1, g.groupF * g.k, memory.table(rows), w, weights],
    ...[g.groupF, b, bias],
  ])

  const images = d.n * d.groups
  const wanted = Math.ceil((unitsPerThread * threads) / images)
  const rowBytes = d.strideH * planes(d, 1).pitch * g.groupC * bytes
  const stripRows = Math.max(1, Math.min(Math.ceil(d.outH / wanted), Math.floor(cacheBytes / rowBytes)))
  const strips = Math.ceil(d.outH / stripRows)
  const p = planes(d, stripRows)
  const taps = memory.table(tapOffsets(d, p, g.groupC, bytes, turned))
  const blockK = Math.ceil(g.k / Math.ceil(g.k / mostTaps))
  const scratchBytes = aligned((blockK + 4) * 32 + paddedBytes(p, g.groupC, bytes))
  const kernel = g.groupF === 1 ? 'conv2dSingleForward' : 'conv2dForward'
  runtime.run(kernel, { units: images * strips, nanoseconds: nanoseconds(d, g) }, [
    ...shared(runtime, d, g, p),
    ...[strips, stripRows, taps, g.k, blockK, relu ? 1 : 0],
    ...[x, weights, bias, y, memory.scratch(threads * scratchBytes), scratchBytes],
  ])
}
