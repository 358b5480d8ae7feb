import { keysOf, mapValues } from './record.js'

/** A rule on which libraries differ. */
export interface Convention<Choice extends string | number = string | number> {
  /** The first is ours. */
  readonly choices: readonly [Choice, ...Choice[]]
  /** The kernel whose results depend on it. */
  readonly method: 'backward' | 'update'
  /** What it decides. */
  readonly decides: string
}

function convention<const Choice extends string | number>(
  method: Convention['method'],
  decides: string,
  ...choices: [Choice, ...Choice[]]
): Convention<Choice> {
  return { choices, method, decides }
}

/**
 * Every convention that a backend may declare, by kernel: what it decides, and its choices, ours first. A backend that
 * declares none is held to ours; one that declares another is held to that, by an oracle of its own.
 */
export const conventionTable = {
  maxPool2d: {
    /**
     * Which of several equal maxima of a window takes its gradient.
     * - `first`, in row-major order: PyTorch's max_pool2d, TensorFlow's max_pool, TensorFlow.js.
     * - `last`: loops that compare with >=; no library that we know documents it.
     * - `split`, all in equal shares: maxima taken by a reduction, as by TensorFlow's reduce_max, PyTorch's amax, JAX's max.
     */
    ties: convention('backward', 'which of equal maxima takes the gradient', 'first', 'last', 'split'),
    /**
     * Where the gradient of a window with a NaN goes; its output is NaN in any case.
     * - `first`, to the first NaN.
     * - `last`, to the last NaN: PyTorch's max_pool2d.
     * - `window`: every element of the window gets NaN, the 0 / 0 of TensorFlow's reduce_max, PyTorch's amax, JAX's max.
     */
    nan: convention('backward', 'where the gradient of a window with a NaN goes', 'first', 'last', 'window'),
  },

  relu: {
    /**
     * The slope at 0, of either sign. Where it is not 0 the kernel `backward` gets x in the place of y, since y is 0 below 0
     * as well, and fused kernels are not called.
     * - 0: PyTorch's relu, TensorFlow's relu, jax.nn.relu.
     * - 0.5: max(x, 0) in JAX, Autograd and PyTorch (maximum); Theano's relu.
     * - 1: TensorFlow's maximum(x, 0), PyTorch's clamp.
     */
    slopeAtZero: convention('backward', 'the slope at 0', 0, 0.5, 1),
  },

  svmLoss: {
    /**
     * The slope of max(0, margin) where the margin is 0.
     * - 0: PyTorch's MultiMarginLoss.
     * - 0.5: losses written with jax.numpy.maximum.
     * - 1: losses written with TensorFlow's maximum(margin, 0).
     */
    slopeAtKink: convention('backward', 'the slope where a margin is 0', 0, 0.5, 1),
  },

  sgdMomentum: {
    /**
     * Whether the velocity holds the learning rate.
     * - `inVelocity`: v = momentum * v - learningRate * g, w = w + v: Keras, Sutskever et al. 2013.
     * - `outsideVelocity`: v = momentum * v + g, w = w - learningRate * v: PyTorch, TensorFlow.js, Optax.
     */
    learningRate: convention('update', 'whether the velocity holds the learning rate', 'inVelocity', 'outsideVelocity'),
  },

  rmsprop: {
    /**
     * What epsilon is added to.
     * - `outsideRoot`: sqrt(v) + epsilon: PyTorch, Chainer.
     * - `insideRoot`: sqrt(v + epsilon): TensorFlow, Keras.
     */
    epsilon: convention('update', 'what epsilon is added to', 'outsideRoot', 'insideRoot'),
  },

  adam: {
    /**
     * Which root epsilon is added to.
     * - `afterCorrection`: sqrt(v / (1 - beta2^step)) + epsilon: algorithm 1 of Kingma and Ba 2015, PyTorch, TensorFlow.js.
     * - `beforeCorrection`: (sqrt(v) + epsilon) / sqrt(1 - beta2^step): "epsilon hat" of the same paper, TensorFlow, Keras.
     */
    epsilon: convention('update', 'which root epsilon is added to', 'afterCorrection', 'beforeCorrection'),
  },

  adamw: {
    /** As for `adam`. */
    epsilon: convention('update', 'which root epsilon is added to', 'afterCorrection', 'beforeCorrection'),
    /**
     * What a step takes off a weight.
     * - `timesRate`: learningRate * weightDecay * w: PyTorch, Keras, Optax.
     * - `alone`: weightDecay * w: AdamW of TensorFlow Addons, DecoupledAdamW of Composer.
     */
    decay: convention('update', 'what a step takes off a weight', 'timesRate', 'alone'),
  },
}

type Table = typeof conventionTable
type ConventionLayer = keyof Table

/** A choice for every convention. */
export type Conventions = {
  readonly [L in keyof Table]: { readonly [R in keyof Table[L]]: ChoiceOf<Table[L][R]> }
}
/** What a backend declares: the conventions in which it differs from ours. */
export type DeclaredConventions = {
  readonly [L in keyof Table]?: { readonly [R in keyof Table[L]]?: ChoiceOf<Table[L][R]> }
}
type ChoiceOf<C> = C extends Convention<infer Choice> ? Choice : never

/** Seen without its types, so that one loop serves every convention. */
const anyTable: { readonly [layer: string]: { readonly [rule: string]: Convention } } = conventionTable

/** A backend, or what else declares conventions. */
interface Declaring {
  readonly conventions?: DeclaredConventions
}

/** The conventions of a backend, ours where it declares none. A choice that does not exist counts as none. */
export function conventionsOf({ conventions }: Declaring): Conventions {
  return conventions ? resolved(conventions) : ourConventions
}

export const ourConventions: Conventions = resolved({})

function resolved(conventions: DeclaredConventions): Conventions {
  const declared: { readonly [layer: string]: object | undefined } = { ...conventions }
  return conventionsBy((layer, rule, { choices }) => {
    const choice: unknown = Reflect.get(Object(declared[layer]), rule)
    return choices.find((known) => known === choice) ?? choices[0]
  })
}

function conventionsBy(
  choose: (layer: ConventionLayer, rule: string, known: Convention) => string | number,
): Conventions {
  const chosen = mapValues(conventionTable, (_, layer) =>
    mapValues(anyTable[layer], (known, rule) => choose(layer, rule, known)),
  )
  // It has an entry for each line of the table, and `choose` chooses among a line's choices.
  return chosen as Conventions
}

/** Seen without its types, like the table. */
type AnyConventions = { readonly [layer: string]: { readonly [rule: string]: string | number } }

/** A convention in which a backend differs from ours. */
export interface Difference extends Convention {
  readonly layer: ConventionLayer
  readonly rule: string
  readonly choice: string | number
}

export function differencesOf(backend: Declaring): Difference[] {
  const own: AnyConventions = conventionsOf(backend)
  return keysOf(conventionTable).flatMap((layer) =>
    Object.entries(anyTable[layer]).flatMap(([rule, known]) => {
      const choice = own[layer][rule]
      return choice === known.choices[0] ? [] : [{ ...known, layer, rule, choice }]
    }),
  )
}

/** Those of `first` for the kernels that it has, and those of `second` for the others. */
export function mergeConventions(
  first: Conventions,
  second: Conventions,
  has: (layer: ConventionLayer, method: string) => boolean,
): Conventions {
  const [own, others]: [AnyConventions, AnyConventions] = [first, second]
  return conventionsBy((layer, rule, { method }) => (has(layer, method) ? own : others)[layer][rule])
}

/** Why a kernel that is held to `wanted` cannot be computed by one of `given`: `ties is first, not split`; null where it can. */
export function conventionConflict(
  layer: string,
  method: string,
  given: Conventions,
  wanted: Conventions,
): string | null {
  const [own, other]: [AnyConventions, AnyConventions] = [given, wanted]
  for (const [rule, known] of Object.entries(anyTable[layer] ?? {})) {
    const [is, should] = [own[layer][rule], other[layer][rule]]
    if (known.method === method && is !== should) return `${rule} is ${is}, not ${should}`
  }
  return null
}

/** What is wrong with a declaration, in words; none where it can be understood. */
export function conventionFaults(declared: unknown): string[] {
  if (declared === undefined) return []
  return Object.entries<unknown>(Object(declared)).flatMap(([layer, rules]) => {
    const known = Object.hasOwn(anyTable, layer) ? anyTable[layer] : undefined
    if (!known) return [`conventions.${layer} is no kernel with a convention: expected ${list(Object.keys(anyTable))}`]
    return Object.entries<unknown>(Object(rules)).flatMap(([rule, choice]) => {
      const convention = Object.hasOwn(known, rule) ? known[rule] : undefined
      const name = `conventions.${layer}.${rule}`
      if (!convention) return [`${name} is no convention: expected ${list(Object.keys(known))}`]
      if (choice === undefined || convention.choices.some((known) => known === choice)) return []
      return [`${name} must be ${list(convention.choices.map(spell))}, got ${spell(choice)}`]
    })
  })
}

function spell(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

function list(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : (names[0] ?? 'none')
}
