// npm install @jax-js/jax@0.1.25 && node jax-js-equal-numbers.mjs    (Node 24 or later)
import { defaultDevice, init, numpy as np } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// 16777216 is 2^24, from where float32 has every second integer only: 16777216 + 1 is 16777216 again, and so + 1 + 1
// is too. An array of a few equal numbers is a constant, though, and is computed in double precision until it is read.
// So what an element comes to depends on whether its neighbour is equal to it.
let wrong = false
for (const device of await init('cpu', 'wasm')) {
  defaultDevice(device)
  const [equal] = np
    .array(new Float32Array([16777216, 16777216]))
    .add(1)
    .add(1)
    .js()
  const [other] = np
    .array(new Float32Array([16777216, 0]))
    .add(1)
    .add(1)
    .js()
  say(`${device}: the first of [16777216, 16777216] + 1 + 1 is ${equal}, expected 16777216`)
  say(`${device}: the first of [16777216, 0] + 1 + 1 is ${other}, expected 16777216`)
  if (equal !== other) wrong = true
}
process.exitCode = wrong ? 1 : 0
