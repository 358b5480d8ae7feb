// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-wasm-max-pool-gradient.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// maxPool of [3 4 -2 -1] with windows of two gives 4 and -1. The gradient of their sum is 1 where they were and 0
// elsewhere. In a window without a positive value the library looks no further: the gradient goes to the first element
// of all, or is lost.

let wrong = false
for (const backend of ['wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const gradient = tf.grad((x) => tf.maxPool(x, [1, 2], [1, 2], 'valid'))
  const cases = [
    { values: [3, 4, -2, -1], expected: [0, 1, 0, 1] },
    { values: [-2, -1], expected: [0, 1] },
  ]
  for (const { values, expected } of cases) {
    const got = gradient(tf.tensor4d(values, [1, 1, values.length, 1])).dataSync()
    say(`${backend}: the gradient at [${values}] is [${got}], expected [${expected}]`)
    if (String(got) !== String(expected)) wrong = true
  }
}
process.exitCode = wrong ? 1 : 0
