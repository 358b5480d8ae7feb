// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-avg-pool-gradient.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// An image of one pixel x, windows of two, a pad of one on the left and on the right: two windows with x in each.
// Padding is left out of the average, so y is [x, x], and the gradient of its sum is 2. The library's gradient divides
// by the two of the window.

let wrong = false
for (const backend of ['cpu', 'wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const pad = [
    [0, 0],
    [0, 0],
    [1, 1],
    [0, 0],
  ]
  const f = (x) => tf.avgPool(x, [1, 2], [1, 1], pad)
  const x = tf.tensor4d([4], [1, 1, 1, 1])
  say(`${backend}: y is [${f(x).dataSync()}], which is [x, x]`)
  const [got, expected] = [tf.grad(f)(x).dataSync(), [2]]
  say(`${backend}: its gradient is [${got}], expected [${expected}]`)
  if (String(got) !== String(expected)) wrong = true
}
process.exitCode = wrong ? 1 : 0
