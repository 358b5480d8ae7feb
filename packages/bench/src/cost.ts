import { affine, batchNorm, type Cost, conv2d, type FloatDType, type LayerCost, maxPool2d } from '@convkit/api'
import type { LayerWorkload, Pass, TrainingWorkload, Workload } from './workload.js'

/** What the api says one pass of a workload costs; null where the workload has no such pass. */
export function costOf(workload: Workload, pass: Pass, dtype: FloatDType): Cost | null {
  if (workload.kind === 'training') return pass === 'step' ? stepCost(workload, dtype) : null
  const { forward, backward } = layerCost(workload, dtype)
  if (pass === 'both') return add(forward, backward)
  return pass === 'step' ? null : { forward, backward }[pass]
}

function layerCost(workload: LayerWorkload, dtype: FloatDType): LayerCost {
  const { x = [], w = [] } = workload.inputs
  switch (workload.layer) {
    case 'conv2d':
      return conv2d.cost(conv2d.dims(x, w, undefined, workload.attributes), dtype)
    case 'affine':
      return affine.cost(affine.dims(x, w), dtype)
    case 'maxPool2d':
      return maxPool2d.cost(maxPool2d.dims(x, workload.attributes), dtype)
    case 'batchNorm':
      return batchNorm.cost(batchNorm.dims(x), dtype)
  }
}

/** The convolution and the two affine layers: what is left out is a few per cent of the operations. */
function stepCost({ batchSize, model }: TrainingWorkload, dtype: FloatDType): Cost {
  const { inputDim, numFilters, filterSize, hiddenDim, numClasses } = model
  const [channels, height, width] = inputDim
  const conv = conv2d.cost(
    conv2d.dims([batchSize, ...inputDim], [numFilters, channels, filterSize, filterSize], undefined, {
      pad: (filterSize - 1) / 2,
    }),
    dtype,
  )
  const pooled = numFilters * Math.floor(height / 2) * Math.floor(width / 2)
  const affines = [
    [pooled, hiddenDim],
    [hiddenDim, numClasses],
  ].map(([inSize = 1, outSize = 1]) => affine.cost(affine.dims([batchSize, inSize], [inSize, outSize]), dtype))
  // The gradient of the images is never asked for, so the convolution's backward pass is one product, as forward is.
  return [conv.forward, conv.forward, ...affines.flatMap(({ forward, backward }) => [forward, backward])].reduce(add)
}

function add(a: Cost, b: Cost): Cost {
  return { flops: a.flops + b.flops, bytes: a.bytes + b.bytes }
}
