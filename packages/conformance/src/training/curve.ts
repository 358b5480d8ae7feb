import { type Backend, type FloatDType, Labels, Scope } from '@convkit/api'
import { Random } from '@convkit/data'
import type { Case, NdArray, Results } from '../core/case.js'
import { inputOf } from '../core/inputs.js'
import type { LayerSpec, Subject } from '../core/spec.js'
import { createSubject, upload } from '../core/subject.js'
import { map } from '../core/values.js'
import { Violation } from '../core/violation.js'
import type { UpdateSpec } from '../updates/update.js'
import { unitFor } from './inexact.js'
import { nextStep, ofParameter, parametersOf, updateCase } from './step.js'
import { createNet, parameters } from './threeLayerConvNet.js'

/**
 * The losses before each of so many steps in a row from a first step, on the same batch. Everything stays on the
 * backend, and all is queued before the first loss is waited for.
 */
export async function lossCurve(
  backend: Backend,
  dtype: FloatDType,
  c: Case,
  update: UpdateSpec,
  steps: number,
): Promise<NdArray> {
  using model = createNet(backend, dtype, c)
  using run = new Scope(backend)
  const [X, y] = ['X', 'labels'].map((name) => upload(run, dtype, inputOf(c, name), Number(c.attrs.classes)))
  if (X instanceof Labels || !(y instanceof Labels)) throw new Violation('training: X must be floats and labels int32')
  const slots = new Map(
    parameters.flatMap((name) =>
      update.slots.map((slot) => [`${name}.${slot}`, upload(run, dtype, inputOf(c, `${name}.${slot}`), 0)]),
    ),
  )
  const losses: Promise<ArrayLike<number>>[] = []
  for (let k = 0; k < steps; k++) {
    using step = run.child()
    const { loss, grads } = model.loss(step, X, y)
    losses.push(loss.read())
    const own = { ...c, attrs: { ...c.attrs, step: Number(c.attrs.step) + k } }
    for (const [i, { name, tensor }] of model.params.entries()) {
      const state = update.slots.flatMap((slot) => {
        const kept = slots.get(`${name}.${slot}`)
        return kept ? [[slot, kept] as const] : []
      })
      update.call(step, { w: tensor, g: grads[i], ...Object.fromEntries(state) }, own, null, {})
    }
    backend.mark?.('step')
  }
  return { shape: [steps], data: Float64Array.from(await Promise.all(losses), (loss) => loss[0]) }
}

/** Changes values on their way: `g` before a parameter's step, the parameter after it. */
interface Disturbance {
  gradient(k: number, name: string, g: NdArray): NdArray
  parameter(w: NdArray): NdArray
}

const none: Disturbance = { gradient: (_k, _name, g) => g, parameter: (w) => w }

export interface Trajectory {
  readonly cases: readonly Case[]
  /** Before each step. */
  readonly losses: NdArray
}

/**
 * The first case and those after it, each from the state that the oracle reached; `batches` gives the inputs of step k
 * that are not state, by default the first's.
 */
export async function trajectory(
  net: Subject,
  first: Case,
  update: UpdateSpec,
  steps: number,
  { disturb = none, batches }: { disturb?: Disturbance; batches?: (k: number) => Case['inputs'] } = {},
): Promise<Trajectory> {
  const cases: Case[] = []
  const losses = { shape: [steps], data: new Float64Array(steps) }
  for (let [k, c] = [0, first]; k < steps; k++) {
    const passes = await net.exact(c)
    cases.push(c)
    losses.data[k] = passes.loss.data[0]
    let after: Results = {}
    for (const name of parametersOf(net.spec)) {
      const g = disturb.gradient(k, name, passes[`d${name}`])
      const { w, ...state } = await net.as(update).exact(updateCase(c, update, name, g))
      after = { ...after, ...ofParameter(name, { w: disturb.parameter(w), ...state }) }
    }
    c = nextStep(c, { ...after, ...(k + 1 < steps ? batches?.(k + 1) : {}) })
  }
  return { cases, losses }
}

const disturbedRuns = 20

/**
 * How far a right loss curve may be from that of a trajectory. No rigorous bound holds over many steps: Adam's first step
 * is nearly the sign of the gradient. Instead: the widest of 20 seeded float64 runs in which every gradient is moved by
 * plus or minus its own bound before each step and every parameter by its rounding after it; and the bound of the
 * undisturbed loss itself. `bounds` are those of the net at each of the trajectory's cases.
 */
export async function curveSpread(
  net: Subject,
  { cases, losses }: Trajectory,
  update: UpdateSpec,
  bounds: readonly Results[],
): Promise<NdArray> {
  const random = new Random(231)
  const sign = () => (random.uniform() < 0.5 ? -1 : 1)
  const { u } = unitFor(update, net.unit)
  const widest = losses.data.map(() => 0)
  for (let run = 0; run < disturbedRuns; run++) {
    const disturb: Disturbance = {
      gradient: (k, name, g) => map(g, (value, i) => value + sign() * bounds[k][`d${name}`].data[i]),
      parameter: (w) => map(w, (value) => value + sign() * u * Math.abs(value)),
    }
    const batches = (k: number) => ({ X: inputOf(cases[k], 'X'), labels: inputOf(cases[k], 'labels') })
    const disturbed = await trajectory(net, cases[0], update, cases.length, { disturb, batches })
    for (const [k, loss] of disturbed.losses.data.entries())
      widest[k] = Math.max(widest[k], Math.abs(loss - losses.data[k]))
  }
  const spread = map(losses, (_, k) => widest[k] + bounds[k].loss.data[0])
  // Of a gradient without a bound nothing follows.
  return map(spread, (value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value))
}

/** What a run on a backend is held to: the losses before each step, as the oracle has them in float64, and their spread. */
export async function curveOf(
  net: LayerSpec,
  { backend, dtype, oracle }: { readonly backend: Backend; readonly dtype: FloatDType; readonly oracle: Backend },
  first: Case,
  update: UpdateSpec,
  batches: readonly Case['inputs'][],
): Promise<{ readonly losses: NdArray; readonly spread: NdArray }> {
  const subject = createSubject(net, backend, oracle, dtype)
  const straight = await trajectory(subject, first, update, batches.length, { batches: (k) => batches[k] })
  const bounds: Results[] = []
  for (const c of straight.cases) bounds.push(await subject.bounds(c))
  return { losses: straight.losses, spread: await curveSpread(subject, straight, update, bounds) }
}
