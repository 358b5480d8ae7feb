import { DataError } from '@convkit/api'
import { input, number, type ReferenceCase } from '../case.js'
import { type Bound, float64, type Precision } from './rounding.js'
import { type Approx, type Running, running } from './running.js'

/** One parameter and its state: `w`, and a name for each slot. */
export interface State {
  readonly w: Approx
  readonly [slot: string]: Approx
}

export interface StepScalars {
  /** A hyperparameter, as the kernel may round it. */
  readonly of: (name: string) => Approx
  /** From 1. */
  readonly step: number
}

/** The update's formula on one element, in running error analysis. */
export interface UpdateFormula {
  readonly slots: readonly string[]
  readonly step: (r: Running, s: StepScalars, state: State, g: Approx) => State
}

/** The state of a slot, which every step hands on. */
export function slot(state: State, name: string): Approx {
  const approx = state[name]
  if (!approx) throw new DataError(`reference case: the state has no ${name}`)
  return approx
}

/** Every state from the first to the one after the last gradient: [steps + 1][elements]. */
function trajectory(c: ReferenceCase, { slots, step }: UpdateFormula, precision: Precision): State[][] {
  const r = running(precision)
  const w = input(c, 'in.w').data
  const grads = input(c, 'in.grads').data
  const first = typeof c.attrs.step === 'number' ? c.attrs.step : 1
  const start = Array.from(w, (value, i): State => {
    const state = slots.map((name) => [name, r.exact(c.inputs.get(`in.${name}`)?.data[i] ?? 0)])
    return { ...Object.fromEntries(state), w: r.exact(value) }
  })
  const states = [start]
  const of = (name: string) => r.scalar(number(c, name))
  for (let k = 0; k * w.length < grads.length; k++)
    states.push(
      (states[k] ?? []).map((state, i) =>
        step(r, { of, step: first + k }, state, r.exact(grads[k * w.length + i] ?? Number.NaN)),
      ),
    )
  return states
}

/** What the steps of a case, from its first state on, may be off: errors of earlier steps are carried along. */
export function stepErrors(formula: UpdateFormula): Bound {
  return async (c, _, precision) => {
    const states = trajectory(c, formula, precision)
    const last = states.at(-1) ?? []
    const errors: [string, Float64Array][] = [
      ['out.w', Float64Array.from(states.slice(1).flatMap((elements) => elements.map(({ w }) => w.error)))],
    ]
    for (const name of formula.slots)
      errors.push([`out.${name}`, Float64Array.from(last, (state) => slot(state, name).error)])
    return new Map(errors)
  }
}

/** A case of k steps as k cases of one step, each from the state that float64 reached before it. */
export function singleSteps(c: ReferenceCase, formula: UpdateFormula): ReferenceCase[] {
  const states = trajectory(c, formula, float64)
  const { shape } = input(c, 'in.w')
  const grads = input(c, 'in.grads').data
  return states.slice(0, -1).map((elements, k) => {
    const values = (name: string) => ({ shape, data: Float64Array.from(elements, (state) => slot(state, name).value) })
    const size = elements.length
    const inputs = new Map(['w', ...formula.slots].map((name) => [`in.${name}`, values(name)]))
    inputs.set('in.grads', { shape: [1, ...shape], data: grads.slice(k * size, (k + 1) * size) })
    return { ...c, attrs: { ...c.attrs, step: k + 1 }, inputs, expected: new Map() }
  })
}
