import type { Conv2dDims } from '@convkit/api'
import { wholeLines } from '../../cacheLines.js'
import { gemm } from '../../gemm.js'
import { panelRows, stepBytes, tileBytes } from '../../generated/constants.js'
import type { Runtime } from '../../runtime.js'
import type { Storage } from '../../storage.js'
import { directly } from './correlate.js'
import {
  cacheBytes,
  type Group,
  geometry,
  group,
  isWhole,
  nanoseconds,
  type Planes,
  paddedBytes,
  planes,
  tapOffset,
  unitsPerThread,
} from './geometry.js'
import { pays, winograd } from './winograd.js'

/** Up to so many filters of a group it pays to correlate dy with the turned weights; adding to dx costs too much then. */
const fewFilters = 8

/** dx[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl] = sum of dy[n,f,p,q] * w[f,c,i,j] over the taps that read it */
export function inputGradient(runtime: Runtime, d: Conv2dDims, dy: Storage, w: Storage, dx: Storage): void {
  const g = group(d)
  const { memory, bytes, threads } = runtime
  if (isWhole(d)) {
    gemm(runtime, { m: d.n, n: g.k, k: d.outC, a: dy, b: w, c: dx })
    return
  }
  const correlation = { x: dy, w, b: null, y: dx, turned: true }
  const back = undoing(d)
  if (runtime.winograd && pays(back) && winograd(runtime, back, correlation)) return
  // dy is padded then, and padding times an infinite weight would be a NaN.
  if (d.strideH === 1 && d.strideW === 1 && g.groupF <= fewFilters && memory.view(w).every(Number.isFinite)) {
    directly(runtime, back, correlation)
    return
  }

  const p = planes(d, d.outH)
  const images = d.n * d.groups
  // Columns change last, so that the taps of a panel stay apart if they have so many channels; else they add in turn.
  const fewestC = Math.ceil(panelRows / d.kH)
  const disjoint = d.kW === 1 || g.groupC >= fewestC
  const wanted = Math.max((unitsPerThread * threads) / images, (p.plane * g.groupC * bytes) / cacheBytes)
  const blocks = Math.max(1, Math.min(Math.ceil(wanted), Math.floor(g.groupC / fewestC)))
  const panels = Math.ceil((Math.ceil(g.groupC / blocks) * g.area) / panelRows)
  const { rows, offsets } = blockTaps(d, g, p, blocks, panels, bytes)
  const weights = memory.scratch(d.groups * blocks * panels * g.groupF * panelRows * bytes)
  const steps = Array.from({ length: g.groupF }, (_, f) => f * g.k)
  const packs = { units: d.groups * blocks * panels, nanoseconds: d.outC * g.k }
  runtime.run('conv2dPack', packs, {
    panels: blocks * panels,
    k: g.groupF,
    group: g.groupF * g.k,
    groupF: g.groupF,
    w,
    to: weights,
    steps: memory.table(steps),
    rows: memory.table(rows),
    b: null,
    biasTo: null,
  })

  const spare = g.groupF * stepBytes
  const padded = spare + tileBytes
  const scratchBytes = wholeLines(padded + paddedBytes(p, Math.ceil(g.groupC / blocks), bytes))
  const kernel = g.groupF === 1 ? 'conv2dSingleInputGradient' : 'conv2dInputGradient'
  const work = { units: images * blocks, nanoseconds: nanoseconds(d, g) }
  runtime.run(kernel, work, {
    blocks,
    panels,
    disjoint,
    taps: memory.table(offsets),
    dy,
    weights,
    dx,
    scratch: memory.scratch(threads * scratchBytes),
    scratchBytes,
    spare,
    padded,
    ...geometry(runtime, d, g, p),
  })
}

/** The convolution from y to x, of stride 1. */
function undoing(d: Conv2dDims): Conv2dDims {
  const padTop = (d.kH - 1) * d.dilationH - d.padTop
  const padLeft = (d.kW - 1) * d.dilationW - d.padLeft
  const sizes = { inC: d.outC, inH: d.outH, inW: d.outW, outC: d.inC, outH: d.inH, outW: d.inW }
  return { ...d, ...sizes, padTop, padLeft }
}

/**
 * The taps of each block of channels, filled up to whole panels with -1: where their weights stand and where they read.
 */
function blockTaps(d: Conv2dDims, g: Group, p: Planes, blocks: number, panels: number, bytes: number) {
  const rows: number[] = []
  const offsets: number[] = []
  for (let block = 0; block < blocks; block++) {
    const first = Math.floor((block * g.groupC) / blocks)
    const channels = Math.floor(((block + 1) * g.groupC) / blocks) - first
    for (let j = 0; j < d.kW; j++)
      for (let c = 0; c < channels; c++)
        for (let i = 0; i < d.kH; i++) {
          rows.push(((first + c) * d.kH + i) * d.kW + j)
          offsets.push(tapOffset(d, p, c, i, j) * bytes)
        }
    while (rows.length < (block + 1) * panels * panelRows) {
      rows.push(-1)
      offsets.push(-1)
    }
  }
  return { rows, offsets }
}
