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
import { matches } from './matches.js'
import { isRate, multiplied, type RunProgress, type Schedule, valueAt } from './schedule.js'

type Scalars = { readonly [N in UpdateName]: (typeof updates)[N]['defaults'] }

/** The optimizers there are. */
export const optimizerNames = updateNames

type Given<N extends UpdateName> = { readonly [S in Exclude<keyof Scalars[N], 'step'>]?: number | Schedule }

/**
 * Hyperparameters of the parameters whose names are `match`, in which each `*` stands for any characters: `*.beta`. Those left
 * out are the optimizer's. A weight decay given here applies to every parameter of the group, biases included.
 */
export type ParameterGroup<N extends UpdateName = UpdateName> = {
  readonly [K in N]: { readonly match: string } & Given<K>
}[N]

/**
 * A name, or a name with hyperparameters: numbers, or schedules of them; those left out have the defaults of the api's update.
 * A parameter belongs to the first of the `groups` that matches its name, if any does.
 */
export type OptimizerConfig =
  | UpdateName
  | {
      readonly [N in UpdateName]: { readonly name: N; readonly groups?: readonly ParameterGroup<N>[] } & Given<N>
    }[UpdateName]

interface Values<V> {
  readonly learningRate: V
  readonly [name: string]: V
}

type Rates = { readonly [hyperparameter: string]: number | Schedule }

interface CheckedGroup {
  readonly match: string
  /** Those of its own. */
  readonly hyperparameters: Rates
}

interface Config {
  readonly name: UpdateName
  readonly groups?: unknown
  readonly [hyperparameter: string]: unknown
}

/** Updates parameters from their gradients; its state lives in a scope of its own until disposed. */
export interface Optimizer extends Disposable {
  readonly name: UpdateName
  /** Every hyperparameter, defaults filled in. */
  readonly hyperparameters: Values<number | Schedule>
  readonly groups: readonly CheckedGroup[]
  /** The state tensors by name, zero at first: `W1.m`, `W1.v`. */
  readonly slots: ReadonlyMap<string, FloatTensor>
  /** Steps taken so far; set it with the slots when continuing a run. */
  steps: number
  /**
   * The hyperparameters of the next step, outside groups. Schedules want the progress. Throws `ConfigError` where a
   * schedule's value is not finite.
   */
  at(progress?: RunProgress): Values<number>
  /**
   * Queues one update of every parameter. `grads`: one for each parameter, shaped like it. Weight decay applies to the
   * parameters with `decay` alone, unless a group gives its own. Gives the hyperparameters that it took outside groups. Throws
   * what `at` throws.
   */
  step(grads: readonly FloatTensor[], progress?: RunProgress): Values<number>
}

/**
 * Learning rates are multiplied by `lrDecay` (default 1) after each epoch of the progress. Throws `ConfigError` for an
 * unknown name or hyperparameter, one that is neither a finite number nor a schedule, or a group without parameters.
 */
export function createOptimizer(
  config: OptimizerConfig,
  params: readonly Parameter[],
  parent: Scope,
  { lrDecay = 1 }: { readonly lrDecay?: number } = {},
): Optimizer {
  const { name, groups: wanted = [], ...given }: Config = typeof config === 'string' ? { name: config } : config
  if (!optimizerNames.includes(name))
    throw new ConfigError(
      `optimizer: unknown name ${JSON.stringify(name)}${didYouMean(String(name), optimizerNames)} (known: ${optimizerNames.join(', ')})`,
    )
  const update: Update<{ readonly learningRate: number }> = updates[name]
  const { step: counted, ...defaults }: { step?: number; learningRate: number } = { ...update.defaults }
  const known = Object.keys(defaults)
  const hyperparameters: Values<number | Schedule> = { ...defaults, ...checked(name, given, known) }
  const groups = checkGroups(name, wanted, known)
  const groupOf = membership(groups, params)
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
  const rateAt = (owner: string, key: string, value: number | Schedule, progress?: RunProgress) => {
    const now = valueAt(`${key} of ${owner}`, value, progress)
    return key === 'learningRate' ? multiplied(now, lrDecay, progress?.epoch ?? 0) : now
  }
  const ratesAt = (owner: string, rates: Rates, progress?: RunProgress) =>
    Object.fromEntries(Object.entries(rates).map(([key, value]) => [key, rateAt(owner, key, value, progress)]))
  return {
    name,
    hyperparameters,
    groups,
    slots,
    steps: 0,
    at(progress) {
      const { learningRate, ...others } = hyperparameters
      return {
        ...ratesAt(name, others, progress),
        learningRate: rateAt(name, 'learningRate', learningRate, progress),
      }
    },
    step(grads, progress) {
      if (grads.length !== params.length)
        throw new ShapeError(`optimizer: wants ${params.length} gradients, one a parameter, got ${grads.length}`)
      const values = this.at(progress)
      const own = new Map(
        groups.map((group) => [group, ratesAt(inGroup(name, group.match), group.hyperparameters, progress)]),
      )
      this.steps++
      const scalars = { ...values, ...(counted === undefined ? {} : { step: this.steps }) }
      for (const [i, { tensor, decay }] of params.entries()) {
        const [gradient, state, group] = [grads[i], states[i], groupOf[i]]
        const others = { ...(!decay && undecayed), ...(group && own.get(group)) }
        if (gradient && state) update.update(tensor, gradient, state, { ...scalars, ...others })
      }
      return values
    },
    [Symbol.dispose]() {
      scope[Symbol.dispose]()
    },
  }
}

const inGroup = (name: string, match: string) => `${name} in the group ${JSON.stringify(match)}`

function checkGroups(name: UpdateName, groups: unknown, known: readonly string[]): CheckedGroup[] {
  if (!Array.isArray(groups))
    throw new ConfigError(`optimizer: groups of ${name} must be a list, got ${String(groups)}`)
  return groups.map((group: unknown) => {
    const { match, ...own }: { readonly match?: unknown } = { ...Object(group) }
    if (typeof match !== 'string')
      throw new ConfigError(
        `optimizer: each of the groups of ${name} must have match, names with * for any characters such as "*.beta", got ${String(match)}`,
      )
    return { match, hyperparameters: checked(inGroup(name, match), own, known) }
  })
}

/** The group of each parameter, if it has one. Throws `ConfigError` for a group without any. */
function membership(groups: readonly CheckedGroup[], params: readonly Parameter[]): (CheckedGroup | undefined)[] {
  const groupOf = params.map(({ name }) => groups.find(({ match }) => matches(match, name)))
  for (const group of groups)
    if (!groupOf.includes(group))
      throw new ConfigError(
        `optimizer: no parameter is in the group ${JSON.stringify(group.match)}; each is in the first group that matches its name (their names are ${params.map(({ name }) => name).join(', ')})`,
      )
  return groupOf
}

function checked(owner: string, given: { readonly [name: string]: unknown }, known: readonly string[]): Rates {
  const entries = Object.entries(given).map(([key, value]) => {
    if (!known.includes(key))
      throw new ConfigError(
        `optimizer: ${owner} has no ${key}${didYouMean(key, known)} (its hyperparameters are ${known.join(', ')})`,
      )
    if (!isRate(value))
      throw new ConfigError(`optimizer: ${key} of ${owner} must be a finite number or a schedule, got ${String(value)}`)
    return [key, value] as const
  })
  return Object.fromEntries(entries)
}
