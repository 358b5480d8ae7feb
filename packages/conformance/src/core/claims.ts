import type { Arithmetic, Backend, DType } from '@convkit/api'

/** What plain IEEE 754 promises and a backend's `arithmetic` may leave open: each is the name of its field. */
export type Claim = 'nonFinite' | 'subnormals' | 'deterministic'

const leftOpen: { readonly [C in Claim]: { readonly by: (declared: Arithmetic) => boolean; readonly reason: string } } =
  {
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
  { arithmetic }: Pick<Backend, 'arithmetic'>,
  { needs, dtype }: { readonly needs?: Claim; readonly dtype: DType },
): string | null {
  const declared = dtype === 'int32' ? undefined : arithmetic?.[dtype]
  if (!needs || !declared) return null
  const { by, reason } = leftOpen[needs]
  return by(declared) ? reason : null
}
