import { updateNames } from '@convkit/api'

export const optimizers: ReadonlySet<string> = new Set(updateNames)

/** Those that are an operator of ONNX, or a graph of some: SVM loss and three of the optimizers are none. */
const onnxLayers: ReadonlySet<string> = new Set([
  ...['conv2d', 'affine', 'relu', 'maxPool2d', 'avgPool2d', 'dropout', 'batchNorm', 'layerNorm', 'groupNorm'],
  ...['softmaxCrossEntropy', 'sgdMomentum', 'adam', 'vector', 'affineRelu', 'convRelu', 'convReluPool'],
])

/** Of the statistics there are running averages, and the mean of layer norm; variances are given as inverse deviations. */
export function isInOnnx(layer: string, output: string): boolean {
  return onnxLayers.has(layer) && output !== 'variance' && (output !== 'mean' || layer === 'layerNorm')
}

/** tfjs has neither group norm nor AdamW, and of hinge losses the one of two classes. */
export const notInTfjs: ReadonlySet<string> = new Set(['groupNorm', 'svmLoss', 'adamw'])
