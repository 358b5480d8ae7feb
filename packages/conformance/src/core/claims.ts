import type { Backend, DType } from '@convkit/api'
import { kernelsOf } from '../capability.js'
import { arithmeticOf, type ResolvedArithmetic } from './arithmetic.js'

/** What plain IEEE 754 promises and a backend's `arithmetic` may leave open: each is the name of its field. */
export type Claim = 'nonFinite' | 'subnormals' | 'deterministic'

interface Opening {
  readonly by: (declared: ResolvedArithmetic) => boolean
  readonly reason: string
}

const leftOpen: { readonly [C in Claim]: Opening } = {
  nonFinite: {
    by: ({ nonFinite }) => nonFinite === 'unspecified',
    reason: 'it declares nothing of NaN and infinities',
  },
  subnormals: {
    by: ({ subnormals }) => subnormals === 'flushed',
    reason: 'it declares that subnormals may be flushed',
  },
  deterministic: {
    by: ({ deterministic }) => !deterministic,
    reason: 'it declares that the same call may give other bits',
  },
}

/** Why a check says nothing of a backend, known before it runs; null where it does. Without a declaration it does. */
export function whyUnclaimed(
  backend: Pick<Backend, 'arithmetic' | 'kernels'>,
  { needs, dtype, layer }: { readonly needs?: Claim; readonly dtype: DType; readonly layer: string },
): string | null {
  if (!needs || dtype === 'int32') return null
  const { by, reason } = leftOpen[needs]
  const kernels = kernelsOf(backend, layer, dtype)
  const open = kernels.filter((kernel) => by(arithmeticOf(backend, dtype, kernel)))
  if (by(arithmeticOf(backend, dtype)) && open.length === kernels.length) return reason
  return open.length > 0 ? `${reason} in ${open.join(', ')}` : null
}
