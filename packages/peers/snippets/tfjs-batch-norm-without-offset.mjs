// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-batch-norm-without-offset.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// The offset and the scale of tf.batchNorm are optional. Without them the forward pass works, y = x for mean 0 and
// variance 1, and the gradient of sum(y) is 1. The library throws a TypeError.

let wrong = false
for (const backend of ['cpu', 'wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const [mean, variance, one] = [tf.tensor1d([0]), tf.tensor1d([1]), tf.tensor1d([1])]
  const x = tf.tensor4d([1, 2], [1, 1, 2, 1])
  const without = {
    offset: (x) => tf.batchNorm(x, mean, variance, undefined, one, 0),
    scale: (x) => tf.batchNorm(x, mean, variance, mean, undefined, 0),
  }
  for (const [operand, f] of Object.entries(without)) {
    say(`${backend}: without ${operand} y is [${f(x).dataSync()}]`)
    try {
      say(`${backend}: its gradient is [${tf.grad(f)(x).dataSync()}], expected [1,1]`)
    } catch (error) {
      say(`${backend}: its gradient throws ${error.message}, expected [1,1]`)
      wrong = true
    }
  }
}
process.exitCode = wrong ? 1 : 0
