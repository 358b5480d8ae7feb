// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 && node tfjs-cpu-mean-of-small.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'

const say = (line) => process.stdout.write(`${line}\n`)

// The mean of two equal numbers is that number. The cpu backend divides each by two before it adds them. The smallest
// float32 has no half, so both become 0. (All that is lost is below 2^-149 for each number.)

let wrong = false
for (const backend of ['cpu']) {
  await tf.setBackend(backend)
  await tf.ready()

  const smallest = 2 ** -149
  const [got, expected] = [tf.mean(tf.tensor1d([smallest, smallest])).dataSync()[0], smallest]
  say(`${backend}: the mean is [${got}], expected [${expected}]`)
  if (got !== expected) wrong = true
}
process.exitCode = wrong ? 1 : 0
