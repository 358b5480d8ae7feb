import type { Arithmetic, Backend, Data } from '@convkit/api'
import { plainFloat32 } from '../../../mutants/src/mutants/declaration.js'
import { mutantNamed } from '../../../mutants/src/mutants/named.js'

export const ieee = plainFloat32

/** Naive in float32, but for a relu that makes 0 of a NaN: right wherever nothing is said of NaN. */
export function createHidingNaN(declared: Partial<Arithmetic>): Backend<Data> {
  const mutant = mutantNamed('relu/nan-becomes-zero').create()
  const { float32 = {} } = mutant.kernels
  return { ...mutant, arithmetic: { float32: { ...ieee, ...declared } }, kernels: { float32 } }
}
