// npm install @jax-js/jax@0.1.25 && node jax-js-relu-gradient.mjs    (Node 24 or later)
import { defaultDevice, init, nn, numpy as np, vjp } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// relu is documented as max(x, 0). The gradient of a maximum is given to x unless x is less than 0: so it is whole at
// 0, where that of jax.nn.relu is 0, and it is whole at NaN, where the result is NaN.
let other = false
for (const device of await init('cpu', 'wasm')) {
  defaultDevice(device)
  const [y, pull] = vjp(nn.relu, [np.array(new Float32Array([-1, 0, 1, NaN]))])
  const [dx] = pull(np.array(new Float32Array([5, 6, 7, 8])))
  const given = dx.js()
  say(`${device}: relu of -1,0,1,NaN is ${y.js()}; its gradient of 5,6,7,8 is ${given}, elsewhere 0,0,7,NaN`)
  if (given[1] !== 0 || !Number.isNaN(given[3])) other = true
}
process.exitCode = other ? 1 : 0
