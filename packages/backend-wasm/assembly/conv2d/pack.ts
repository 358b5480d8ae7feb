import { SHIFT } from '../lib/simd'

@unmanaged
class Pack {
  /** Panels of a group; outer times inner steps of a panel. */
  panels: i32
  outer: i32
  inner: i32
  /** Numbers from one step to the next, and from one group to the next. */
  outerStep: i32
  innerStep: i32
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

/** to[panel][o][i][r] = w[rows[4 panel + r] + o * outerStep + i * innerStep], 0 for no row. A unit is a panel. */
export function conv2dPack(from: i32, to: i32, thread: i32, p: Pack): void {
  const k = p.outer * p.inner
  const innerStep = p.innerStep << SHIFT
  for (let unit = from; unit < to; unit++) {
    const g = unit / p.panels
    const panel = unit - g * p.panels
    for (let r = 0; r < 4; r++) {
      const row = load<i32>(p.rows + ((panel * 4 + r) << 2))
      let at = p.to + ((unit * k * 4 + r) << SHIFT)
      for (let o = 0; o < p.outer; o++) {
        let source = p.w + ((g * p.group + row + o * p.outerStep) << SHIFT)
        for (let i = 0; i < p.inner; i++) {
          let value: real = 0
          if (row >= 0) value = load<real>(source)
          store<real>(at, value)
          source += innerStep
          at += 4 << SHIFT
        }
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
