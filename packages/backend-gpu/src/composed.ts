import type { ComposedKernel, Operations } from '@convkit/api'
import type { Builder, Value } from './builder.js'
import type { AnyEmitter } from './call.js'
import { Operand } from './emit.js'

/** The nodes of a composition, on all elements at once. */
export function emitComposed({ composition, scalars, operands }: ComposedKernel): AnyEmitter {
  return (g, d, ...rest) => {
    const size: number = Reflect.get(d, 'size')
    const storages = new Map(operands.map((name, i) => [name, operandIn(rest[i + (scalars.length > 0 ? 1 : 0)])]))
    const [fed] = rest
    const of = (name: string): Value => {
      const operand = storages.get(name)
      if (operand) return operand.as([size])
      // What is no operand is a scalar, and those come first.
      if (typeof fed !== 'function') throw new Error(`gpu: there is neither an operand nor a scalar ${name}`)
      return fed(name)
    }
    for (const [name, value] of Object.entries(composition(operationsOn(g), of))) storages.get(name)?.set(value)
  }
}

function operandIn(argument: unknown): Operand | null {
  return argument instanceof Operand ? argument : null
}

const tanhSeries = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1]

function operationsOn(g: Builder): Operations<Value> {
  // Drawn where they are used alone: the runtime warns of constants that no node reads.
  const zero = () => g.scalar(0)
  const one = () => g.scalar(1)
  const negative = (a: Value) => g.sub(zero(), a)
  /** exp(-|a|) */
  const exponential = (a: Value) => g.unary('Exp', negative(g.max(a, negative(a))))
  return {
    constant: (value) => g.scalar(value),
    add: (a, b) => g.add(a, b),
    sub: (a, b) => g.sub(a, b),
    mul: (a, b) => g.mul(a, b),
    div: (a, b) => g.div(a, b),
    sqrt: (a) => g.unary('Sqrt', a),

    softplus: (a) => g.add(g.max(a, zero()), g.unary('Log', g.add(one(), exponential(a)))),

    sigmoid(a) {
      const power = exponential(a)
      return g.div(g.where(g.greater(zero(), a), power, one()), g.add(one(), power))
    },

    /**
     * Nearer 0 than 5/8, where a difference of exponentials would cancel, the polynomial of the Cephes library (Moshier 1992),
     * whose relative error is below 2^-24.
     */
    tanh(a) {
      const size = g.max(a, negative(a))
      const power = exponential(g.add(a, a))
      const far = g.div(g.sub(one(), power), g.add(one(), power))
      // Bounded, since a choice may be a sum of products, in which an overflow of the branch not taken is a NaN.
      const bounded = g.max(negative(size), g.scalar(-1))
      const square = g.mul(bounded, bounded)
      const series = tanhSeries.map((c) => g.scalar(c)).reduce((sum, c) => g.add(g.mul(sum, square), c))
      const near = g.add(a, g.mul(a, g.mul(square, series)))
      return g.where(g.greater(g.scalar(0.625), size), near, g.where(g.greater(zero(), a), negative(far), far))
    },

    /** a itself where it is 0 or NaN. */
    sign: (a) => g.where(g.greater(a, zero()), one(), g.where(g.greater(zero(), a), g.scalar(-1), a)),

    /** a itself where it is NaN. */
    where: (a, above, below) => g.where(g.greater(a, zero()), above, g.where(g.greater(one(), a), below, a)),
  }
}
