/**
 * What compositions are written in: operations on one element, for any kind of value. Numbers, vectors, nodes of a graph, source
 * text and error bounds each have their own.
 */
export interface Operations<V> {
  constant(value: number): V
  add(a: V, b: V): V
  sub(a: V, b: V): V
  mul(a: V, b: V): V
  div(a: V, b: V): V
  sqrt(a: V): V
  /** 1 / (1 + exp(-a)), which never overflows. */
  sigmoid(a: V): V
  /** log(1 + exp(a)), which never overflows. */
  softplus(a: V): V
  /** With a small relative error near 0 too. */
  tanh(a: V): V
  /** -1, 0 or 1; a NaN stays NaN. */
  sign(a: V): V
  /** `above` where a > 0, `below` where a <= 0; NaN where a is NaN. */
  where(a: V, above: V, below: V): V
}

/**
 * A kernel as a formula of one element: each output in terms of the same element of its operands, and of its scalars. What
 * is updated in place is seen as it was before the call.
 */
export type Composition = <V>(a: Operations<V>, of: (operandOrScalar: string) => V) => { readonly [output: string]: V }

/** A function of one number, such as an activation. */
export type ElementFunction = <V>(a: Operations<V>, x: V) => V

/** A function of several numbers, which it asks for by name. */
export type NamedFunction<Name extends string = string> = <V>(a: Operations<V>, of: (name: Name) => V) => V

export const numbers: Operations<number> = {
  constant: (value) => value,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  sign: Math.sign,
  where: (a, above, below) => (a > 0 ? above : a <= 0 ? below : Number.NaN),

  sigmoid(a) {
    const e = Math.exp(-Math.abs(a))
    return (a < 0 ? e : 1) / (1 + e)
  },

  softplus: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
}

/** A value, and its slope where that is not 0 everywhere. */
interface Dual<V> {
  readonly value: V
  readonly slope: V | null
}

/** df/dx for the number called x, written in the same operations: forward-mode differentiation (Wengert 1964). */
export function derivative<V, Name extends string>(
  a: Operations<V>,
  f: NamedFunction<Name>,
  of: (name: Name) => V,
  x: NoInfer<Name>,
): V {
  const one = a.constant(1)
  const { slope } = f(duals(a, one), (name) => ({ value: of(name), slope: name === x ? one : null }))
  return slope ?? a.constant(0)
}

function duals<V>(a: Operations<V>, one: V): Operations<Dual<V>> {
  const flat = (value: V): Dual<V> => ({ value, slope: null })
  const negative = (x: V) => a.sub(a.constant(0), x)
  const times = (x: V, slope: V | null) => (slope === null ? null : slope === one ? x : a.mul(x, slope))
  const plus = (s: V | null, t: V | null) => (s !== null && t !== null ? a.add(s, t) : (s ?? t))
  const minus = (s: V | null, t: V | null) => (t === null ? s : s === null ? negative(t) : a.sub(s, t))
  const over = (slope: V | null, x: V) => (slope === null ? null : a.div(slope, x))
  return {
    constant: (value) => flat(a.constant(value)),
    add: (x, y) => ({ value: a.add(x.value, y.value), slope: plus(x.slope, y.slope) }),
    sub: (x, y) => ({ value: a.sub(x.value, y.value), slope: minus(x.slope, y.slope) }),
    sign: ({ value }) => flat(a.sign(value)),

    /** Where a is 0, the slope of `below`. */
    where: ({ value }, above, below) => ({
      value: a.where(value, above.value, below.value),
      slope:
        above.slope === null && below.slope === null
          ? null
          : a.where(value, above.slope ?? a.constant(0), below.slope ?? a.constant(0)),
    }),

    mul: (x, y) => ({
      value: a.mul(x.value, y.value),
      slope: plus(times(y.value, x.slope), times(x.value, y.slope)),
    }),

    /** (x' - q y') / y */
    div(x, y) {
      const value = a.div(x.value, y.value)
      return { value, slope: over(minus(x.slope, times(value, y.slope)), y.value) }
    },

    /** x' / (2 sqrt(x)) */
    sqrt(x) {
      const value = a.sqrt(x.value)
      return { value, slope: over(x.slope, a.mul(a.constant(2), value)) }
    },

    /** sigmoid(x) sigmoid(-x) x': 1 - sigmoid(x) would cancel. */
    sigmoid(x) {
      const value = a.sigmoid(x.value)
      return { value, slope: times(a.mul(value, a.sigmoid(negative(x.value))), x.slope) }
    },

    /** sigmoid(x) x' */
    softplus({ value, slope }) {
      return { value: a.softplus(value), slope: slope === null ? null : times(a.sigmoid(value), slope) }
    },

    /** 4 sigmoid(2 x) sigmoid(-2 x) x': 1 - tanh(x)^2 would cancel. */
    tanh({ value, slope }) {
      const twice = a.add(value, value)
      const own = () => a.mul(a.constant(4), a.mul(a.sigmoid(twice), a.sigmoid(negative(twice))))
      return { value: a.tanh(value), slope: slope === null ? null : times(own(), slope) }
    },
  }
}

/** Operations that a composition takes for one element; a sigmoid, a softplus or a tanh counts as four. */
export function operationsOf(composition: Composition): number {
  let count = 0
  const counted = (operations: number) => () => {
    count += operations
    return {}
  }
  const once = counted(1)
  const four = counted(4)
  composition<object>(
    {
      ...{ constant: counted(0), add: once, sub: once, mul: once, div: once, sqrt: once, sign: once, where: once },
      ...{ sigmoid: four, softplus: four, tanh: four },
    },
    () => ({}),
  )
  return count
}
