import {
  ConfigError,
  didYouMean,
  type FloatTensor,
  type Scope,
  ShapeError,
  type Update,
  type UpdateName,
  updateNames,
  updates,
  vector,
} from '@convkit/api'
import type { Parameter } from './layer.js'

type Scalars = { readonly [N in UpdateName]: (typeof updates)[N]['defaults'] }

/** The optimizers there are. */
export const optimizerNames = updateNames

/** A name, or a name with hyperparameters; those left out have the defaults of the api's update. */
export type OptimizerConfig =
  | UpdateName
  | { readonly [N in UpdateName]: { readonly name: N } & Partial<Omit<Scalars[N], 'step'>> }[UpdateName]

/** Updates parameters from their gradients; its state lives in a scope of its own until disposed. */
export interface Optimizer extends Disposable {
  readonly name: UpdateName
  /** Every hyperparameter, defaults filled in. */
  readonly hyperparameters: { readonly learningRate: number; readonly [name: string]: number }
  /** The state tensors by name, zero at first: `W1.m`, `W1.v`. */
  readonly slots: ReadonlyMap<string, FloatTensor>
  /** Steps taken so far; set it with the slots when continuing a run. */
  steps: number
  /**
   * Queues one update of every parameter. `grads`: one for each parameter, shaped like it. `learningRate` replaces the
   * configured one for this step. Weight decay applies to the parameters with `decay` alone.
   */
  step(grads: readonly FloatTensor[], learningRate?: number): void
}

/** Throws `ConfigError` for an unknown name or hyperparameter, or one that is not a finite number. */
export function createOptimizer(config: OptimizerConfig, params: readonly Parameter[], parent: Scope): Optimizer {
  const { name, ...given }: { readonly name: UpdateName; readonly [hyperparameter: string]: unknown } =
    typeof config === 'string' ? { name: config } : config
  if (!optimizerNames.includes(name))
    throw new ConfigError(
      `optimizer: unknown name ${JSON.stringify(name)}${didYouMean(String(name), optimizerNames)} (known: ${optimizerNames.join(', ')})`,
    )
  const update: Update<{ readonly learningRate: number }> = updates[name]
  const { step: counted, ...defaults }: { step?: number; learningRate: number } = { ...update.defaults }
  checkHyperparameters(name, given, Object.keys(defaults))
  const hyperparameters = { ...defaults, ...given }
  const undecayed = 'weightDecay' in hyperparameters ? { weightDecay: 0 } : {}
  const scope = parent.child()
  const slots = new Map<string, FloatTensor>()
  const states = params.map((parameter) =>
    update.slots.map((slot) => {
      const state = scope.alloc(parameter.tensor.shape, parameter.tensor.dtype)
      vector.fill(state, 0)
      slots.set(`${parameter.name}.${slot}`, state)
      return state
    }),
  )
  return {
    name,
    hyperparameters,
    slots,
    steps: 0,
    step(grads, learningRate = hyperparameters.learningRate) {
      if (grads.length !== params.length)
        throw new ShapeError(`optimizer: wants ${params.length} gradients, one a parameter, got ${grads.length}`)
      this.steps++
      const scalars = { ...hyperparameters, learningRate, ...(counted === undefined ? {} : { step: this.steps }) }
      for (const [i, { tensor, decay }] of params.entries()) {
        const [gradient, state] = [grads[i], states[i]]
        if (gradient && state) update.update(tensor, gradient, state, decay ? scalars : { ...scalars, ...undecayed })
      }
    },
    [Symbol.dispose]() {
      scope[Symbol.dispose]()
    },
  }
}

function checkHyperparameters(
  name: UpdateName,
  given: { readonly [name: string]: unknown },
  known: readonly string[],
): void {
  for (const [key, value] of Object.entries(given)) {
    if (!known.includes(key))
      throw new ConfigError(
        `optimizer: ${name} has no ${key}${didYouMean(key, known)} (its hyperparameters are ${known.join(', ')})`,
      )
    if (!Number.isFinite(value))
      throw new ConfigError(`optimizer: ${key} of ${name} must be a finite number, got ${String(value)}`)
  }
}
