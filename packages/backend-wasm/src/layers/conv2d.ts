import type { Conv2dDims, Conv2dKernels, ConvReluKernels } from '@convkit/api'
import type { Storage } from '../memory.js'
import type { Runtime } from '../runtime.js'
import { type Group, group, type Planes, planes, tapOffset } from './conv2d/geometry.js'

/** Multiply-adds of a float32 kernel in a nanosecond, roughly. */
const pace = 20
/** Taps that are multiplied at once, so that a panel of them stays in the first-level cache. */
const mostTaps = 640
/** What one unit's padded planes should not exceed, so that they stay in the second-level cache. */
const cacheBytes = 1 << 19
/** Units a thread, so that one that lags does not hold up the others. */
const unitsPerThread = 2
/** Of the weight gradient: a tap's row of a chunk, all filters' rows, vectors of sums, rows that are gathered at once. */
const chunkBytes = 1024
const filterBytes = 1 << 17
const sumBytes = 1 << 18
const gatherBytes = 16 * (chunkBytes + 4) + 64
/** Units there should at least be, pixels that are worth a slice, pairs of taps that are worth a block. */
const weightUnits = 16
const slicePixels = 2048
const blockPairs = 16

export function conv2d(runtime: Runtime): Conv2dKernels<Storage> {
  const run = forward(runtime)
  const inputGradient = inputGradientOf(runtime)
  const weightGradient = weightGradientOf(runtime)
  return {
    /** y[n,f,p,q] = b[f] + sum_{c,i,j} x[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl] * w[f,c,i,j], zero outside x */
    forward(d, x, w, b, y) {
      run(d, x, w, b, y, false)
    },

    /** dx: every tap's share of dy * w; dw: dy times what each tap read; db: the sum of dy */
    backward(d, dy, x, w, dx, dw, db) {
      if (dx) inputGradient(d, dy, w, dx)
      if (dw) weightGradient(d, dy, x, dw)
      if (!db) return
      const outSize = d.outH * d.outW
      const nanoseconds = d.n * d.outC * outSize * 0.1
      runtime.run('conv2dBiasGradient', { units: d.outC, nanoseconds }, [d.n, d.outC, outSize, dy, db])
    },
  }
}

export function convRelu(runtime: Runtime): ConvReluKernels<Storage> {
  const run = forward(runtime)
  return {
    /** y = relu(conv2d(x, w, b)) */
    forward(d, x, w, b, y) {
      run(d, x, w, b, y, true)
    },
  }
}

type Forward = (d: Conv2dDims, x: Storage, w: Storage, b: Storage | null, y: Storage, relu: boolean) => void

function forward(runtime: Runtime): Forward {
  const { memory, bytes, threads } = runtime
  return (d, x, w, b, y, relu) => {
    const g = group(d)
    const filterPanels = Math.ceil(g.groupF / 4)
    const weights = memory.scratch(d.groups * filterPanels * g.k * 4 * bytes)
    const bias = memory.scratch(d.groups * filterPanels * 4 * bytes)
    const rows = Array.from({ length: filterPanels * 4 }, (_, f) => (f < g.groupF ? f * g.k : -1))
    runtime.run('conv2dPack', { units: d.groups * filterPanels, nanoseconds: d.outC * g.k }, [
      ...[filterPanels, g.k, 1, g.groupF * g.k, memory.table(rows), w, weights],
      ...[g.groupF, b, bias],
    ])

    const images = d.n * d.groups
    const wanted = Math.ceil((unitsPerThread * threads) / images)
    const rowBytes = d.strideH * planes(d, 1).pitch * g.groupC * bytes
    const stripRows = Math.max(1, Math.min(Math.ceil(d.outH / wanted), Math.floor(cacheBytes / rowBytes)))
    const strips = Math.ceil(d.outH / stripRows)
    const p = planes(d, stripRows)
    const taps = memory.table(tapOffsets(d, p, g.groupC, bytes))
    const blockK = Math.ceil(g.k / Math.ceil(g.k / mostTaps))
    const scratchBytes = aligned((blockK + 4) * 32 + paddedBytes(p, g.groupC, bytes))
    runtime.run('conv2dForward', { units: images * strips, nanoseconds: products(d, g) / pace }, [
      ...shared(runtime, d, g, p),
      ...[strips, stripRows, taps, g.k, blockK, relu ? 1 : 0],
      ...[x, weights, bias, y, memory.scratch(threads * scratchBytes), scratchBytes],
    ])
  }
}

function inputGradientOf(runtime: Runtime): (d: Conv2dDims, dy: Storage, w: Storage, dx: Storage) => void {
  const { memory, bytes, threads } = runtime
  return (d, dy, w, dx) => {
    const g = group(d)
    const p = planes(d, d.outH)
    const images = d.n * d.groups
    const wanted = Math.ceil((unitsPerThread * threads) / images)
    const blockC = Math.max(1, Math.min(Math.ceil(g.groupC / wanted), Math.floor(cacheBytes / (p.plane * bytes))))
    const blocks = Math.ceil(g.groupC / blockC)
    const panels = Math.ceil((blockC * g.area) / 4)
    const { rows, offsets } = blockTaps(d, g, p, blockC, bytes)
    const weights = memory.scratch(d.groups * blocks * panels * g.groupF * 4 * bytes)
    runtime.run('conv2dPack', { units: d.groups * blocks * panels, nanoseconds: d.outC * g.k }, [
      ...[blocks * panels, g.groupF, g.k, g.groupF * g.k, memory.table(rows), w, weights],
      ...[g.groupF, null, null],
    ])

    const lastBlock = g.groupC - (blocks - 1) * blockC
    const apart = d.kW === 1 || lastBlock * d.kH >= 4
    const scratchBytes = aligned((g.groupF + 4) * 32 + paddedBytes(p, blockC, bytes))
    runtime.run('conv2dInputGradient', { units: images * blocks, nanoseconds: products(d, g) / pace }, [
      ...shared(runtime, d, g, p),
      ...[blocks, blockC, panels, apart ? 1 : 0, memory.table(offsets)],
      ...[dy, weights, dx, memory.scratch(threads * scratchBytes), scratchBytes],
    ])
  }
}

function weightGradientOf(runtime: Runtime): (d: Conv2dDims, dy: Storage, x: Storage, dw: Storage) => void {
  const { memory, bytes, threads } = runtime
  const vectorOf = 16 / bytes
  return (d, dy, x, dw) => {
    const g = group(d)
    const p = planes(d, d.outH)
    const outSize = d.outH * d.outW
    const filterPanels = Math.ceil(g.groupF / 4)
    const most = Math.max(vectorOf, Math.min(chunkBytes, Math.floor(filterBytes / (filterPanels * 256)) * 64) / bytes)
    const direct = d.outW % vectorOf === 0 && d.outW <= most && outSize >= most / 2
    const images = direct ? 1 : Math.max(1, Math.min(d.n, Math.floor(most / outSize)))
    const unit = direct ? d.outW : vectorOf
    const chunks = Math.ceil(outSize / (Math.floor(most / unit) * unit))
    const pixels = images > 1 ? outSize : Math.ceil(outSize / chunks / unit) * unit
    // Of the dims alone: where the batch is cut decides how sums are rounded.
    const pairs = Math.ceil(g.k / 2)
    const fewest = Math.ceil(pairs / Math.max(1, Math.floor(sumBytes / (filterPanels * 128))))
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
    const scratchBytes = aligned(
      filterPanels * (blockTaps + steps) * 64 + gatherBytes + paddedBytes(p, images * channels, bytes),
    )
    const fields = [
      ...shared(runtime, d, g, p),
      ...[d.n, slices, blocks, blockTaps, images, pixels, direct ? 1 : 0, d.kW, d.dilationH, d.dilationW],
      memory.table(tapOffsets(d, p, 1, bytes)),
      ...[dy, x, partial, dw, memory.scratch(threads * scratchBytes), scratchBytes],
    ]
    const nanoseconds = products(d, g) / pace
    runtime.run('conv2dWeightGradient', { units: slices * d.groups * blocks, nanoseconds }, fields)
    runtime.run('conv2dWeightSum', { units: d.outC, nanoseconds: d.outC * g.k * (slices + 1) }, fields)
  }
}

/** The fields that the parameters of all kernels begin with. */
function shared({ memory }: Runtime, d: Conv2dDims, g: Group, p: Planes): (Storage | number | null)[] {
  return [
    ...[d.groups, g.groupC, g.groupF, d.inH, d.inW, d.outH, d.outW, d.strideH, d.strideW, d.padTop, d.padLeft],
    ...[g.area, p.rows, p.pitch, p.plane, p.phase, p.copied ? 1 : 0, p.copied ? memory.table(p.phases) : null],
  ]
}

function products(d: Conv2dDims, g: Group): number {
  return d.n * d.outC * d.outH * d.outW * g.k
}

/** Bytes of padded planes, with room for what `pad` writes behind the last. */
function paddedBytes(p: Planes, count: number, bytes: number): number {
  return p.copied ? count * p.plane * bytes + 16 : 0
}

/** Rounded up to whole cache lines, so that no two threads share one. */
function aligned(size: number): number {
  return Math.ceil(size / 64) * 64
}

/** The byte offsets of all taps of `channels` channels, in the order of the weights. */
function tapOffsets(d: Conv2dDims, p: Planes, channels: number, bytes: number): number[] {
  const offsets: number[] = []
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < d.kH; i++) for (let j = 0; j < d.kW; j++) offsets.push(tapOffset(d, p, c, i, j) * bytes)
  return offsets
}

/**
 * The taps of each block of channels, filled up to whole panels with -1: where their weights stand and where they read.
 * Columns change last, because two taps of a panel that differ in nothing else would add to the same vector.
 */
function blockTaps(d: Conv2dDims, g: Group, p: Planes, blockC: number, bytes: number) {
  const rows: number[] = []
  const offsets: number[] = []
  const blockLength = Math.ceil((blockC * g.area) / 4) * 4
  for (let first = 0; first < g.groupC; first += blockC) {
    const channels = Math.min(blockC, g.groupC - first)
    for (let j = 0; j < d.kW; j++)
      for (let c = 0; c < channels; c++)
        for (let i = 0; i < d.kH; i++) {
          rows.push(((first + c) * d.kH + i) * d.kW + j)
          offsets.push(tapOffset(d, p, c, i, j) * bytes)
        }
    for (let t = channels * g.area; t < blockLength; t++) {
      rows.push(-1)
      offsets.push(-1)
    }
  }
  return { rows, offsets }
}
