import { acceleratorExhibits } from './accelerators.js'
import { burnExhibits } from './burn.js'
import { chainerExhibits } from './chainer.js'
import type { Exhibit } from './exhibit.js'
import { jaxExhibits } from './jax.js'
import { kerasExhibits } from './keras.js'
import { miopenExhibits } from './miopen.js'
import { mlxExhibits } from './mlx.js'
import { mobileExhibits } from './mobile.js'
import { mxnetExhibits } from './mxnet.js'
import { onednnExhibits } from './onednn.js'
import { onnxruntimeExhibits } from './onnxruntime.js'
import { openblasExhibits } from './openblas.js'
import { pytorchExhibits } from './pytorch.js'
import { tensorflowExhibits } from './tensorflow.js'
import { tfjsExhibits } from './tfjs.js'
import { tinygradExhibits } from './tinygrad.js'
import { wgpuExhibits } from './wgpu.js'

/** Faults that libraries really had, as their trackers tell of them. */
export const museum: readonly Exhibit[] = [
  ...pytorchExhibits,
  ...mlxExhibits,
  ...tensorflowExhibits,
  ...tfjsExhibits,
  ...kerasExhibits,
  ...jaxExhibits,
  ...onnxruntimeExhibits,
  ...burnExhibits,
  ...wgpuExhibits,
  ...tinygradExhibits,
  ...onednnExhibits,
  ...miopenExhibits,
  ...openblasExhibits,
  ...mxnetExhibits,
  ...chainerExhibits,
  ...mobileExhibits,
  ...acceleratorExhibits,
]
