// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-number-pad-shape.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// maxPool with windows of 1 x 2 at stride 1 and a pad of 0 on [1 2 3; 4 5 6]: two windows in each of two rows, whose
// maxima are 2 3; 5 6. Where the pad is a number, the width of the output is computed with the height of the window. So
// it is 3, the cpu backend pools past the edge, and the wasm backend leaves elements that nobody writes. conv2d and
// avgPool compute the same width.

let wrong = false
for (const backend of ['cpu', 'wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const x = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 3, 1])
  const y = tf.maxPool(x, [1, 2], [1, 1], 0)
  const [got, expected] = [y.shape, [1, 2, 2, 1]]
  say(`${backend}: elements are [${y.dataSync()}], expected [2,3,5,6]`)
  say(`${backend}: shape is [${got}], expected [${expected}]`)
  if (String(got) !== String(expected)) wrong = true
}
process.exitCode = wrong ? 1 : 0
