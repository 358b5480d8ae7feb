import { cs231n } from './cs231n.js'
import { hipdnnDynamic, hipdnnFixed } from './hipdnn.js'
import { jax } from './jax.js'
import { onnxBackendTest, onnxruntime } from './onnx.js'
import { derivedBounds } from './own.js'
import type { Rule } from './rule.js'
import { tfjs } from './tfjs.js'
import { assertClose, gradcheck, kernelBenchFirst, kernelBenchNow } from './torch.js'
import { webnn } from './webnn.js'

export const othersRules: readonly Rule[] = [
  cs231n,
  kernelBenchFirst,
  kernelBenchNow,
  assertClose,
  gradcheck,
  onnxBackendTest,
  onnxruntime,
  tfjs,
  webnn,
  hipdnnFixed,
  hipdnnDynamic,
  jax,
]

export const allRules: readonly Rule[] = [...othersRules, derivedBounds]
