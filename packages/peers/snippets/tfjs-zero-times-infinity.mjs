// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-zero-times-infinity.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// relu is flat below 0, so whatever comes from above, nothing of it passes. And a class of probability 0 costs nothing
// where it is not the wanted one. The library multiplies by a mask of zeros instead of choosing, and 0 times infinity
// is NaN. TensorFlow does the same.

let wrong = false
for (const backend of ['cpu', 'wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const relu = tf
    .grad(tf.relu)(tf.tensor1d([-1]), tf.tensor1d([Infinity]))
    .dataSync()
  say(`${backend}: relu's gradient at -1 is [${relu}], a choice would give [0]`)
  const loss = tf.losses.softmaxCrossEntropy(tf.tensor2d([[1, 0]]), tf.tensor2d([[0, -Infinity]])).dataSync()
  say(`${backend}: the loss of logits [0, -Infinity] for the first class is [${loss}], a choice would give [0]`)
  if (relu[0] !== 0 || loss[0] !== 0) wrong = true
}
process.exitCode = wrong ? 1 : 0
