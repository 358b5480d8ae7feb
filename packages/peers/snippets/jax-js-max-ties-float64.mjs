// npm install @jax-js/jax@0.1.25 && node jax-js-max-ties-float64.mjs    (Node 24 or later)
import { defaultDevice, init, numpy as np, vjp } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// Three equal maxima share a gradient of 1: a third each. In float64 that is 0.3333333333333333, as 1 / 3 is in
// JavaScript; 0.3333333432674408 is the third of float32.
let wrong = false
for (const device of await init('cpu', 'wasm')) {
  defaultDevice(device)
  const [y, pull] = vjp((x) => np.max(x), [np.array(new Float64Array([2, 1, 2, 2]))])
  y.dispose()
  const [dx] = pull(np.array(new Float64Array([1])).reshape([]))
  say(`${device}: the gradient, of ${dx.dtype}, is ${dx.ref.js()}, expected ${[1 / 3, 0, 1 / 3, 1 / 3]}`)
  if (Math.abs(dx.js()[0] - 1 / 3) > 1e-12) wrong = true
}
process.exitCode = wrong ? 1 : 0
