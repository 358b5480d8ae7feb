import type { Builder, Value } from './builder.js'
import type { Operand } from './emit.js'
import type { Version } from './version.js'

/** A kernel call that has not run yet. */
export interface Call {
  /** `conv2d.backward` */
  readonly label: string
  readonly emit: AnyEmitter
  readonly d: object
  readonly scalars: object | null
  readonly args: readonly Argument[]
  /** Where it was made, if errors are to show that. */
  readonly stack?: Error
}

export type Step = readonly Call[]

/** `Fed` seen without its types. */
type AnyFed = (name: string, of?: (scalars: object) => number) => Value

/** An emitter seen without its types: dims, scalars where the signature has them, then operands. */
export type AnyEmitter = (g: Builder, d: object, ...rest: readonly (AnyFed | Operand | null)[]) => void

/** A storage argument of a recorded call, as it was and as the call leaves it; null where it was not given. */
export type Argument = { readonly reads: Version | null; readonly writes: Version | null } | null
