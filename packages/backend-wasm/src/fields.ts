import type { KernelParams } from './generated/params.js'
import type { Storage } from './storage.js'

declare const unit: unique symbol

/** A place in linear memory. `Memory` hands them out: a plain number is not one, and one is neither a count nor a scalar. */
export type Address = number & { readonly [unit]: 'address' }
/** An int32: a size, an index, a number of bytes. */
export type Count = number & { readonly [unit]?: 'count' }
/** In float64, or in the kernel's dtype in every lane of a vector. */
export type Scalar = number & { readonly [unit]?: 'scalar' }
/** null is the address 0, which stands for none. */
export type AddressField = Storage | Address | null

export type KernelName = keyof KernelParams

/** How a field is written: `vector` as a number in every lane of 16 bytes, `flag` as a byte, the others as they are. */
export type FieldKind = 'i32' | 'address' | 'flag' | 'f64' | 'vector'
/** Where the fields of a class of parameters stand, in bytes from its start. */
export type Layout = { readonly [field: string]: readonly [kind: FieldKind, offset: number] }
export type Layouts = { readonly [K in KernelName]: Layout }

/** `Given`, if it has no field that `Params` lacks: TypeScript by itself looks for those in plain literals only. */
export type Exactly<Params, Given extends Params> = Given & {
  readonly [F in Exclude<keyof Given, keyof Params>]: never
}
