// npm install @jax-js/jax@0.1.25 && node jax-js-nan-times-zero.mjs    (Node 24 or later)
import { defaultDevice, init, numpy as np } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// By IEEE 754, NaN * 0 and Infinity * 0 are NaN. A product with a constant 0 is replaced by 0 before anything is
// computed, and an array of a few equal numbers counts as a constant.
let wrong = false
for (const device of await init('cpu', 'wasm')) {
  defaultDevice(device)
  const x = () => np.array(new Float32Array([NaN, Infinity, 1]))
  const byNumber = x().mul(0).js()
  const byArray = x()
    .mul(np.array(new Float32Array([0, 0, 0])))
    .js()
  const byOthers = x()
    .mul(np.array(new Float32Array([0, 0, 2])))
    .js()
  say(`${device}: [NaN, Infinity, 1] * 0         = ${byNumber}, expected NaN,NaN,0`)
  say(`${device}: [NaN, Infinity, 1] * [0, 0, 0] = ${byArray}, expected NaN,NaN,0`)
  say(`${device}: [NaN, Infinity, 1] * [0, 0, 2] = ${byOthers}, expected NaN,NaN,2`)
  if (!Number.isNaN(byNumber[0]) || !Number.isNaN(byNumber[1])) wrong = true
}
process.exitCode = wrong ? 1 : 0
