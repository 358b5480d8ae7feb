import type { Arithmetic, Backend, FloatDType, KernelArithmetic, KernelTables } from '@convkit/api'
import { type Device, defaultDevice, init } from '@jax-js/jax'
import { batchNorm } from './batchNorm.js'
import { alloc, type Box, free, read, writeWith } from './box.js'
import { softmaxCrossEntropy, svmLoss } from './losses.js'
import type { Manner } from './manner.js'
import { groupNorm, layerNorm } from './norms.js'
import { avgPool2d, maxPool2d } from './pools.js'
import { affine, conv2d } from './products.js'
import { relu } from './relu.js'
import { adam, adamw, rmsprop, sgd, sgdMomentum } from './updates.js'
import { vector } from './vector.js'

function kernelsOf(dtype: FloatDType, manner: Manner): KernelTables<Box> {
  return {
    vector: vector(dtype, manner),
    affine,
    conv2d: conv2d(manner),
    maxPool2d: maxPool2d(dtype),
    avgPool2d: avgPool2d(dtype),
    relu,
    batchNorm: batchNorm(dtype),
    layerNorm: layerNorm(dtype),
    groupNorm: groupNorm(dtype),
    softmaxCrossEntropy: softmaxCrossEntropy(dtype),
    svmLoss: svmLoss(dtype),
    sgd,
    sgdMomentum,
    rmsprop,
    adam,
    adamw,
  }
}

export type FunctionUlps = NonNullable<KernelArithmetic['functionUlps']>

/** Of NaN in relu, and in what is made of it, it documents nothing: the gradient comes through as if there was none. */
function arithmeticOf(dtype: FloatDType, functionUlps: FunctionUlps): Arithmetic {
  return {
    unitRoundoff: dtype === 'float32' ? 2 ** -24 : 2 ** -53,
    subnormals: 'kept',
    nonFinite: 'ieee',
    deterministic: true,
    functionUlps,
    kernels: { relu: { nonFinite: 'unspecified' }, svmLoss: { nonFinite: 'unspecified' } },
  }
}

export async function createOn(
  device: Device,
  manner: Manner,
  functionUlps: (dtype: FloatDType) => FunctionUlps,
): Promise<Backend<Box>> {
  await init(device)
  defaultDevice(device)
  return {
    name: `jax-js-${device}`,
    description: `jax-js, its device ${device}`,
    arithmetic: {
      float32: arithmeticOf('float32', functionUlps('float32')),
      float64: arithmeticOf('float64', functionUlps('float64')),
    },
    conventions: {
      maxPool2d: { ties: 'split', nan: 'window' },
      relu: { slopeAtZero: 1 },
      svmLoss: { slopeAtKink: 1 },
    },
    kernels: { float32: kernelsOf('float32', manner), float64: kernelsOf('float64', manner) },
    alloc,
    free,
    write: writeWith(manner),
    read,
  }
}
