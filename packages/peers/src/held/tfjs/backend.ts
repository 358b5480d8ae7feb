import type { Arithmetic, Backend, DeclaredConventions, KernelName } from '@convkit/api'
import * as tf from '@tensorflow/tfjs-core'
// In Node nothing else of the library registers the gradients.
import '@tensorflow/tfjs-layers'
import { affineKernels, affineReluKernels, reluKernels, vectorKernels } from './basic.js'
import { type Box, box, line, type Manner, put } from './box.js'
import { softmaxCrossEntropyKernels, svmLossKernels } from './losses.js'
import { batchNormKernels, groupNormKernels, layerNormKernels } from './norms.js'
import { adamKernels, rmspropKernels, sgdKernels, sgdMomentumKernels } from './optimizers.js'
import { avgPool2dKernels, conv2dKernels, convReluKernels, maxPool2dKernels } from './windows.js'

export interface TfjsOptions {
  readonly backend: 'cpu' | 'wasm'
  readonly manner: Manner
}

/** Of equal maxima the wasm backend gives the gradient to the last, the cpu backend to the first. */
const conventionsOf = (backend: TfjsOptions['backend']): DeclaredConventions => ({
  maxPool2d: { ties: backend === 'wasm' ? 'last' : 'first' },
  sgdMomentum: { learningRate: 'outsideVelocity' },
  rmsprop: { epsilon: 'insideRoot' },
})

/**
 * Its max pooling leaves out NaN, and XNNPACK, which computes much of the wasm backend, promises nothing of it. The hinge loss is
 * composed here.
 */
const withoutNaN: { readonly [B in TfjsOptions['backend']]: readonly KernelName[] } = {
  cpu: ['maxPool2d', 'svmLoss'],
  wasm: ['maxPool2d', 'svmLoss', 'conv2d', 'convRelu', 'avgPool2d', 'affineRelu'],
}

function arithmeticOf(backend: TfjsOptions['backend']): Arithmetic {
  return {
    unitRoundoff: 2 ** -24,
    subnormals: 'kept',
    nonFinite: 'ieee',
    deterministic: true,
    kernels: Object.fromEntries(withoutNaN[backend].map((kernel) => [kernel, { nonFinite: 'unspecified' }])),
  }
}

/** TensorFlow.js with all that it has for our kernels; gradients are its own. */
export async function createTfjs({ backend, manner }: TfjsOptions): Promise<Backend<Box>> {
  await tf.setBackend(backend)
  await tf.ready()
  const calls = line(backend)
  return {
    name: `tfjs-${backend}`,
    description: `TensorFlow.js ${tf.version_core}, backend ${backend}`,
    arithmetic: { float32: arithmeticOf(backend) },
    conventions: conventionsOf(backend),
    kernels: {
      float32: {
        vector: vectorKernels(calls),
        affine: affineKernels(calls, manner),
        affineRelu: affineReluKernels(calls, manner),
        relu: reluKernels(calls),
        conv2d: conv2dKernels(calls, manner, backend),
        convRelu: convReluKernels(calls, manner),
        maxPool2d: maxPool2dKernels(calls, manner),
        avgPool2d: avgPool2dKernels(calls, manner),
        batchNorm: batchNormKernels(calls, manner),
        layerNorm: layerNormKernels(calls),
        groupNorm: groupNormKernels(calls),
        softmaxCrossEntropy: softmaxCrossEntropyKernels(calls),
        svmLoss: svmLossKernels(calls),
        sgd: sgdKernels(calls),
        sgdMomentum: sgdMomentumKernels(calls),
        rmsprop: rmspropKernels(calls),
        adam: adamKernels(calls),
      },
    },
    alloc: box,
    free: (one) => calls.always(() => put(one, null)),
    write(one, data) {
      // The library keeps the array that it is given, and the caller may change it.
      const own = data.slice() as Float32Array | Int32Array
      calls.then(() => put(one, tf.tensor1d(own, one.dtype)))
    },
    read: (one, into) =>
      calls.wait(async () => {
        const copy = into ?? (one.dtype === 'float32' ? new Float32Array(one.length) : new Int32Array(one.length))
        if (one.tensor) copy.set(await one.tensor.data())
        return copy
      }),
  }
}
