import type { Builder, Value } from './builder.js'

/** What a call reads or writes, while its part of the graph is drawn. */
export class Operand {
  readonly #builder: Builder
  #value: Value | null

  constructor(builder: Builder, value: Value | null) {
    this.#builder = builder
    this.#value = value
  }

  /** The value in a shape of the same size. */
  as(shape: readonly number[]): Value {
    if (!this.#value) throw new Error('gpu: an operand that is only written was read')
    return this.#builder.reshape(this.#value, shape)
  }

  set(value: Value): void {
    this.#value = value
  }

  /** What it holds once the call is drawn. */
  get value(): Value | null {
    return this.#value
  }
}

/** A number that is fed at every run: a field of the call's scalars, or what `of` makes of them, named for itself. */
export type Fed<S> = <N extends string>(
  ...request: N extends keyof S ? [name: N] : [name: N, of: (scalars: S) => number]
) => Value

/**
 * The part of a graph that stands for each method of a kernel table: the same arguments, with operands for storages and
 * `Fed` for scalars.
 */
export type Emitters<Table> = {
  readonly [M in Exclude<keyof Table, 'unsupported'>]: Table[M] extends (d: infer D, ...rest: infer R) => void
    ? (g: Builder, d: D, ...rest: { [I in keyof R]: R[I] extends Operand | null ? R[I] : Fed<R[I]> }) => void
    : never
}
