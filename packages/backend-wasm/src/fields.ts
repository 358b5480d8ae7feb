import type { KernelParams } from './generated/params.js'

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
