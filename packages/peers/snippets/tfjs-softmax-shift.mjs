// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-softmax-shift.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// Two equal logits have probabilities of 1/2 each, whatever they are: the gradient for the first class is [-1/2 1/2].
// The library adds the maximum back to the logarithm of the sum before it subtracts: 2^24 + log(2) rounds to 2^24, and
// log(2) is lost.

let wrong = false
for (const backend of ['cpu', 'wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const wanted = tf.tensor2d([[1, 0]])
  const gradient = tf.grad((logits) => tf.losses.softmaxCrossEntropy(wanted, logits))
  for (const logit of [1, 2 ** 24]) {
    const [got, expected] = [gradient(tf.tensor2d([[logit, logit]])).dataSync(), [-0.5, 0.5]]
    say(`${backend}: the gradient at two logits of ${logit} is [${got}], expected [${expected}]`)
    if (got.some((value, i) => Math.abs(value - expected[i]) > 1e-6)) wrong = true
  }
}
process.exitCode = wrong ? 1 : 0
