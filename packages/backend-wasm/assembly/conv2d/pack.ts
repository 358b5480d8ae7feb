import { SHIFT } from '../lib/simd'

@unmanaged
class Pack {
  /** Panels of a group, and steps of a panel. */
  panels: i32
  k: i32
  /** Numbers from one step to the next, and from one group to the next. */
  step: i32
  group: i32
  /** Where a group's rows start, four a panel; -1 for a row that is not there. */
  rows: usize
  w: usize
  to: usize
  /** Filters of a group; bias and biasTo, four a panel, or 0. */
  groupF: i32
  b: usize
  biasTo: usize
}

/** to[panel][k][r] = w[rows[4 panel + r] + k * step], 0 in rows that are not there. A unit is a panel. */
export function conv2dPack(from: i32, to: i32, thread: i32, p: Pack): void {
  for (let unit = from; unit < to; unit++) {
    const g = unit / p.panels
    const panel = unit - g * p.panels
    const target = p.to + ((unit * p.k) << (SHIFT + 2))
    for (let r = 0; r < 4; r++) {
      const row = load<i32>(p.rows + ((panel * 4 + r) << 2))
      const at = target + (r << SHIFT)
      if (row < 0) {
        for (let k = 0; k < p.k; k++) store<real>(at + (k << (SHIFT + 2)), 0)
      } else {
        const source = p.w + ((g * p.group + row) << SHIFT)
        const step = p.step << SHIFT
        for (let k = 0; k < p.k; k++) store<real>(at + (k << (SHIFT + 2)), load<real>(source + k * step))
      }
      if (p.biasTo) {
        const f = panel * 4 + r
        const has = p.b != 0 && f < p.groupF
        const bias: real = has ? load<real>(p.b + ((g * p.groupF + f) << SHIFT)) : 0
        store<real>(p.biasTo + ((unit * 4 + r) << SHIFT), bias)
      }
    }
  }
}
