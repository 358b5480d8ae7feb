// npm install @jax-js/jax@0.1.25 && node jax-js-conv-gradient-pad.mjs    (Node 24 or later)
import { defaultDevice, init, lax, numpy as np, vjp } from '@jax-js/jax'

const say = (line) => process.stdout.write(`${line}\n`)

// An image of one pixel, x = 2, with two zeros before it, is [0, 0, 2]; a filter of one tap, w = 5, at a stride of 3
// sees only the first of them. So y = [0] and does not depend on x or w: both gradients are 0. The pad, 2, is larger
// than what the filter reaches beyond its first tap, 0, and of that the gradient makes a negative pad that its own
// check refuses.
const convolution = (x, w) => lax.convGeneralDilated(x, w, [3], [[2, 0]])
const one = (value) => np.array(new Float32Array([value])).reshape([1, 1, 1])

let wrong = false
for (const device of await init('cpu', 'wasm')) {
  defaultDevice(device)
  say(`${device}: y  = ${convolution(one(2), one(5)).dataSync()}, expected 0`)
  try {
    const [y, pull] = vjp(convolution, [one(2), one(5)])
    y.dispose()
    const [dx, dw] = pull(one(1)).map((gradient) => [...gradient.dataSync()].join())
    say(`${device}: dx = ${dx}, dw = ${dw}, expected 0 and 0`)
    if (Number(dx) !== 0 || Number(dw) !== 0) wrong = true
  } catch (error) {
    say(`${device}: the gradient throws "${error.message}", expected dx = 0, dw = 0`)
    wrong = true
  }
}
process.exitCode = wrong ? 1 : 0
