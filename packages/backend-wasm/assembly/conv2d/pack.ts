import { SHIFT } from '../lib/simd'
import { MR } from '../lib/tile'

@unmanaged
class Conv2dPack {
  /** Panels of a group, steps of a panel, numbers from one group to the next. */
  panels: i32
  k: i32
  group: i32
  /** Where each step is in a row. */
  steps: usize
  /** Where a group's rows start, MR a panel; -1 for a row that is not there. */
  rows: usize
  w: usize
  to: usize
  /** Filters of a group; bias and biasTo, MR a panel, or 0. */
  groupF: i32
  b: usize
  biasTo: usize
}

/** to[panel][s][r] = w[rows[MR panel + r] + steps[s]], 0 for no row. A unit is a panel. */
export function conv2dPack(from: i32, to: i32, thread: i32, p: Conv2dPack): void {
  const k = p.k
  for (let unit = from; unit < to; unit++) {
    const g = unit / p.panels
    const panel = unit - g * p.panels
    for (let r = 0; r < MR; r++) {
      const row = load<i32>(p.rows + ((panel * MR + r) << 2))
      let at = p.to + ((unit * k * MR + r) << SHIFT)
      const source = p.w + ((g * p.group + row) << SHIFT)
      for (let step = 0; step < k; step++) {
        let value: real = 0
        if (row >= 0) value = load<real>(source + (load<i32>(p.steps + (step << 2)) << SHIFT))
        store<real>(at, value)
        at += MR << SHIFT
      }
      if (p.biasTo) {
        const f = panel * MR + r
        const has = p.b != 0 && f < p.groupF
        const bias: real = has ? load<real>(p.b + ((g * p.groupF + f) << SHIFT)) : 0
        store<real>(p.biasTo + ((unit * MR + r) << SHIFT), bias)
      }
    }
  }
}
