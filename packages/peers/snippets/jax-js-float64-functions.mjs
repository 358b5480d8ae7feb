// npm install @jax-js/jax@0.1.25 && node jax-js-float64-functions.mjs    (Node 24 or later)
import { defaultDevice, init, numpy as np } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// exp and log of a float64 array go through float32 on the wasm device: e is right to seven digits, e^100 is beyond
// float32's range, and log(1 + 2^-30) is that of 1. The cpu device is right.
const array = (...numbers) => np.array(new Float64Array(numbers))
let coarse = false
for (const device of await init('cpu', 'wasm')) {
  defaultDevice(device)
  const [e, large, small] = np.exp(array(1, 100, -100)).js()
  const [near] = np.log(array(1 + 2 ** -30, 2)).js()
  say(`${device}: exp(1)         = ${e}, expected ${Math.E}`)
  say(`${device}: exp(100)       = ${large}, expected ${Math.exp(100)}`)
  say(`${device}: exp(-100)      = ${small}, expected ${Math.exp(-100)}`)
  say(`${device}: log(1 + 2^-30) = ${near}, expected ${Math.log(1 + 2 ** -30)}`)
  if (Math.abs(e - Math.E) > 1e-14) coarse = true
}
process.exitCode = coarse ? 1 : 0
