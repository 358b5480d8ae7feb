import type { WindowDims } from '@convkit/api'
import { wholeLines } from './cacheLines.js'
import type { PoolWindow } from './generated/params.js'
import type { Runtime, Work } from './runtime.js'

/** Bytes of rows and phases, which are whole vectors. */
interface Row {
  readonly rowBytes: number
  /** Of zeros before a phase, for windows before the first. */
  readonly marginBytes: number
  readonly phase: number
}

/**
 * The fields of assembly/lib/window.ts. `splitRows`: rows that a thread holds split into phases at a time; `behind`: bytes
 * of its memory behind them.
 */
export function poolWindow(
  { memory, bytes, threads }: Runtime,
  d: WindowDims,
  splitRows: number,
  behind: number,
): PoolWindow {
  const { inH, inW, outH, outW, kH, kW, strideH, strideW, padTop, padLeft } = d
  const { phase } = rowOf(d, bytes)
  const taps = memory.table(
    Array.from({ length: kW }, (_, j) => (j % strideW) * phase + Math.floor(j / strideW) * bytes),
  )
  const row = splitRows * strideW * phase
  const scratchBytes = wholeLines(row + behind)
  const scratch = memory.scratch(scratchBytes * threads)
  return {
    inH,
    inW,
    outH,
    outW,
    kH,
    kW,
    strideH,
    strideW,
    padTop,
    padLeft,
    taps,
    phase,
    scratch,
    scratchBytes,
    row,
  }
}

export function rowOf({ inW, outW, kW, strideW, padLeft }: WindowDims, bytes: number): Row {
  const lanes = 16 / bytes
  const whole = (size: number) => Math.ceil(size / lanes) * lanes
  const before = Math.floor((kW - 1) / strideW)
  const reached = whole(outW) + before
  return {
    rowBytes: whole(Math.max(inW, outW)) * bytes,
    marginBytes: whole(before) * bytes,
    phase: whole(Math.max(reached, Math.ceil((padLeft + inW) / strideW))) * bytes,
  }
}

/** Units of a plane: one channel of one image. */
export function planes({ n, channels, inH, inW, outH, outW, kH, kW }: WindowDims): Work {
  const units = n * channels
  return { units, nanoseconds: units * (inH * inW + outH * outW * kH * kW) * 0.5 }
}
