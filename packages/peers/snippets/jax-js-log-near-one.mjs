// npm install @jax-js/jax@0.1.25 && node jax-js-log-near-one.mjs    (Node 24 or later)
import { defaultDevice, init, numpy as np } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// For small e, log(1 - e) is about -e: log(0.9999) is -0.0001. The wasm device computes log(0.9999) as log(1.9998) -
// log(2), the first of them by a series that is off by 0.00001: more than the result where x is nearer to 1.
const numbers = new Float32Array([1 - 2 ** -24, 1 - 2 ** -20, 1 - 2 ** -16, 0.9999])

let wrong = false
for (const device of await init('cpu', 'wasm')) {
  defaultDevice(device)
  for (const [i, got] of np.log(np.array(numbers)).js().entries()) {
    const expected = Math.log(numbers[i])
    const percent = Math.abs(got / expected - 1) * 100
    say(`${device}: log(${numbers[i]}) = ${got}, expected ${expected}: off by ${percent.toPrecision(2)} %`)
    if (percent > 1) wrong = true
  }
}
process.exitCode = wrong ? 1 : 0
