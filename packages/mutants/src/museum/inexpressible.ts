import type { Inexpressible } from './exhibit.js'
import { pytorchInexpressible } from './pytorchInexpressible.js'
import { runtimesInexpressible } from './runtimesInexpressible.js'
import { tensorflowInexpressible } from './tensorflowInexpressible.js'

/** Real faults of the same layers, for the record. */
export const inexpressible: readonly Inexpressible[] = [
  ...pytorchInexpressible,
  ...tensorflowInexpressible,
  ...runtimesInexpressible,
]
