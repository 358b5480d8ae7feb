// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-wasm-nan.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// 1 times NaN is NaN, and so is infinity times 0, the mean of 1 and NaN, and relu(NaN). The wasm backend clamps what
// XNNPACK computes, to between -Infinity and Infinity or from 0 on, which makes the lower limit of a NaN. XNNPACK
// promises nothing of NaN.

let wrong = false
for (const backend of ['wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const pixel = (value) => tf.tensor4d([value], [1, 1, 1, 1])
  const results = {
    'conv2d of NaN': tf.conv2d(pixel(NaN), pixel(1), 1, 'valid'),
    'conv2d of infinity by 0': tf.conv2d(pixel(Infinity), pixel(0), 1, 'valid'),
    'avgPool of 1 and NaN': tf.avgPool(tf.tensor4d([1, NaN], [1, 1, 2, 1]), [1, 2], 1, 'valid'),
    'fused relu of NaN': tf.fused.matMul({ a: tf.tensor2d([[NaN]]), b: tf.tensor2d([[1]]), activation: 'relu' }),
  }
  for (const [name, result] of Object.entries(results)) {
    const [got] = result.dataSync()
    say(`${backend}: ${name} is ${got}, expected NaN`)
    if (!Number.isNaN(got)) wrong = true
  }
}
process.exitCode = wrong ? 1 : 0
