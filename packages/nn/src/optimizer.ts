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
import { isRate, multiplied, type RunProgress, type Schedule, valueAt } from './schedule.js'

type Scalars = { readonly [N in UpdateName]: (typeof updates)[N]['defaults'] }

/** The optimizers there are. */
export const optimizerNames = updateNames

type Given<Names extends PropertyKey> = { readonly [S in Exclude<Names, 'step'>]?: number | Schedule }

/** A name, or a name with hyperparameters: numbers, or schedules of them; those left out have the defaults of the api's update. */
export type OptimizerConfig =
  | UpdateName
  | { readonly [N in UpdateName]: { readonly name: N } & Given<keyof Scalars[N]> }[UpdateName]

interface Values<V> {
  readonly learningRate: V
  readonly [name: string]: V
}

/** Updates parameters from their gradients; its state lives in a scope of its own until disposed. */
export interface Optimizer extends Disposable {
  readonly name: UpdateName
  /** Every hyperparameter, defaults filled in. */
  readonly hyperparameters: Values<number | Schedule>
  /** The state tensors by name, zero at first: `W1.m`, `W1.v`. */
  readonly slots: ReadonlyMap<string, FloatTensor>
  /** Steps taken so far; set it with the slots when continuing a run. */
  steps: number
  /**
   * The hyperparameters of the next step. Schedules want the progress. Throws `ConfigError` where a schedule's value is not
   * finite.
   */
  at(progress?: RunProgress): Values<number>
  /**
   * Queues one update of every parameter. `grads`: one for each parameter, shaped like it. Weight decay applies to the
   * parameters with `decay` alone. Gives the hyperparameters that it took. Throws what `at` throws.
   */
  step(grads: readonly FloatTensor[], progress?: RunProgress): Values<number>
}

/**
 * The learning rate is multiplied by `lrDecay` (default 1) after each epoch of the progress. Throws `ConfigError` for an
 * unknown name or hyperparameter, or one that is neither a finite number nor a schedule.
 */
export function createOptimizer(
  config: OptimizerConfig,
  params: readonly Parameter[],
  parent: Scope,
  { lrDecay = 1 }: { readonly lrDecay?: number } = {},
): Optimizer {
  const { name, ...given }: { readonly name: UpdateName; readonly [hyperparameter: string]: unknown } =
    typeof config === 'string' ? { name: config } : config
  if (!optimizerNames.includes(name))
    throw new ConfigError(
      `optimizer: unknown name ${JSON.stringify(name)}${didYouMean(String(name), optimizerNames)} (known: ${optimizerNames.join(', ')})`,
    )
  const update: Update<{ readonly learningRate: number }> = updates[name]
  const { step: counted, ...defaults }: { step?: number; learningRate: number } = { ...update.defaults }
  const hyperparameters: Values<number | Schedule> = { ...defaults, ...checked(name, given, Object.keys(defaults)) }
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
    at(progress) {
      const { learningRate, ...others } = hyperparameters
      const rateOf = (key: string, value: number | Schedule) => valueAt(`${key} of ${name}`, value, progress)
      return {
        ...Object.fromEntries(Object.entries(others).map(([key, value]) => [key, rateOf(key, value)])),
        learningRate: multiplied(rateOf('learningRate', learningRate), lrDecay, progress?.epoch ?? 0),
      }
    },
    step(grads, progress) {
      if (grads.length !== params.length)
        throw new ShapeError(`optimizer: wants ${params.length} gradients, one a parameter, got ${grads.length}`)
      const values = this.at(progress)
      this.steps++
      const scalars = { ...values, ...(counted === undefined ? {} : { step: this.steps }) }
      for (const [i, { tensor, decay }] of params.entries()) {
        const [gradient, state] = [grads[i], states[i]]
        if (gradient && state) update.update(tensor, gradient, state, decay ? scalars : { ...scalars, ...undecayed })
      }
      return values
    },
    [Symbol.dispose]() {
      scope[Symbol.dispose]()
    },
  }
}

function checked(
  name: UpdateName,
  given: { readonly [name: string]: unknown },
  known: readonly string[],
): { readonly [name: string]: number | Schedule } {
  const entries = Object.entries(given).map(([key, value]) => {
    if (!known.includes(key))
      throw new ConfigError(
        `optimizer: ${name} has no ${key}${didYouMean(key, known)} (its hyperparameters are ${known.join(', ')})`,
      )
    if (!isRate(value))
      throw new ConfigError(`optimizer: ${key} of ${name} must be a finite number or a schedule, got ${String(value)}`)
    return [key, value] as const
  })
  return Object.fromEntries(entries)
}
