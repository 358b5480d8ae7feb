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

/** Whether the backend is held to this in a dtype. Without a declaration it is held to all. */
export function claims({ arithmetic }: Backend, claim: Claim, dtype: DType): boolean {
  return whyUnclaimed({ arithmetic }, { needs: claim, dtype }) === null
}

/** Why a check says nothing of a backend, known before it runs; null where it does. */
export function whyUnclaimed(
  { arithmetic }: { readonly arithmetic?: Backend['arithmetic'] | null },
  { needs, dtype }: { readonly needs?: Claim; readonly dtype: DType },
): string | null {
  const declared = dtype === 'int32' ? undefined : arithmetic?.[dtype]
  if (!needs || !declared) return null
  const { by, reason } = leftOpen[needs]
  return by(declared) ? reason : null
}
