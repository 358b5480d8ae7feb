import { evens, odds, zipHigh, zipLow } from './lanes'
import { SHIFT } from './simd'

/** Rows with stride sw are worked on in sw phases: column c is number c / sw of phase c % sw. */
@unmanaged
export class PoolWindow {
  inH: i32
  inW: i32
  outH: i32
  outW: i32
  kH: i32
  kW: i32
  strideH: i32
  strideW: i32
  padTop: i32
  padLeft: i32
  /** Where tap j of output column 0 stands in a row of phases: int32, in bytes. */
  taps: usize
  /** Bytes of a phase. */
  phase: i32
  /** Memory of each thread; phases stand first, */
  scratch: usize
  scratchBytes: i32
  /** and so many bytes from its start a row: of x, or of y, in whole vectors. */
  row: i32
}

/** Writes a row of `count` numbers into phases, behind `padLeft` numbers of padding. */
export function splitRow(row: usize, count: i32, phases: usize, phase: i32, strideW: i32, padLeft: i32): void {
  if (strideW == 1) {
    memory.copy(phases + (padLeft << SHIFT), row, count << SHIFT)
    return
  }
  const end = row + (count << SHIFT)
  let r = padLeft % strideW
  let at = phases + ((padLeft / strideW) << SHIFT)
  if (strideW == 2) {
    if (r == 1) {
      store<real>(at + phase, load<real>(row))
      row += sizeof<real>()
      at += sizeof<real>()
      r = 0
    }
    for (; row + 32 <= end; row += 32, at += 16) {
      const a = v128.load(row)
      const b = v128.load(row, 16)
      v128.store(at, evens(a, b))
      v128.store(at + phase, odds(a, b))
    }
  }
  let to = at + r * phase
  for (; row < end; row += sizeof<real>()) {
    store<real>(to, load<real>(row))
    to += phase
    if (++r == strideW) {
      r = 0
      at += sizeof<real>()
      to = at
    }
  }
}

/** Undoes `splitRow`. */
export function joinRow(phases: usize, phase: i32, strideW: i32, padLeft: i32, row: usize, count: i32): void {
  if (strideW == 1) {
    memory.copy(row, phases + (padLeft << SHIFT), count << SHIFT)
    return
  }
  const end = row + (count << SHIFT)
  let r = padLeft % strideW
  let at = phases + ((padLeft / strideW) << SHIFT)
  if (strideW == 2) {
    if (r == 1) {
      store<real>(row, load<real>(at + phase))
      row += sizeof<real>()
      at += sizeof<real>()
      r = 0
    }
    for (; row + 32 <= end; row += 32, at += 16) {
      const a = v128.load(at)
      const b = v128.load(at + phase)
      v128.store(row, zipLow(a, b))
      v128.store(row, zipHigh(a, b), 16)
    }
  }
  let next = at + r * phase
  for (; row < end; row += sizeof<real>()) {
    store<real>(row, load<real>(next))
    next += phase
    if (++r == strideW) {
      r = 0
      at += sizeof<real>()
      next = at
    }
  }
}

/** to += row, `count` numbers. */
export function addRow(row: usize, to: usize, count: i32): void {
  const end = to + (count << SHIFT)
  for (; to + 16 <= end; to += 16, row += 16) v128.store(to, v128.add<real>(v128.load(to), v128.load(row)))
  for (; to < end; to += sizeof<real>(), row += sizeof<real>())
    store<real>(to, load<real>(to) + load<real>(row))
}
