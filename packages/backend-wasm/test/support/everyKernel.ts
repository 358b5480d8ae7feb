import {
  allKernels,
  avgPool2d,
  conv2d,
  type Data,
  type FloatDType,
  isComposed,
  type Kernels,
  kernelIn,
  maxPool2d,
} from '@convkit/api'
import type { Memory } from '../../src/memory.js'
import type { Storage } from '../../src/storage.js'
import { numbers } from './numbers.js'

type Draw = (length: number) => Storage

/** Calls that on two threads, with Winograd's algorithm, take every kernel of assembly/ at least once; what they write. */
export function runEveryKernel(kernels: Kernels<Storage>, memory: Memory, dtype: FloatDType): readonly Data[] {
  const drawn: Storage[] = []
  const draw: Draw = (length) => {
    const storage = memory.alloc(length, dtype)
    memory.view(storage).set(numbers(length, drawn.length + 1))
    drawn.push(storage)
    return storage
  }
  const labels = memory.alloc(6, 'int32')
  memory.view(labels).set([0, 4, 2, 3, 1, 0])

  vectors(kernels, draw)
  products(kernels, draw)
  convolutions(kernels, draw)
  pools(kernels, draw)
  for (const inner of [1, 9]) norms(kernels, draw, inner)
  for (const loss of [kernels.softmaxCrossEntropy, kernels.svmLoss]) {
    const [d, scale, logits] = [{ n: 6, classes: 5 }, { scale: 1 / 6 }, draw(30)]
    loss.forward(d, scale, logits, labels, draw(1))
    loss.backward(d, scale, logits, labels, draw(30))
  }
  updates(kernels, draw)
  compositions(kernels, draw)

  memory.releaseScratch()
  memory.checkGuards()
  const written = drawn.map((storage) => memory.view(storage).slice())
  for (const storage of [...drawn, labels]) memory.free(storage)
  return written
}

function vectors({ vector, relu, concat }: Kernels<Storage>, draw: Draw): void {
  const size = 5001
  vector.fill({ size }, { value: 0.75 }, draw(size))
  vector.copy({ size }, draw(size), draw(size))
  vector.scale({ size }, { a: -0.3 }, draw(size))
  vector.addScaled({ size }, { a: 0.7 }, draw(size), draw(size))
  vector.multiply({ size }, draw(size), draw(size), draw(size))
  vector.sumOfSquares({ size }, draw(size), draw(1))
  relu.forward({ size }, draw(size), draw(size))
  relu.backward({ size }, draw(size), draw(size), draw(size))
  const rows = { n: 7, left: 301, right: 57 }
  const [left, right] = [7 * rows.left, 7 * rows.right]
  concat.forward(rows, draw(left), draw(right), draw(left + right))
  concat.backward(rows, draw(left + right), draw(left), draw(right))
}

/** Thin ones, small ones, and such as two threads share. */
function products({ affine, affineRelu }: Kernels<Storage>, draw: Draw): void {
  for (const [n, inSize, outSize] of [
    [2, 70, 33],
    [7, 40, 33],
    [70, 300, 90],
  ]) {
    const d = { n, inSize, outSize }
    const [x, w, b, y] = [draw(n * inSize), draw(inSize * outSize), draw(outSize), draw(n * outSize)]
    affine.forward(d, x, w, b, draw(n * outSize))
    affineRelu?.forward(d, x, w, b, draw(n * outSize))
    affine.backward(d, y, x, w, draw(n * inSize), draw(inSize * outSize), draw(outSize))
  }
}

/** Padded, strided and dilated; of one filter a group; by Winograd's algorithm. */
function convolutions({ conv2d: kernel, convRelu }: Kernels<Storage>, draw: Draw): void {
  for (const d of [
    conv2d.dims([3, 4, 11, 9], [10, 2, 3, 2], undefined, { stride: [2, 1], pad: [1, 2, 0, 1], dilation: 2, groups: 2 }),
    conv2d.dims([2, 6, 9, 12], [6, 1, 3, 3], undefined, { stride: 2, pad: 1, groups: 6 }),
    conv2d.dims([2, 16, 9, 9], [17, 16, 3, 3], undefined, { pad: 1 }),
  ]) {
    const [inSize, outSize] = [d.n * d.inC * d.inH * d.inW, d.n * d.outC * d.outH * d.outW]
    const weights = (d.outC * d.inC * d.kH * d.kW) / d.groups
    const [x, w, b, dy] = [draw(inSize), draw(weights), draw(d.outC), draw(outSize)]
    kernel.forward(d, x, w, b, draw(outSize))
    convRelu?.forward(d, x, w, b, draw(outSize))
    kernel.backward(d, dy, x, w, draw(inSize), draw(weights), draw(d.outC))
  }
}

function pools(kernels: Kernels<Storage>, draw: Draw): void {
  const x = [2, 3, 11, 10]
  for (const options of [{ kernel: 2 }, { kernel: [3, 4], stride: [2, 3], pad: [1, 0, 1, 2] }] as const) {
    const d = maxPool2d.dims(x, options)
    const [inSize, outSize] = [d.n * d.channels * d.inH * d.inW, d.n * d.channels * d.outH * d.outW]
    const [input, y] = [draw(inSize), draw(outSize)]
    kernels.maxPool2d.forward(d, input, y)
    kernels.maxPool2d.backward(d, draw(outSize), input, y, draw(inSize))
    for (const countIncludePad of [true, false]) {
      const average = avgPool2d.dims(x, { ...options, countIncludePad })
      kernels.avgPool2d.forward(average, input, draw(outSize))
      kernels.avgPool2d.backward(average, draw(outSize), draw(inSize))
    }
  }
}

function norms({ batchNorm, groupNorm }: Kernels<Storage>, draw: Draw, inner: number): void {
  const [n, channels, groups] = [7, 18, 3]
  const [d, eps, size] = [{ n, channels, inner }, { eps: 1e-3 }, n * channels * inner]
  const [x, dy, gamma, beta, mean, variance] = [size, size, channels, channels, channels, channels].map(draw)
  batchNorm.statistics(d, x, mean, variance)
  batchNorm.normalize(d, eps, x, gamma, beta, mean, variance, draw(size))
  batchNorm.running(d, { momentum: 0.9 }, mean, draw(channels))
  const [dgamma, dbeta] = [draw(channels), draw(channels)]
  batchNorm.reduce(d, eps, dy, x, mean, variance, dgamma, dbeta)
  batchNorm.input(d, { ...eps, count: n * inner }, dy, x, gamma, mean, variance, dgamma, dbeta, draw(size))
  batchNorm.inputFixed(d, eps, dy, gamma, variance, draw(size))
  const [means, variances] = [draw(n * groups), draw(n * groups)]
  groupNorm.forward({ ...d, groups }, eps, x, gamma, beta, draw(size), means, variances)
  const gradients = [draw(size), draw(channels), draw(channels)] as const
  groupNorm.backward({ ...d, groups }, eps, dy, x, gamma, means, variances, ...gradients)
}

function updates({ sgd, sgdMomentum, rmsprop, adam, adamw, vector }: Kernels<Storage>, draw: Draw): void {
  const size = 101
  const [learningRate, epsilon] = [0.01, 1e-8]
  /** Squares, for a mean of squares. */
  const squares = () => {
    const [x, v] = [draw(size), draw(size)]
    vector.multiply({ size }, x, x, v)
    return v
  }
  sgd.update({ size }, { learningRate }, draw(size), draw(size))
  sgdMomentum.update({ size }, { learningRate, momentum: 0.9 }, draw(size), draw(size), draw(size))
  rmsprop.update({ size }, { learningRate, decayRate: 0.98, epsilon }, draw(size), squares(), draw(size))
  const scalars = { learningRate, beta1: 0.9, beta2: 0.99, epsilon, step: 3 }
  adam.update({ size }, scalars, draw(size), draw(size), squares(), draw(size))
  adamw.update({ size }, { ...scalars, weightDecay: 0.1 }, draw(size), draw(size), squares(), draw(size))
}

function compositions(kernels: Kernels<Storage>, draw: Draw): void {
  const size = 5001
  for (const { layer, method, operands, scalars } of allKernels.filter(isComposed))
    kernelIn(kernels, layer, method)?.run({
      dims: { size },
      scalars: Object.fromEntries(scalars.map((name, i) => [name, 0.5 / (i + 1)])),
      storages: operands.map(() => draw(size)),
    })
}
