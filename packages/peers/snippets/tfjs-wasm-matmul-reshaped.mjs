// npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 && node tfjs-wasm-matmul-reshaped.mjs
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-wasm'

const say = (line) => process.stdout.write(`${line}\n`)

// [1 1] times the column [1 2] is 3, and [1] times the row [1 2] is [1 2]. The row is a reshape of the column, whose
// memory it shares. The library keeps a prepared product for each memory, whatever its shape: the row is taken for the
// column, and the second element of the result is never computed. With larger operands it reads and writes outside of
// them.

let wrong = false
for (const backend of ['wasm']) {
  await tf.setBackend(backend)
  await tf.ready()

  const column = tf.tensor2d([[1], [2]])
  say(`${backend}: the column gives [${tf.matMul(tf.tensor2d([[1, 1]]), column).dataSync()}], expected [3]`)
  const row = tf.reshape(column, [1, 2])
  const [got, expected] = [tf.matMul(tf.tensor2d([[1]]), row).dataSync(), [1, 2]]
  say(`${backend}: the row gives [${got}], expected [${expected}]`)
  if (String(got) !== String(expected)) wrong = true
}
process.exitCode = wrong ? 1 : 0
