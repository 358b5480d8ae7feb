// npm install @jax-js/jax@0.1.25 && node jax-js-conv-gradient-wide.mjs    (Node 24 or later)
import { defaultDevice, init, lax, numpy as np, vjp } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// An image of two rows of n pixels that are 0, 1, 0, 1, ... in turn, and a filter of one tap, w = 1: y is the image. With a dy
// that is 0, 1, 0, 1, ... too, the gradient of w is the number of ones, n. From rows of 65,536 on it is another: an
// index of the gradient's own convolution runs to n * n, which 32 bits do not hold.
const n = 65_536
const turns = () => np.array(Float32Array.from({ length: 2 * n }, (_, i) => i % 2)).reshape([1, 1, 2, n])
const convolution = (x, w) =>
  lax.convGeneralDilated(
    x,
    w,
    [1, 1],
    [
      [0, 0],
      [0, 0],
    ],
  )

await init('wasm')
defaultDevice('wasm')
const [y, pull] = vjp(convolution, [turns(), np.array(new Float32Array([1])).reshape([1, 1, 1, 1])])
y.dispose()
const [dx, dw] = pull(turns())
dx.dispose()
const got = Number(dw.dataSync())
say(`dw = ${got}, expected ${n}`)
process.exitCode = got === n ? 0 : 1
