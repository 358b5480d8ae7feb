import { elementwise } from '../core/bounds.js'
import type { Case, NdArray, Results } from '../core/case.js'
import { inputOf, tensorOf } from '../core/inputs.js'
import type { LayerSpec, Outputs } from '../core/spec.js'
import { map } from '../core/values.js'
import type { UpdateSpec } from '../updates/update.js'
import { unitFor } from './inexact.js'
import { threeLayerConvNetSpec } from './threeLayerConvNet.js'

/** A net has gradients of its parameters. */
export const parametersOf = (net: LayerSpec): string[] => Object.keys(net.gradients)

/**
 * A net's case as one step of its training: the optimizer's state (`W1.m`, ...) is input and output, and so are the
 * parameters. State starts at zero.
 */
export function firstStep(
  c: Case,
  update: UpdateSpec,
  scalars: Case['attrs'],
  net: LayerSpec = threeLayerConvNetSpec,
): Case {
  const zero = (name: string) => map(inputOf(c, name), () => 0)
  const state = parametersOf(net).flatMap((name) =>
    update.slots.map((slot) => [`${name}.${slot}`, zero(name)] as const),
  )
  return { ...c, attrs: { ...c.attrs, ...scalars, step: 1 }, inputs: { ...c.inputs, ...Object.fromEntries(state) } }
}

/** The step after this one, from the state that `results` holds. */
export function nextStep(c: Case, results: Results): Case {
  const inputs = Object.entries(c.inputs).map(([name, array]) => [name, results[name] ?? array] as const)
  return { ...c, attrs: { ...c.attrs, step: Number(c.attrs.step) + 1 }, inputs: Object.fromEntries(inputs) }
}

/** One parameter's share of a step, as a case of the update. */
export function updateCase(c: Case, update: UpdateSpec, name: string, g: NdArray): Case {
  const slots = update.slots.map((slot) => [slot, inputOf(c, `${name}.${slot}`)] as const)
  return { layer: update.layer, attrs: c.attrs, inputs: { w: inputOf(c, name), g, ...Object.fromEntries(slots) } }
}

/** The results of a parameter's update under the names that they have in a step. */
export function ofParameter<T>(name: string, after: { readonly [slot: string]: T }): { readonly [name: string]: T } {
  return Object.fromEntries(
    Object.entries(after).map(([slot, value]) => [slot === 'w' ? name : `${name}.${slot}`, value]),
  )
}

/** Forward, backward and update of a whole net: one step from a state that is given. */
export function stepSpec(update: UpdateSpec, net: LayerSpec = threeLayerConvNetSpec): LayerSpec {
  const parameters = parametersOf(net)
  return {
    ...net,
    layer: `training with ${update.layer}`,

    call(scope, inputs, c, _dy, want) {
      const passes = net.call(scope, inputs, c, null, want)
      let results = passes
      for (const name of parameters) {
        const slots = update.slots.map((slot) => [slot, tensorOf(inputs, `${name}.${slot}`)] as const)
        const g = tensorOf(passes as Outputs, `d${name}`)
        const own = { w: tensorOf(inputs, name), g, ...Object.fromEntries(slots) }
        results = { ...results, ...ofParameter(name, update.call(scope, own, c, null, {})) }
      }
      return results
    },

    /** The update's running error analysis, from gradients that are off by the whole net's bound. */
    async bounds(c, exact, magnitudes, unit) {
      const passes = await net.bounds(c, exact, magnitudes, unit)
      let errors: { readonly [name: string]: readonly number[] } = {}
      for (const name of parameters) {
        const own = updateCase(c, update, name, exact[`d${name}`])
        const after = Object.entries(update.approximate(own, unitFor(update, unit), { g: passes[`d${name}`] }))
        const lists = Object.fromEntries(after.map(([slot, list]) => [slot, list.map(({ error }) => error)]))
        errors = { ...errors, ...ofParameter(name, lists) }
      }
      return { ...passes, ...elementwise(exact, errors) }
    },
  }
}
