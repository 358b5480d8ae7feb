import type { Backend, Conv2dDims, DType, Kernels } from '@convkit/api'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import '@tensorflow/tfjs-backend-cpu'

/** Tensors cannot be changed, so a storage is a box: to overwrite it is to put another tensor into it. */
interface Box {
  readonly length: number
  readonly dtype: 'float32' | 'int32'
  tensor: tf.Tensor | null
}

function alloc(length: number, dtype: DType): Box {
  if (dtype === 'float64') throw new TypeError('TensorFlow.js has no float64')
  // The box is empty until it is written, so what can never be had is refused here.
  if (length > 2 ** 31) throw new RangeError(`TensorFlow.js cannot hold ${length} elements`)
  return { length, dtype, tensor: null }
}

function put(box: Box | null, tensor: tf.Tensor): void {
  const old = box ? box.tensor : tensor
  if (box) box.tensor = tensor
  old?.dispose()
}

/** What a box holds, in a shape; what an empty one holds is left open. */
function held<R extends tf.Rank>({ tensor, length, dtype }: Box, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  return tf.reshape<R>(tensor ?? tf.zeros([length], dtype), shape)
}

/** Results into their boxes, or away where nobody wants them; `tidy` frees what was made on the way. */
function overwrite(boxes: readonly (Box | null)[], compute: () => tf.Tensor[]): void {
  for (const [i, tensor] of tf.tidy(compute).entries()) put(boxes[i] ?? null, tensor)
}

const relu: Kernels<Box>['relu'] = {
  forward: ({ size }, x, y) => overwrite([y], () => [tf.relu(held(x, [size]))]),
  backward: ({ size }, dy, y, dx) =>
    overwrite([dx], () => {
      const kept = held(y, [size])
      return [tf.where(tf.greater(kept, 0), held(dy, [size]), kept)]
    }),
}

const sgd: Kernels<Box>['sgd'] = {
  update: ({ size }, { learningRate }, g, w) =>
    overwrite([w], () => [tf.sub(held(w, [size]), tf.mul(held(g, [size]), learningRate))]),
}

/** The gradients of sum(dy * f(x, w)), as the library takes them of its own forward pass. */
function vjp<T extends tf.Tensor>(f: (x: T, w: T) => tf.Tensor, x: T, w: T, dy: tf.Tensor): tf.Tensor[] {
  return tf.grads(f as (...args: tf.Tensor[]) => tf.Tensor)([x, w], dy)
}

const affine: Kernels<Box>['affine'] = {
  forward: ({ n, inSize, outSize }, x, w, b, y) =>
    overwrite([y], () => {
      const product = tf.matMul(held(x, [n, inSize]), held(w, [inSize, outSize]))
      return [b ? tf.add(product, held(b, [1, outSize])) : product]
    }),
  backward: ({ n, inSize, outSize }, dy, x, w, dx, dw, db) =>
    overwrite([dx, dw, db], () => {
      const given = held(dy, [n, outSize])
      return [...vjp(tf.matMul, held(x, [n, inSize]), held(w, [inSize, outSize]), given), tf.sum(given, 0)]
    }),
}

type Four = [number, number, number, number]
const imagesOf = (d: Conv2dDims): Four => [d.n, d.inC, d.inH, d.inW]
const filtersOf = (d: Conv2dDims): Four => [d.outC, d.inC, d.kH, d.kW]

/** NCHW in and out; padded by hand, for pads that differ from side to side. */
function convolution(d: Conv2dDims): (x: tf.Tensor4D, w: tf.Tensor4D) => tf.Tensor4D {
  const pads: [number, number][] = [
    [0, 0],
    [d.padTop, d.padBottom],
    [d.padLeft, d.padRight],
    [0, 0],
  ]
  const [strides, dilations]: [number, number][] = [
    [d.strideH, d.strideW],
    [d.dilationH, d.dilationW],
  ]
  return (x, w) => {
    const images = tf.pad(tf.transpose(x, [0, 2, 3, 1]), pads)
    const filters = tf.transpose(w, [2, 3, 1, 0])
    return tf.transpose(tf.conv2d(images, filters, strides, 'valid', 'NHWC', dilations), [0, 3, 1, 2])
  }
}

const conv2d: Kernels<Box>['conv2d'] = {
  unsupported(d) {
    if (d.groups > 1) return 'it has no groups'
    return d.dilationH * d.dilationW > 1 ? 'its dilated convolutions have no gradient' : null
  },
  forward: (d, x, w, b, y) =>
    overwrite([y], () => {
      const product = convolution(d)(held(x, imagesOf(d)), held(w, filtersOf(d)))
      return [b ? tf.add(product, held(b, [1, d.outC, 1, 1])) : product]
    }),
  backward: (d, dy, x, w, dx, dw, db) =>
    overwrite([dx, dw, db], () => {
      const given = held<tf.Rank.R4>(dy, [d.n, d.outC, d.outH, d.outW])
      return [...vjp(convolution(d), held(x, imagesOf(d)), held(w, filtersOf(d)), given), tf.sum(given, [0, 2, 3])]
    }),
}

export async function createBackend(): Promise<Backend<Box>> {
  await tf.setBackend('cpu')
  await tf.ready()
  return {
    name: 'tfjs',
    description: `TensorFlow.js ${tf.version_core}, ${tf.getBackend()}`,
    kernels: { float32: { relu, affine, conv2d, sgd } },
    alloc,
    free(box) {
      box.tensor?.dispose()
      box.tensor = null
    },
    // The library keeps the array that it is given, and the caller may change it.
    write: (box, data) => put(box, tf.tensor1d(data.slice() as Float32Array | Int32Array, box.dtype)),
    async read({ tensor, length, dtype }, into) {
      const copy = into ?? (dtype === 'float32' ? new Float32Array(length) : new Int32Array(length))
      if (tensor) copy.set(await tensor.data())
      return copy
    },
  }
}
