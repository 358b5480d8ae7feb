// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-wasm-fused-bias.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// [1] times [1 1] plus a bias of [1 2] is [2 3]. The bias has one axis; it was made by a reshape of [[1 2]], whose
// memory it shares. The fused kernel asks the memory for its rank, not the tensor.

let wrong = false
for (const backend of ['wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const bias = tf.reshape(tf.tensor2d([[1, 2]]), [2])
  const expected = [2, 3]
  try {
    const got = tf.fused.matMul({ a: tf.tensor2d([[1]]), b: tf.tensor2d([[1, 1]]), bias }).dataSync()
    say(`${backend}: y is [${got}], expected [${expected}]`)
    if (String(got) !== String(expected)) wrong = true
  } catch (error) {
    say(`${backend}: it throws "${error.message}" for a bias of shape [${bias.shape}], expected [${expected}]`)
    wrong = true
  }
}
process.exitCode = wrong ? 1 : 0
