import { Scope, type Update } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { Case, NdArray } from '../core/case.js'
import { compare } from '../core/compare.js'
import { changed, each, inputOf } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { queue, readAll } from '../core/subject.js'
import { longest, period, repeated, type Sweep, sweep } from '../core/sweep.js'
import { map } from '../core/values.js'
import { signedZeros, withZeros } from '../laws/signedZeros.js'
import { shrink, subnormals } from '../laws/subnormals.js'

export function allOf<T>(names: readonly string[], value: T): { [name: string]: T } {
  return Object.fromEntries(names.map((name) => [name, value]))
}

export const zeros = (array: NdArray) => map(array, () => 0)

/** No gradient, now or before. */
export function atRest(c: Case, slots: readonly string[]): Case {
  return changed(c, { inputs: each(c.inputs, allOf(['g', ...slots], zeros)) })
}

type Described = Pick<Update<object>, 'name' | 'slots' | 'defaults'>

/** Laws that every optimizer is held to; `adaptive` ones divide by a root, and `decays` is of the weights. */
export function commonLaws(
  { slots }: Described,
  { adaptive, decays }: { readonly adaptive: boolean; readonly decays: boolean },
): Law[] {
  // Next to nothing over next to nothing can be anything: only at rest is an adaptive step known, namely 0.
  const still = (c: Case) => (adaptive ? atRest(c, slots) : c)
  const operands = adaptive ? { w: 1 } : { w: 1, g: 1, v: 1 }
  const signed = signedZeros(['w'], (c) => withZeros(adaptive ? ['w'] : ['w', 'g'])(still(c)))
  // -0 + 0 is 0, which a velocity or a decay may add, or may not.
  const isSigned = adaptive ? !decays : slots.length === 0
  return [several, subnormals([(c, exponent) => shrink(operands)(still(c), exponent)]), ...(isSigned ? [signed] : [])]
}

const several: Law = {
  name: 'several parameters',
  says: 'a step of several parameters, each of its own size and rate, updates each as if it were alone',
  async check(subject, c) {
    const { spec, backend, dtype } = subject
    const size = inputOf(c, 'w').data.length
    const slower = { learningRate: Number(c.attrs.learningRate) / 2 }
    const parameters = [c, elementsOf(c, 0, 1), elementsOf(c, Math.floor(size / 3), size, slower)]
    using scope = new Scope(backend)
    const queued = parameters.map((own) => queue(spec, scope, dtype, own).outputs)
    backend.mark?.('step')
    for (const [k, own] of parameters.entries()) {
      const got = await readAll(queued[k])
      compare(
        `several parameters: ${several.says}`,
        own,
        got,
        await subject.exact(own),
        await subject.bounds(own),
        subject,
      )
    }
  },
}

/** A part of a case's elements, along one axis. */
function elementsOf(c: Case, from: number, to: number, attrs: Case['attrs'] = {}): Case {
  const parts = Object.entries(c.inputs).map(([name, { data }]) => {
    const part = data.slice(from, to)
    return [name, { shape: [part.length], data: part }]
  })
  return changed(c, { attrs, inputs: Object.fromEntries(parts) })
}

/** As many elements as there are, made of a few: bounds of those few hold for all. */
export function elementSweep({ name, slots, defaults }: Described, squares: readonly string[]): Sweep {
  const caseOf = (size: number, random: Random): Case => {
    const drawn = (operand: string): [string, NdArray] => {
      const own = random.normal(period)
      const base = squares.includes(operand) ? own.map(Math.abs) : own
      return [operand, { shape: [size], data: repeated(base, size) }]
    }
    const inputs = Object.fromEntries(['w', 'g', ...slots].map(drawn))
    return { layer: name, attrs: { ...defaults, learningRate: 0.1 }, inputs }
  }
  return sweep('elements', longest, caseOf, { period })
}
