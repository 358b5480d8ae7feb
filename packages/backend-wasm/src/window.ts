import type { WindowDims } from '@convkit/api'
import type { Runtime, Work } from './runtime.js'
import type { Storage } from './storage.js'

export interface Tensors {
  readonly x?: Storage
  readonly y?: Storage
  readonly dy?: Storage
  readonly dx?: Storage
}

interface Needs {
  /** Rows that a thread holds split into phases at a time. */
  readonly splitRows: number
  readonly countIncludePad?: boolean
}

/** The fields of `Window` in assembly/lib/window.ts. */
export function windowFields(
  { memory, bytes, threads }: Runtime,
  d: WindowDims,
  { x, y, dy, dx }: Tensors,
  { splitRows, countIncludePad = false }: Needs,
): (Storage | number | null)[] {
  const lanes = 16 / bytes
  const { inH, inW, outH, outW, kH, kW, strideH, strideW, padTop, padLeft } = d
  const whole = (size: number) => Math.ceil(size / lanes) * lanes
  const reached = whole(outW) + Math.floor((kW - 1) / strideW)
  const phase = whole(Math.max(reached, Math.ceil((padLeft + inW) / strideW))) * bytes
  const taps = memory.table(
    Array.from({ length: kW }, (_, j) => (j % strideW) * phase + Math.floor(j / strideW) * bytes),
  )
  const row = whole(Math.max(inW, outW)) * bytes
  const margin = whole(Math.floor((kW - 1) / strideW)) * bytes
  // The phases, two rows, and a phase between margins.
  const each = Math.ceil((splitRows * strideW * phase + 2 * row + margin + phase) / 64) * 64
  return [
    ...[inH, inW, outH, outW, kH, kW, strideH, strideW, padTop, padLeft],
    ...[x ?? null, y ?? null, dy ?? null, dx ?? null],
    ...[taps, phase, row, memory.scratch(each * threads), each, Number(countIncludePad)],
  ]
}

/** Units of a plane: one channel of one image. */
export function planes({ n, channels, inH, inW, outH, outW, kH, kW }: WindowDims): Work {
  const units = n * channels
  return { units, nanoseconds: units * (inH * inW + outH * outW * kH * kW) * 0.5 }
}
