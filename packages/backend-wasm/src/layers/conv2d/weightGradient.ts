import type { Conv2dDims } from '@convkit/api'
import { wholeLines } from '../../cacheLines.js'
import { gemm } from '../../gemm.js'
import {
  addressesBytes,
  filterVectorsBytes,
  gatheredTaps,
  panelRows,
  spareSumsBytes,
  tapRowBytes,
} from '../../generated/constants.js'
import type { Runtime } from '../../runtime.js'
import type { Storage } from '../../storage.js'
import { geometry, group, isWhole, nanoseconds, paddedBytes, planes, tapOffsets } from './geometry.js'

/** All filters' rows of a chunk, vectors of sums. */
const filterBytes = 1 << 17
const sumBytes = 1 << 18
/** Units there should at least be, pixels that are worth a slice, pairs of taps that are worth a block. */
const weightUnits = 16
const slicePixels = 2048
const blockPairs = 16

/** dw[f,c,i,j] = sum_{n,p,q} dy[n,f,p,q] * x[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl] */
export function weightGradient(runtime: Runtime, d: Conv2dDims, dy: Storage, x: Storage, dw: Storage): void {
  const { memory, bytes, threads } = runtime
  const vectorOf = 16 / bytes
  const g = group(d)
  if (isWhole(d)) {
    gemm(runtime, { m: d.outC, n: g.k, k: d.n, a: dy, transposeA: true, b: x, c: dw })
    return
  }
  const p = planes(d, d.outH)
  const outSize = d.outH * d.outW
  const filterPanels = Math.ceil(g.groupF / panelRows)
  const most = Math.max(
    vectorOf,
    Math.min(tapRowBytes, Math.floor(filterBytes / (filterPanels * 4 * filterVectorsBytes)) * 64) / bytes,
  )
  const direct = d.outW % vectorOf === 0 && d.outW <= most && outSize >= most / 2
  const images = direct ? 1 : Math.max(1, Math.min(d.n, Math.floor(most / outSize)))
  const unit = direct ? d.outW : vectorOf
  const chunks = Math.ceil(outSize / (Math.floor(most / unit) * unit))
  const pixels = images > 1 ? outSize : Math.ceil(outSize / chunks / unit) * unit
  // Of the dims alone: where the batch is cut decides how sums are rounded.
  const pairs = Math.ceil(g.k / 2)
  const fewest = Math.ceil(pairs / Math.max(1, Math.floor(sumBytes / (filterPanels * 2 * filterVectorsBytes))))
  const slices = Math.min(
    Math.ceil(d.n / images),
    Math.ceil((d.n * outSize) / slicePixels),
    Math.ceil(weightUnits / (d.groups * fewest)),
  )
  const wanted = Math.ceil(weightUnits / (d.groups * slices))
  const blockTaps = 2 * Math.ceil(pairs / Math.max(fewest, Math.min(wanted, Math.ceil(pairs / blockPairs))))
  const blocks = Math.ceil(g.k / blockTaps)
  const partial = slices > 1 ? memory.scratch(slices * d.outC * g.k * bytes) : dw
  const channels = Math.min(g.groupC, Math.ceil((blockTaps - 1) / g.area) + 1)
  const steps = Math.ceil((images * pixels) / vectorOf)
  const gathered = wholeLines(filterPanels * blockTaps * filterVectorsBytes + spareSumsBytes)
  const addresses = gathered + gatheredTaps * tapRowBytes
  const filters = wholeLines(addresses + addressesBytes)
  const padded = filters + filterPanels * steps * filterVectorsBytes
  const scratchBytes = wholeLines(padded + paddedBytes(p, images * channels, bytes))
  const { n, kW, dilationH, dilationW } = d
  const fields = {
    n,
    slices,
    blocks,
    blockTaps,
    images,
    pixels,
    direct,
    kW,
    dilationH,
    dilationW,
    taps: memory.table(tapOffsets(d, p, bytes)),
    dy,
    x,
    partial,
    dw,
    scratch: memory.scratch(threads * scratchBytes),
    scratchBytes,
    gathered,
    addresses,
    filters,
    padded,
    ...geometry(runtime, d, g, p),
  }
  runtime.run('conv2dWeightGradient', { units: slices * d.groups * blocks, nanoseconds: nanoseconds(d, g) }, fields)
  runtime.run('conv2dWeightSum', { units: d.outC, nanoseconds: d.outC * g.k * (slices + 1) }, fields)
}
