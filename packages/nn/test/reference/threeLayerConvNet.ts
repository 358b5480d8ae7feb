import { adam, DataError } from '@convkit/api'
import { ThreeLayerConvNet } from '../../src/threeLayerConvNet.js'
import { input, number } from './case.js'
import type { Results, Runner } from './run.js'

/** Floats of either size, as doubles. */
async function doubles(tensor: { read(): Promise<Float32Array | Float64Array> }): Promise<Float64Array> {
  return Float64Array.from(await tensor.read())
}

/**
 * Scores, loss and gradients; then ten Adam steps (or `steps`) on the same batch, with the loss before each. The
 * parameters before step k come out as `step<k>.<name>`, for whoever wants to start from there.
 */
export const threeLayerConvNet: Runner = async ({ case: c, backend, scope, dtype, tensor, from, labels, disturb }) => {
  const X = tensor('X')
  const [, channels, height, width] = X.shape
  if (channels === undefined || height === undefined || width === undefined)
    throw new DataError('reference case: X must be (N, C, H, W)')
  using model = new ThreeLayerConvNet(backend, {
    inputDim: [channels, height, width],
    numFilters: number(c, 'numFilters'),
    filterSize: number(c, 'filterSize'),
    hiddenDim: number(c, 'hiddenDim'),
    numClasses: number(c, 'numClasses'),
    reg: number(c, 'reg'),
    dtype,
  })
  const y = labels(model.numClasses)
  for (const { name, tensor: parameter } of model.params) {
    const { data } = input(c, `in.${name}`)
    parameter.write(dtype === 'float32' ? Float32Array.from(data) : data)
  }
  const results: { [name: string]: Results[string] } = { 'out.scores': model.scores(scope, X) }
  const slots = model.params.map(({ tensor: { size, shape } }) =>
    adam.slots.map(() => from(new Float64Array(size), shape)),
  )
  const losses = new Float64Array(typeof c.attrs.steps === 'number' ? c.attrs.steps : 10)
  const scalars = { ...adam.defaults, learningRate: number(c, 'adamLearningRate') }
  for (let k = 0; k < losses.length; k++) {
    for (const { name, tensor: parameter } of model.params) results[`step${k}.${name}`] = await doubles(parameter)
    const { loss, grads } = model.loss(scope, X, y)
    losses.set(await loss.read(), k)
    for (const [i, { name, tensor: parameter }] of model.params.entries()) {
      const [grad, state] = [grads[i], slots[i]]
      if (!grad || !state) throw new DataError(`reference case: no gradient came for ${name}`)
      if (k === 0) results[`grad.${name}`] = await doubles(grad)
      if (disturb) grad.write(disturb(k, `grad.${name}`, await doubles(grad)))
      adam.update(parameter, grad, state, { ...scalars, step: k + 1 })
      if (disturb) parameter.write(disturb(k, name, await doubles(parameter)))
    }
  }
  return { ...results, 'out.loss': losses.slice(0, 1), 'out.adamLosses': losses }
}
