// npm install @jax-js/jax@0.1.25 && node jax-js-max-nan-gradient.mjs    (Node 24 or later)
import { defaultDevice, init, numpy as np, vjp } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// The maximum of [NaN] is NaN, and of one element it is that element: its gradient is the gradient that comes in, 2,
// or NaN, which is what JAX makes of it. Here it is 0: the NaN equals no maximum, so no element is given a share.
let wrong = false
for (const device of await init('cpu', 'wasm')) {
  defaultDevice(device)
  for (const x of [[NaN], [1, NaN, 3]]) {
    const [y, pull] = vjp((v) => np.max(v), [np.array(new Float32Array(x))])
    const [dx] = pull(np.array(new Float32Array([2])).reshape([]))
    const given = dx.js()
    say(`${device}: max([${x}]) = ${y.js()}, gradient ${given}, expected NaN or a 2 in it`)
    if (given.every((value) => value === 0)) wrong = true
  }
}
process.exitCode = wrong ? 1 : 0
