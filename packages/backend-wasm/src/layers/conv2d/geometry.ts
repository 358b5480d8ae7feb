import type { Conv2dDims } from '@convkit/api'
import { padOverrunBytes } from '../../generated/constants.js'
import type { Conv2dGeometry } from '../../generated/params.js'
import type { Runtime } from '../../runtime.js'

/** Channels and filters of one group, taps of a channel and of a group. */
export interface Group {
  readonly groupC: number
  readonly groupF: number
  readonly area: number
  readonly k: number
}

/** The padded image that is split into phases, as assembly/conv2d/geometry.ts explains it. */
export interface Planes {
  readonly rows: number
  readonly pitch: number
  readonly plane: number
  readonly phase: number
  /** False where the image itself has this form. */
  readonly copied: boolean
  /** For each phase its first column inside the image, the one after its last, and the first one's column in the image. */
  readonly phases: readonly number[]
}

export function group(d: Conv2dDims): Group {
  const groupC = d.inC / d.groups
  const area = d.kH * d.kW
  return { groupC, groupF: d.outC / d.groups, area, k: groupC * area }
}

/** Whether each image is read by one window that has its size: then the convolution is a product of matrices. */
export function isWhole(d: Conv2dDims): boolean {
  const pads = d.padTop + d.padLeft + d.padBottom + d.padRight
  return d.groups === 1 && d.kH === d.inH && d.kW === d.inW && pads === 0 && d.dilationH === 1 && d.dilationW === 1
}

/** What `outRows` rows of the output read. */
export function planes(d: Conv2dDims, outRows: number): Planes {
  const { inW, strideW, padLeft } = d
  const rows = (outRows - 1) * d.strideH + (d.kH - 1) * d.dilationH + 1
  const columns = (d.outW - 1) * strideW + (d.kW - 1) * d.dilationW + 1
  const lastRow = (d.outH - 1) * d.strideH + (d.kH - 1) * d.dilationH
  if (strideW === 1 && d.padTop === 0 && padLeft === 0 && lastRow < d.inH && columns <= inW)
    return { rows, pitch: inW, plane: d.inH * inW, phase: inW, copied: false, phases: [] }
  const phase = Math.ceil(columns / strideW)
  const pitch = phase * strideW
  const phases = Array.from({ length: strideW }, (_, f) => {
    const first = Math.min(phase, Math.max(0, Math.ceil((padLeft - f) / strideW)))
    const end = Math.min(phase, Math.max(first, Math.ceil((inW + padLeft - f) / strideW)))
    return [first, end, first * strideW + f - padLeft]
  }).flat()
  return { rows, pitch, plane: rows * pitch, phase, copied: true, phases }
}

/** Where tap (i, j) of channel c finds what it reads for pixel (0, 0), in numbers. */
export function tapOffset(d: Conv2dDims, p: Planes, c: number, i: number, j: number): number {
  const column = j * d.dilationW
  return c * p.plane + i * d.dilationH * p.pitch + (column % d.strideW) * p.phase + Math.floor(column / d.strideW)
}

/** The fields that most kernels share. */
export function geometry({ memory }: Runtime, d: Conv2dDims, g: Group, p: Planes): Conv2dGeometry {
  const { groups, inH, inW, outH, outW, strideH, strideW, padTop, padLeft } = d
  const { groupC, groupF, area } = g
  const { rows, pitch, plane, phase, copied } = p
  return {
    groups,
    groupC,
    groupF,
    inH,
    inW,
    outH,
    outW,
    strideH,
    strideW,
    padTop,
    padLeft,
    area,
    rows,
    pitch,
    plane,
    phase,
    copied,
    phases: copied ? memory.table(p.phases) : null,
  }
}

/** A rough estimate of what one pass takes on one thread. */
export function nanoseconds(d: Conv2dDims, { k }: Group): number {
  return (d.n * d.outC * d.outH * d.outW * k) / 20
}

/** What one unit's padded planes should not exceed, so that they stay in the second-level cache. */
export const cacheBytes = 1 << 19
/** Units a thread, so that one that lags does not hold up the others. */
export const unitsPerThread = 2

/** Bytes of padded planes, with room for what `pad` writes behind the last. */
export function paddedBytes(p: Planes, count: number, bytes: number): number {
  return p.copied ? count * p.plane * bytes + padOverrunBytes : 0
}

/** The byte offsets of all taps of a channel. */
export function tapOffsets(d: Conv2dDims, p: Planes, bytes: number): number[] {
  const offsets: number[] = []
  for (let i = 0; i < d.kH; i++) for (let j = 0; j < d.kW; j++) offsets.push(tapOffset(d, p, 0, i, j) * bytes)
  return offsets
}
