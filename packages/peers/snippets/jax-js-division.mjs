// npm install @jax-js/jax@0.1.25 && node jax-js-division.mjs    (Node 24 or later)
import { defaultDevice, init, numpy as np } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// Anything but 0 divided by itself is 1. Here x / y is x * (1 / y), which rounds twice: 41 / 41 is 1 - 2^-24 in
// float32. Where 1 / y is beyond the range, as of 1e-39, so is the quotient.
let coarse = false
for (const device of await init('cpu', 'wasm')) {
  defaultDevice(device)
  const numbers = new Float32Array([3, 41, 47, 1e-39])
  const quotients = np.array(numbers).div(np.array(numbers.slice())).js()
  say(`${device}: [3, 41, 47, 1e-39] / [3, 41, 47, 1e-39] = ${quotients}, expected 1,1,1,1`)
  if (quotients.some((quotient) => quotient !== 1)) coarse = true
}
process.exitCode = coarse ? 1 : 0
