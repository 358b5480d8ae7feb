// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-max-pool-nan.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// The maximum of 1 and NaN. The library leaves NaN out, which its own tests ask for ("ignores NaNs"); a window of
// nothing else gives -Infinity.

let wrong = false
for (const backend of ['cpu', 'wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const pooled = (values) => tf.maxPool(tf.tensor4d(values, [1, 1, 2, 1]), [1, 2], [1, 1], 'valid').dataSync()
  const got = [...pooled([1, NaN]), ...pooled([NaN, NaN])]
  const expected = [NaN, NaN]
  say(`${backend}: the maxima are [${got}], expected [${expected}]`)
  if (String(got) !== String(expected)) wrong = true
}
process.exitCode = wrong ? 1 : 0
