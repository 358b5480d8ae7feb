// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-moving-average.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// With a decay of 0 nothing of the old value stays: the average is the new value, 1. The library computes v + (x - v),
// as it documents; 1 - 1e8 rounds to -1e8, and 1 is lost.

let wrong = false
for (const backend of ['cpu', 'wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const [v, x] = [tf.tensor1d([1e8]), tf.tensor1d([1])]
  const [got, expected] = [tf.movingAverage(v, x, 0, undefined, false).dataSync(), [1]]
  say(`${backend}: the average is [${got}], expected [${expected}]`)
  if (String(got) !== String(expected)) wrong = true
}
process.exitCode = wrong ? 1 : 0
