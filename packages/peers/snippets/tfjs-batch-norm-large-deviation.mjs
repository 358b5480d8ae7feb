// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-batch-norm-large-deviation.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// Two values, normalised by their own mean and deviation, are -1 and 1, whatever they were: the gradient is 0. That
// needs the gradient of the variance, which the library multiplies by 1 / deviation^3. At a deviation of 2^50 that is
// 2^-150, too small for float32, and what is left is no gradient: times the deviation, it is 1/2 and -1/2.

let wrong = false
for (const backend of ['cpu', 'wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const normalized = (x) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2])
    return tf.batchNorm(x, mean, variance, tf.tensor1d([0]), tf.tensor1d([1]), 0)
  }
  const dy = tf.tensor4d([1, 0], [1, 1, 2, 1])
  for (const deviation of [1, 2 ** 50]) {
    const x = tf.tensor4d([-deviation, deviation], [1, 1, 2, 1])
    const got = tf.mul(tf.grad(normalized)(x, dy), deviation).dataSync()
    say(
      `${backend}: deviation ${deviation}: y is [${normalized(x).dataSync()}], times the deviation its gradient is [${got}], expected [0,0]`,
    )
    if (got.some((value) => Math.abs(value) > 1e-6)) wrong = true
  }
}
process.exitCode = wrong ? 1 : 0
