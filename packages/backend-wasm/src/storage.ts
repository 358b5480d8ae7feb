import type { DType } from '@convkit/api'

declare const unit: unique symbol

/** A place in linear memory. `Memory` hands them out: a plain number is not one, and one is neither a count nor a scalar. */
export type Address = number & { readonly [unit]: 'address' }
/** An int32: a size, an index, a number of bytes. */
export type Count = number & { readonly [unit]?: 'count' }
/** In float64, or in the kernel's dtype in every lane of a vector. */
export type Scalar = number & { readonly [unit]?: 'scalar' }
/** null is the address 0, which stands for none. */
export type AddressField = Storage | Address | null

/** A block of linear memory. */
export interface Storage {
  readonly address: Address
  readonly length: number
  readonly dtype: DType
}
