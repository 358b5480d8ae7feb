// npm install @jax-js/jax@0.1.25 && node jax-js-signed-zeros.mjs    (Node 24 or later)
import { defaultDevice, init, numpy as np } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// By IEEE 754, and in JavaScript, JAX and NumPy: -0 + 0 is 0, -0 - 0 is -0, the negative of 0 is -0, and -1 * 0 is -0.
// Here x + 0 is replaced by x, x * 0 by 0, and the negative of x is 0 - x. The second elements keep the arrays from
// being constants where that does not matter.
const array = (...numbers) => np.array(new Float32Array(numbers))
const cases = [
  ['-0 + 0', () => array(-0, 1).add(0), 0],
  ['-0 - 0', () => array(-0, 1).sub(array(0, 2)), -0],
  ['-(0)', () => array(0, 1).neg(), -0],
  ['-1 * 0', () => array(-1, 1).mul(0), -0],
]
const shown = (zero) => (Object.is(zero, -0) ? '-0' : String(zero))

let wrong = false
for (const device of await init('cpu', 'wasm')) {
  defaultDevice(device)
  for (const [what, compute, expected] of cases) {
    const [zero] = compute().js()
    say(`${device}: ${what} = ${shown(zero)}, expected ${shown(expected)}`)
    if (!Object.is(zero, expected)) wrong = true
  }
}
process.exitCode = wrong ? 1 : 0
