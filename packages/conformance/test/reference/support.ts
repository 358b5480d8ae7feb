import { withFallback } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { readReferences } from '../../src/node/references.js'
import { comparisons } from '../../src/reference/checks.js'
import type { Comparison } from '../../src/reference/comparison.js'
import { type ReferenceFile, readReference } from '../../src/reference/file.js'

export const references = await readReferences()

export const files = references.map(({ name, bytes }): [string, ReferenceFile] => [name, readReference(bytes)])

// Strict: a kernel that is not naive's own is an error.
export const naive = withFallback(createNaive(), createNaive(), { strict: true })

/** Each file is run once a dtype, whatever number of tests look at it. */
function once(dtype: 'float32' | 'float64'): (file: ReferenceFile) => Promise<Comparison[]> {
  const made = new Map<ReferenceFile, Promise<Comparison[]>>()
  return (file) => {
    const value = made.get(file) ?? comparisons(file, { backend: naive, oracle: naive, dtype })
    made.set(file, value)
    return value
  }
}
export const inFloat64 = once('float64')
export const inFloat32 = once('float32')
