import type { Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import type { Law } from '../core/spec.js'

/** Outputs against the plain loops in float64, each element within its derived bound. It needs no backward kernel. */
export const forward: Law = {
  name: 'forward',
  says: 'outputs are within the derived bound of the float64 definition',
  async check(subject, c) {
    const { dy: _, ...forwardOnly } = c
    const bounds = outputs(await subject.bounds(c), Object.values(subject.spec.gradients))
    compare('forward', c, await subject.run(forwardOnly), await subject.exact(c), bounds, subject)
  },
}

/** Gradients likewise, under a random upstream gradient. */
export const backward: Law = {
  name: 'backward',
  says: 'gradients are within the derived bound of the float64 definition',
  async check(subject, c) {
    const names = Object.values(subject.spec.gradients)
    const bounds = Object.entries(await subject.bounds(c)).filter(([name]) => names.includes(name))
    compare('backward', c, await subject.run(c), await subject.exact(c), Object.fromEntries(bounds), subject)
  },
}

function outputs(results: Results, gradients: readonly string[]): Results {
  return Object.fromEntries(Object.entries(results).filter(([name]) => !gradients.includes(name)))
}
