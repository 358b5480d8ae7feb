// npm install @jax-js/jax@0.1.25 && node jax-js-float32-exp.mjs    (Node 24 or later)
import { defaultDevice, init, numpy as np } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// Float32 has numbers up to 3.4e38, so e^88.5, 2.7e38, is one of them, and about 1e-45 is its smallest. The wasm
// device reduces its argument by multiples of log 2 in float32, which costs digits, and ends where the exponent is
// that of 2^127.
const numbers = [-1.5, -10.5, -50.75, -88, 88.5]
let coarse = false
for (const device of await init('cpu', 'wasm')) {
  defaultDevice(device)
  for (const [i, got] of np
    .exp(np.array(new Float32Array(numbers)))
    .js()
    .entries()) {
    const expected = Math.exp(numbers[i])
    const ulp = 2 ** (Math.max(-126, Math.floor(Math.log2(expected))) - 23)
    const ulps = Math.abs(got - expected) / ulp
    say(`${device}: exp(${numbers[i]}) = ${got}, expected ${expected}: off by ${ulps.toFixed(1)} ulps`)
    if (ulps > 4) coarse = true
  }
}
process.exitCode = coarse ? 1 : 0
